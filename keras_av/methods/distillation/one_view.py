"""One augmented view of a clip, for a student and its teacher."""

import warnings
from collections.abc import Mapping

import keras

from keras_av.layers.augmentation.clip_augmentation import ClipAugmentation
from keras_av.layers.augmentation.random_layer import RandomLayer
from keras_av.ops.types import Tensor


def one_view(
    batch: Mapping[str, Tensor],
    key: str,
    augmentation: keras.layers.Layer | None,
    training: bool,
) -> Mapping[str, Tensor]:
    """The batch with one of its tensors augmented in training.

    Args:
        batch: Dict of tensors with that key.
        key: Key of the tensor.
        augmentation: Layer, or None for no augmentation.
        training: Whether the layer is applied.
    """
    if augmentation is None or not training:
        return batch
    return {**batch, key: augmentation(batch[key], training=True)}


def tell_of_two_views(student: keras.Model, method: str) -> None:
    """Warn if a student augments what its teacher sees as it is.

    Args:
        student: Student whose teacher takes the same input.
        method: Name of the method, for the message.
    """
    random = [x.name for x in student._flatten_layers() if _is_random(x)]
    if random:
        warnings.warn(
            f"{method} compares the student {student.name!r} with a teacher "
            f"that takes the same input. The student augments it by {random}, "
            "which the teacher does not see: it describes another view, such "
            "as another crop. Remove these layers from the student and pass "
            "them as augmentation=..., which is applied once for both.",
            stacklevel=2,
        )


def _is_random(layer: keras.layers.Layer) -> bool:
    """Whether a layer augments its input, by which dropout is not meant."""
    ours = isinstance(layer, (RandomLayer, ClipAugmentation))
    return ours or type(layer).__name__.startswith("Rand")
