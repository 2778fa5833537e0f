"""A frozen teacher inside a model that is trained."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from keras_av.models.batch_keys import take_key
from keras_av.ops.types import Tensor

OUTPUTS = ("descriptor", "logits")


class FrozenTeacher(keras.layers.Layer):
    """A frozen teacher that is not saved with the student.

    The teacher runs in inference mode, gets no gradient, and is not part of
    the `.keras` and weights files of the model that contains this layer.

    Args:
        network: Any built `keras.Model` with the outputs `descriptor`
            `(batch, dim)` and `logits` `(batch, num_classes)`, as a dict or a
            pair, or with the first only. It is made untrainable.
        key: Key of the batch that it takes as input. Defaults to `"video"`.
        outputs: Names of the outputs to return. Defaults to both.

    Attributes:
        shapes: Shapes of the outputs, by name.

    Call arguments:
        batch: Dict with that key.

    Returns:
        A dict with the outputs, float32.

    Raises:
        ValueError: If the outputs of the network are different.
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

    def check_size(self, dim: int) -> None:
        """Raise an error if a student's embeddings have another size.

        Args:
            dim: Size of the student's embeddings.
        """
        own = self.shapes["descriptor"][-1]
        if own != dim:
            raise ValueError(
                "Student and teacher must have embeddings of the same size. "
                f"Received a student with {dim} features and the {self.key} "
                f"teacher {self.network.name!r} with {own}: add a trained "
                "keras.layers.Dense of the other's size to one of them, or "
                "project the teacher's embeddings with PCA."
            )

    def __dir__(self) -> list[str]:
        # Keras saves the attributes listed here.
        return [name for name in super().__dir__() if name != "network"]

    def option_config(self) -> None:
        """Serialize to None: files contain the student only."""

    def call(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        clips = take_key("The teacher", batch, self.key, self.network)
        outputs = self.network(clips, training=False)
        return {
            name: ops.stop_gradient(ops.cast(value, "float32"))
            for name, value in self._named(outputs).items()
        }

    def _named(self, outputs: Any) -> dict[str, Any]:
        """The requested outputs of a dict, a pair or a single tensor."""
        found = outputs
        if not isinstance(found, Mapping):
            several = isinstance(found, (list, tuple))
            values = found if several else (found,)
            found = dict(zip(OUTPUTS, values)) if len(values) <= 2 else {}
        if set(self.outputs) <= set(found):
            return {name: found[name] for name in self.outputs}
        raise ValueError(
            f"A teacher must return {' and '.join(self.outputs)}, as a dict "
            "with these names, in this order, or as a single descriptor if "
            f"nothing else is needed. Received {self.network.name!r} with "
            f"the output {outputs}. `keras_av.models.with_descriptor` makes "
            "such a model from a classifier."
        )


def _output(network: keras.Model) -> Any:
    """The symbolic output of a network."""
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
