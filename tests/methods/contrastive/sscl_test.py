import pytest

from keras_av.methods import SSCL, sscl_phases
from tests import harness
from tests.training import toy


def test_the_default_phases():
    phases = sscl_phases((1, 2, 3, 4))
    assert [p.epochs for p in phases] == [1, 2, 3, 4]
    assert [tuple(p.losses) for p in phases] == [
        ("video_uni",),
        ("audio_cross", "video_uni"),
        ("audio_uni",),
        ("video_cross", "audio_uni"),
    ]
    assert phases[0].trainable == ("video_encoder", "video_head")
    assert phases[1].refresh == ("audio",)
    assert phases[3].refresh == ("video",)


def test_symmetric_phases_are_one_step():
    phases = sscl_phases((1, 1, 1, 1), joint_mode="symmetric")
    steps = [
        {p.losses, frozenset(p.trainable), tuple(p.follow)} for p in phases
    ]
    assert steps[1] == steps[3] and steps[0] != steps[2]


def test_options():
    phases = sscl_phases(
        (1, 1, 1, 1),
        first_teacher="audio",
        joint_mode="student",
        reset="banks",
        refresh_student_bank=False,
    )
    assert [tuple(p.losses) for p in phases] == [
        ("audio_uni",),
        ("video_cross",),
        ("video_uni",),
        ("audio_cross",),
    ]
    assert phases[1].trainable == ("video_encoder", "video_head")
    assert phases[1].follow == ("audio",)
    assert [p.reset for p in phases] == ["none", "none", "banks", "none"]
    assert all(not p.refresh for p in phases)
    names = [p.name for p in sscl_phases((1, 0, 0, 2))]
    assert names == ["I-a", "II-b"]


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"epochs": (1, 2)}, "four numbers"),
        ({"first_teacher": "text"}, "first_teacher"),
        ({"joint_mode": "both"}, "joint_mode"),
        ({"reset": "heads"}, "reset"),
        ({"epochs": (1, 1, -1, 1)}, "negative"),
    ],
)
def test_wrong_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        sscl_phases(**{"epochs": (1, 1, 1, 1), **kwargs})


def test_a_bank_is_needed():
    with pytest.raises(ValueError, match="memory banks"):
        SSCL(toy.tower(12, 1), toy.tower(10, 1), bank=None)


@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
@pytest.mark.slow_on_jax
def test_stands(tmp_path):
    data = {k: v[:9] for k, v in toy.clips().items()}
    harness.check_method(toy.sscl, data, tmp_path)
