"""Embeddings of teachers: kept in a batch, or computed."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_av.methods.distillation.frozen_teacher import FrozenTeacher
from keras_av.methods.distillation.one_frame import one_frame
from keras_av.ops.types import Tensor
from keras_av.training.clip_weights import clip_weights


def teacher_embeddings(
    teachers: Mapping[str, FrozenTeacher | None],
    batch: Mapping[str, Tensor],
    *,
    labelled: bool,
    **options: Any,
) -> dict[str, tuple[Tensor, Tensor]]:
    """Embeddings of teachers, and the weights of the clips in their terms.

    Args:
        teachers: Teachers by their names.
        batch: As for `teacher_embedding`.
        labelled: Whether clips without a label have weight 0.
        **options: Further arguments of `teacher_embedding`.

    Returns:
        Embeddings, `(batch, dim)`, 0 where the weight is, and weights,
        `(batch,)`, by the names of the teachers that there are.
    """
    found = {}
    for name, network in sorted(teachers.items()):
        weights = clip_weights(batch, labelled, with_audio=name == "audio")
        embedding = teacher_embedding(name, batch, network, **options)
        if embedding is not None:
            # The embedding of a silent clip may be anything.
            embedding = ops.where(weights[:, None] > 0, embedding, 0.0)
            found[name] = embedding, weights
    return found


def teacher_embedding(
    name: str,
    batch: Mapping[str, Tensor],
    network: FrozenTeacher | None,
    *,
    dim: int,
    training: bool,
    generator: keras.random.SeedGenerator,
) -> Tensor | None:
    """Embeddings of a teacher, `(batch, dim)`.

    Args:
        name: Modality of the teacher, `"image"` or `"audio"`.
        batch: Dict with `teacher_image` or `teacher_audio`, or else the input
            of the network.
        network: The teacher, or None.
        dim: Size of the student's embeddings.
        training: Whether a batch must have an embedding, and an image teacher
            sees a random frame.
        generator: Generator of that frame.
    """
    key = f"teacher_{name}"
    if key in batch:
        found = ops.cast(batch[key], "float32")
        if found.shape[-1] != dim:
            raise ValueError(
                f"Received {key!r} of shape {tuple(found.shape)}. "
                f"Expected the size of the student, (batch, {dim})."
            )
        return found
    if network is not None:
        if name == "image" and "image" not in batch:
            image = one_frame(batch["video"], training, generator)
            batch = {"image": image}
        return network(batch)["descriptor"]
    if training:
        raise ValueError(
            f"There is no {name} teacher. Pass one to the constructor or "
            f"to set_teacher, or use batches with {key!r}, which "
            "TeacherTargets.attach adds. Received a batch with "
            f"{sorted(batch)}."
        )
    return None
