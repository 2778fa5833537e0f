"""A frozen teacher network beside a model that learns."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from keras_av.models.batch_keys import check_keys
from keras_av.ops.types import Tensor

OUTPUTS = ("descriptor", "logits")


class FrozenTeacher(keras.layers.Layer):
    """A teacher's network that is not saved with the student.

    The network runs in inference mode, takes no gradient, and is neither in
    `.keras` nor in weights files of the model that holds this layer.

    Args:
        network: Any built `keras.Model` with the outputs `descriptor`
            `(batch, dim)` and `logits` `(batch, num_classes)`, in a dict or
            as a pair, or with the first alone. It is made untrainable.
        key: Key of a batch that it reads. Defaults to `"video"`.
        outputs: Names of the outputs that are wanted. Defaults to these two.

    Attributes:
        shapes: Shapes of the outputs, by name.

    Call arguments:
        batch: A dict with that key.

    Returns:
        A dict with the outputs, float32.

    Raises:
        ValueError: The network gives something else.
    """

    def __init__(
        self,
        network: keras.Model,
        key: str = "video",
        outputs: Sequence[str] = OUTPUTS,
    ) -> None:
        super().__init__(trainable=False, autocast=False, name="teacher")
        network.trainable = False
        self.network = network
        self.key = key
        self.outputs = tuple(outputs)
        self.built = True
        found = self._named(_output(network))
        self.shapes = {name: tuple(x.shape) for name, x in found.items()}

    def __dir__(self) -> list[str]:
        # Keras saves what it finds here.
        return [name for name in super().__dir__() if name != "network"]

    def option_config(self) -> None:
        """No teacher: files hold the student alone."""

    def call(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        check_keys("The teacher", batch, [self.key])
        outputs = self.network(batch[self.key], training=False)
        return {
            name: ops.stop_gradient(ops.cast(value, "float32"))
            for name, value in self._named(outputs).items()
        }

    def _named(self, outputs: Any) -> dict[str, Any]:
        """The wanted outputs of a dict, a pair or a single one."""
        found = outputs
        if not isinstance(found, Mapping):
            several = isinstance(found, (list, tuple))
            values = found if several else (found,)
            found = dict(zip(OUTPUTS, values)) if len(values) <= 2 else {}
        if set(self.outputs) <= set(found):
            return {name: found[name] for name in self.outputs}
        raise ValueError(
            f"A teacher must give {' and '.join(self.outputs)}, as a dict "
            "with these names, in this order, or a descriptor alone where "
            f"nothing else is wanted. Received {self.network.name!r} with "
            f"the output {outputs}. `keras_av.models.with_descriptor` makes "
            "such a model of a classifier."
        )


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
