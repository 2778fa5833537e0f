"""A layer as a template, of which a model makes its own."""

from typing import Any

import keras


class Template:
    """Makes layers of one configuration, each with weights of its own.

    A method with two towers takes one head, and gives each tower its own.
    What the method keeps of the given layer is this: no weights, and nothing
    that a file would save.

    Args:
        layer: Layer whose configuration counts; its weights do not.

    Examples:

    >>> import keras
    >>> from keras_av.training import Template
    >>> template = Template(keras.layers.Dense(3))
    >>> template.make(name="audio_head").units
    3
    """

    def __init__(self, layer: keras.layers.Layer):
        self._class = type(layer)
        # Now and not when a file is written: a layer made for that would draw
        # from the random state of a run. And first: the second of two
        # serializations may refer to the first.
        self._saved = keras.saving.serialize_keras_object(layer)
        self._config = layer.get_config()

    def make(self, name: str, seed: int | None = None) -> Any:
        """A new layer.

        Args:
            name: Name of the layer.
            seed: Integer that takes the place of the configuration's `seed`.
                Defaults to the configuration's own.
        """
        config = {**self._config, "name": name}
        if seed is not None:
            config["seed"] = seed
        return self._class.from_config(config)

    def option_config(self) -> dict[str, Any]:
        """What a file holds."""
        return self._saved
