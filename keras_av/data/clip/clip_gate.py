"""Policies for faulty clips."""

import dataclasses

from keras_av.data.clip.clip import Clip
from keras_av.data.clip.clip_report import ClipReport
from keras_av.data.clip.clip_spec import ClipSpec
from keras_av.data.clip.media_error import MediaError

_NO_SOUND = ("no_audio", "silent")


@dataclasses.dataclass(frozen=True)
class Policies:
    """Policies for clips that are unreadable, silent or too short.

    Args:
        on_error: Policy for a clip that cannot be read: `"skip"`, or `"raise"`
            for a `MediaError`. Defaults to `"skip"`.
        silent: Policy for a clip without an audio track, or whose peak is below
            1e-4: `"mask"` for zeros with `has_audio` False, `"skip"` or
            `"raise"`. Defaults to `"mask"`.
        short: Policy for a file that is shorter than the clip: `"loop"`;
            `"pad"`, which pads the sound with zeros and loops the frames;
            `"skip"`; or `"raise"`. Sound that ends before the video is always
            padded with zeros. Defaults to `"loop"`.

    Raises:
        ValueError: If a policy is unknown.

    Examples:

    >>> from keras_av.data import ClipSpec, Policies, clips, generated_set
    >>> strict = Policies(on_error="raise", silent="raise")
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> dataset = clips(manifest, ClipSpec(size=64), 8, policies=strict)
    >>> sum(len(batch["label"]) for batch in dataset)
    16
    >>> dataset.report.as_dict()["skipped"]
    0
    """

    on_error: str = "skip"
    silent: str = "mask"
    short: str = "loop"

    def __post_init__(self) -> None:
        for name, first in (
            ("on_error", ()),
            ("silent", ("mask",)),
            ("short", ("loop", "pad")),
        ):
            words = (*first, "skip", "raise")
            if getattr(self, name) not in words:
                raise ValueError(
                    f"{name} must be one of {words}. Received: "
                    f"{name}={getattr(self, name)!r}"
                )


class ClipGate:
    """Applies policies to clips, and counts; for several threads.

    Args:
        spec: Specification of a clip.
        policies: Policies for faulty clips.
        report: Report that counts the clips.
    """

    def __init__(
        self, spec: ClipSpec, policies: Policies, report: ClipReport
    ) -> None:
        self._spec = spec
        self._policies = policies
        self._report = report

    def passes(self, path: str, clip: Clip) -> bool:
        """Whether a clip that was read is delivered.

        Raises:
            MediaError: If a policy says so.
        """
        refused = self._refused(clip)
        if refused:
            fault = MediaError(refused[0], "refused by policy")
            self._refuse(path, fault, refused[1])
            return False
        masked = bool(self._spec.num_samples) and not clip.has_audio
        self._report.add_delivered(path, clip.faults, masked)
        return True

    def refuse(self, path: str, fault: MediaError) -> None:
        """Count a clip that could not be read.

        Raises:
            MediaError: If the policy says so.
        """
        self._refuse(path, fault, self._policies.on_error)

    def _refused(self, clip: Clip) -> tuple[str, str] | None:
        """Reason and policy, if a policy does not let the clip pass."""
        for reason in clip.faults:
            policy = "skip"
            if reason in _NO_SOUND:
                policy = self._policies.silent
            elif reason == "too_short":
                policy = self._policies.short
            else:
                continue
            if policy in ("skip", "raise"):
                return reason, policy
        return None

    def _refuse(self, path: str, fault: MediaError, policy: str) -> None:
        self._report.add_skipped(path, fault.reason, fault.message)
        if policy == "raise":
            raise MediaError(fault.reason, f"{path}: {fault}") from fault
