"""A layer used as a template."""

from typing import Any

import keras


class Template:
    """Makes layers with the same configuration and separate weights.

    A method with two towers takes one head and makes a separate copy for each
    tower. It keeps this template instead of the given layer, so that the
    layer's weights are neither tracked nor saved.

    Args:
        layer: Layer whose configuration is copied; its weights are not.

    Examples:

    >>> import keras
    >>> from keras_av.training import Template
    >>> template = Template(keras.layers.Dense(3))
    >>> template.make(name="audio_head").units
    3
    """

    def __init__(self, layer: keras.layers.Layer):
        self._class = type(layer)
        # Serialized now and not when saving: a layer made while saving would
        # draw from the random state of the run. And first: the second of two
        # serializations may refer to the first.
        self._saved = keras.saving.serialize_keras_object(layer)
        self._config = layer.get_config()

    def make(self, name: str, seed: int | None = None, **changes: Any) -> Any:
        """Make a new layer.

        Args:
            name: Name of the layer.
            seed: Integer that replaces the `seed` of the configuration.
                Defaults to the seed of the configuration.
            **changes: Other values that replace those of the configuration.
        """
        config = {**self._config, **changes, "name": name}
        if seed is not None:
            config["seed"] = seed
        return self._class.from_config(config)

    def option_config(self) -> dict[str, Any]:
        """The serialized layer, for the config of a model."""
        return self._saved
