"""A composition of two embeddings and its classifier."""

from collections.abc import Sequence

import keras
from keras import ops

from keras_av.ops.types import Tensor


def compose(
    layers: Sequence[keras.layers.Layer],
    teacher: Tensor,
    video: Tensor,
    rate: Tensor | float,
) -> tuple[Tensor, Tensor]:
    """The composition and its logits.

    Args:
        layers: The composition and its classifier.
        teacher: Embeddings of the teacher, `(batch, dim)`.
        video: Embeddings of the student, `(batch, dim)`.
        rate: Factor of the gradients of the layers' weights, 0 for weights
            that are constant. The values do not depend on it.
    """
    composition, classifier = layers
    composed = _call(composition, rate, teacher, video)
    return composed, _call(classifier, rate, composed)


def _call(
    layer: keras.layers.Layer, rate: Tensor | float, *inputs: Tensor
) -> Tensor:
    if isinstance(rate, float) and rate == 1.0:
        return layer(*inputs)
    weights = [ops.stop_gradient(v) for v in layer.trainable_variables]
    if not isinstance(rate, float) or rate:
        weights = [
            fixed + rate * (ops.convert_to_tensor(v) - fixed)
            for fixed, v in zip(weights, layer.trainable_variables)
        ]
    outputs, _ = layer.stateless_call(
        weights, layer.non_trainable_variables, *inputs
    )
    return outputs
