"""Self-supervised curriculum learning: the encoders teach each other."""

from collections.abc import Sequence
from typing import Any, Literal

import keras

from keras_av.layers.memory.memory_bank import MemoryBank
from keras_av.methods.contrastive.cross_modal_contrastive import (
    CrossModalContrastive,
)
from keras_av.methods.contrastive.two_tower import MODALITIES
from keras_av.training.checks import check_choice
from keras_av.training.phase import Phase

_JOINT_MODES = ("teacher_uni", "student", "symmetric")


@keras.saving.register_keras_serializable(package="keras_av")
class SSCL(CrossModalContrastive):
    """Self-supervised curriculum learning of a video and an audio encoder.

    There are two stages of two phases, in which the encoders take turns as
    teacher and student. With `v`, `a` the embeddings of a clip and `V`, `A`
    the memory banks, all losses are InfoNCE:

    - I-a: the video encoder alone, `video_uni`: `v` against `V`;
    - I-b: joint training, `audio_cross`: the student `a` against `V`;
    - II-a: the audio encoder alone, `audio_uni`: `a` against `A`;
    - II-b: joint training, `video_cross`: the student `v` against `A`.

    `sscl_phases` makes the phases and `keras_av.callbacks.Curriculum` runs
    the model through them. The authors did not publish their code: the
    defaults are those of the closest public systems, not of the paper.

    References:
        - [Zhang et al., 2021](
          https://ojs.aaai.org/index.php/AAAI/article/view/16493)

    Args:
        video_encoder: Any built `keras.Model` from clips to descriptors.
        audio_encoder: Any built `keras.Model` from waveforms to descriptors.
        bank: `MemoryBank`, copied for each modality, with one row per clip of
            the training manifest.
        **kwargs: Further arguments of `CrossModalContrastive`: `head`,
            `temperature`, `loss_weights`, `direction_reduction`,
            `partition`, `seed`.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.callbacks import Curriculum
    >>> from keras_av.layers import MemoryBank
    >>> from keras_av.methods import SSCL, sscl_phases
    >>> video = keras.Sequential([keras.Input((4, 8, 8, 3)),
    ...                           keras.layers.Flatten(),
    ...                           keras.layers.Dense(4)])
    >>> audio = keras.Sequential([keras.Input((100,)), keras.layers.Dense(4)])
    >>> bank = MemoryBank(num_rows=8, dim=128, num_negatives=4)
    >>> model = SSCL(video, audio, bank=bank, seed=0)
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"video": np.zeros((8, 4, 8, 8, 3), "uint8"),
    ...          "audio": np.zeros((8, 100), "float32"),
    ...          "index": np.arange(8, dtype="int32")}
    >>> phases = sscl_phases(epochs=(1, 0, 1, 0), refresh_student_bank=False)
    >>> [phase.name for phase in phases]
    ['I-a', 'II-a']
    >>> history = model.fit(batch, batch_size=4, epochs=2, verbose=0,
    ...                     callbacks=[Curriculum(phases)])
    >>> sorted(name for name in history.history if name.endswith("uni"))
    ['audio_uni', 'video_uni']
    """

    def __init__(
        self,
        video_encoder: keras.Model,
        audio_encoder: keras.Model,
        *,
        bank: MemoryBank,
        **kwargs: Any,
    ):
        if bank is None:
            raise ValueError(
                "SSCL learns against memory banks. Pass bank=MemoryBank("
                "num_rows=len(manifest), dim=128)."
            )
        super().__init__(video_encoder, audio_encoder, bank=bank, **kwargs)


def sscl_phases(
    epochs: Sequence[int],
    first_teacher: Literal["video", "audio"] = "video",
    joint_mode: Literal["teacher_uni", "student", "symmetric"] = "teacher_uni",
    reset: Literal["none", "banks", "all"] = "none",
    refresh_student_bank: bool = True,
) -> list[Phase]:
    """Make the four phases of SSCL.

    Args:
        epochs: Numbers of epochs of I-a, I-b, II-a and II-b. A phase of 0
            epochs is left out.
        first_teacher: Modality of the teacher in stage I, `"video"` or
            `"audio"`. Defaults to `"video"`.
        joint_mode: Kind of joint training in I-b and II-b. The student's
            cross-modal loss gives the teacher no gradient, since rows of a
            bank have none. `"teacher_uni"` adds the teacher's own loss;
            `"student"` trains only the student, and the teacher only updates
            its bank; `"symmetric"` compares within the batch, so both
            encoders are trained. Defaults to `"teacher_uni"`.
        reset: State to restore before stage II: `"none"`, `"banks"` for the
            initial rows of the banks, or `"all"` for all initial weights as
            well. Defaults to `"none"`.
        refresh_student_bank: Whether to rewrite the student's bank in one
            forward pass before a joint phase; `Curriculum` then needs
            `clips`. Defaults to True.

    Returns:
        A list of up to four `keras_av.training.Phase` objects.

    Raises:
        ValueError: If an option is unknown.

    Examples:

    >>> from keras_av.methods import sscl_phases
    >>> [phase.name for phase in sscl_phases(epochs=(5, 5, 5, 5))]
    ['I-a', 'I-b', 'II-a', 'II-b']
    """
    if len(epochs) != 4:
        raise ValueError(
            "epochs must be four numbers, for the phases I-a, I-b, II-a and "
            f"II-b. Received: {epochs}"
        )
    check_choice("first_teacher", first_teacher, MODALITIES)
    check_choice("joint_mode", joint_mode, _JOINT_MODES)
    second_teacher = "audio" if first_teacher == "video" else "video"
    phases = []
    for stage, teacher, student in (
        ("I", first_teacher, second_teacher),
        ("II", second_teacher, first_teacher),
    ):
        begin, joint = epochs[:2] if stage == "I" else epochs[2:]
        phases += [
            Phase(
                f"{stage}-a",
                begin,
                trainable=_tower(teacher),
                losses=(f"{teacher}_uni",),
                reset=reset if stage == "II" else "none",
            ),
            _joint_phase(
                f"{stage}-b",
                joint,
                teacher,
                student,
                joint_mode,
                (student,) if refresh_student_bank else (),
            ),
        ]
    return [phase for phase in phases if phase.epochs]


def _joint_phase(
    name: str,
    epochs: int,
    teacher: str,
    student: str,
    mode: str,
    refresh: Sequence[str],
) -> Phase:
    losses = {
        "student": (f"{student}_cross",),
        "teacher_uni": (f"{student}_cross", f"{teacher}_uni"),
        "symmetric": ("in_batch",),
    }
    return Phase(
        name,
        epochs,
        trainable=(
            *_tower(student),
            *(_tower(teacher) if mode != "student" else ()),
        ),
        losses=losses[mode],
        refresh=refresh,
        # A loss of both embeds the teacher as it is.
        follow=(teacher,) if mode != "symmetric" else (),
    )


def _tower(modality: str) -> tuple[str, str]:
    return (f"{modality}_encoder", f"{modality}_head")
