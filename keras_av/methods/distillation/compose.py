"""A composition of two embeddings and its classifier."""

import keras
from keras import ops

from keras_av.layers.heads.composition import Composition
from keras_av.ops.types import Tensor


def compose(
    layers: tuple[Composition, keras.layers.Dense],
    teacher: Tensor,
    video: Tensor,
    learn: bool,
) -> tuple[Tensor, Tensor]:
    """The composition and its logits, with or without trainable weights."""
    composition, classifier = layers
    if learn:
        composed = composition(teacher, video)
        return composed, classifier(composed)
    composed = _constant(composition, teacher, video)
    return composed, _constant(classifier, composed)


def _constant(layer: keras.layers.Layer, *inputs: Tensor) -> Tensor:
    """The output of a layer, with gradients to its inputs only."""
    weights = [ops.stop_gradient(v) for v in layer.trainable_variables]
    outputs, _ = layer.stateless_call(
        weights, layer.non_trainable_variables, *inputs
    )
    return outputs
