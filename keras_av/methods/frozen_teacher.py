"""A teacher: runs beside a model that learns, and stays as it is."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_av.ops.types import Tensor

_OUTPUTS = ("descriptor", "logits")


class FrozenTeacher(keras.layers.Layer):
    """Holds a teacher's network without its being saved with the student.

    The network runs in inference mode, takes no gradient, and is neither in
    `.keras` nor in weights files of the model that holds this layer.

    Args:
        network: Any built `keras.Model` with the outputs `descriptor`
            `(batch, dim)` and `logits` `(batch, num_classes)`, in a dict or
            as a pair. It is made untrainable.
        key: Which key of a batch it reads. Defaults to `"video"`.

    Call arguments:
        batch: A dict with that key.

    Returns:
        A dict with `descriptor` and `logits`, float32.

    Raises:
        ValueError: The network gives something else.
    """

    def __init__(self, network: keras.Model, key: str = "video") -> None:
        super().__init__(trainable=False, autocast=False, name="teacher")
        network.trainable = False
        self.network = network
        self.key = key
        self.built = True
        outputs = _named(_output(network), network.name)
        self.dim = outputs["descriptor"].shape[-1]
        self.num_classes = outputs["logits"].shape[-1]

    def __dir__(self) -> list[str]:
        # Keras saves what it finds here.
        return [name for name in super().__dir__() if name != "network"]

    def call(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        if self.key not in batch:
            raise ValueError(
                f"The teacher reads {self.key!r}. Received a batch with "
                f"{sorted(batch)}."
            )
        outputs = self.network(batch[self.key], training=False)
        return {
            name: ops.stop_gradient(ops.cast(value, "float32"))
            for name, value in _named(outputs, self.network.name).items()
        }


def _output(network: keras.Model) -> Any:
    """What a network gives, without its being run."""
    try:
        (inputs,) = network.inputs
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            "A teacher must be a functional or sequential model with one "
            f"input. Received {network.name!r}, a {type(network).__name__}. "
            "Wrap it: inputs = keras.Input(shape); keras.Model(inputs, "
            "model(inputs))."
        ) from error
    return network.compute_output_spec(inputs)


def _named(outputs: Any, name: str) -> dict[str, Any]:
    """Outputs as a dict, of a dict or a pair."""
    if isinstance(outputs, Mapping) and set(_OUTPUTS) <= set(outputs):
        return {key: outputs[key] for key in _OUTPUTS}
    if isinstance(outputs, (list, tuple)) and len(outputs) == 2:
        return dict(zip(_OUTPUTS, outputs))
    raise ValueError(
        "A teacher must give a descriptor and logits, as a dict with these "
        f"names or as a pair. Received {name!r} with the output {outputs}. "
        "`keras_av.models.with_descriptor` makes such a model of a classifier."
    )
