import numpy as np
import pytest

from keras_av.data import Clip, ClipReport, ClipSpec, MediaError
from keras_av.data.clip.clip_gate import ClipGate, Policies


def clip(*faults):
    return Clip(
        np.zeros((1, 2, 2, 3), "u1"), np.zeros(16000, "f4"), not faults, faults
    )


@pytest.mark.parametrize(
    "policies, faults, passes",
    [
        (dict(), ("silent",), True),
        (dict(silent="skip"), ("silent",), False),
        (dict(silent="skip"), ("no_audio",), False),
        (dict(silent="skip"), ("too_short",), True),
        (dict(short="skip"), ("too_short",), False),
        (dict(), ("corrupt",), True),
        (dict(), (), True),
    ],
)
def test_lets_pass_what_the_policies_allow(policies, faults, passes):
    report = ClipReport()
    gate = ClipGate(ClipSpec(), Policies(**policies), report)
    assert gate.passes("a.mp4", clip(*faults)) == passes
    counts = report.as_dict()
    assert (counts["delivered"], counts["skipped"]) == (passes, not passes)
    assert counts["masked"] == (passes and bool(faults))


def test_raises_with_path_and_reason():
    gate = ClipGate(ClipSpec(), Policies("raise", "raise"), ClipReport())
    with pytest.raises(MediaError, match="a.mp4: silent"):
        gate.passes("a.mp4", clip("silent"))
    with pytest.raises(MediaError, match="a.mp4: truncated: cut"):
        gate.refuse("a.mp4", MediaError("truncated", "cut"))


@pytest.mark.parametrize(
    "arguments",
    [dict(on_error="mask"), dict(silent="loop"), dict(short="mask")],
)
def test_refuses_other_policies(arguments):
    with pytest.raises(ValueError, match="must be one of"):
        Policies(**arguments)
