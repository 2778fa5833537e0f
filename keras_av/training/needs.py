"""What a method needs of the data it is trained on."""

import dataclasses
from typing import Any

import numpy as np
from keras import ops

from keras_av.ops.types import Array


@dataclasses.dataclass(frozen=True)
class Needs:
    """What a method needs of the clips that it is trained on.

    A `StepModel` states its needs, and `fit` checks them: before the first
    step if it can see the clips (arrays, or a dataset of
    `keras_av.data.clips`), otherwise after batches 1, 2, 4, 8 and so on and at
    the end of each epoch.

    Args:
        num_classes: Number of classes; every `label` is below it. Defaults to
            None, any labels.
        num_rows: Number of rows of a memory bank; every `index` is in
            `[0, num_rows)`. Defaults to None, no bank.
        label: Whether an epoch must have clips with a label. Defaults to
            False.
        sound: Whether an epoch must have clips with sound. Defaults to False.
        text: Whether an epoch must have clips with text. Defaults to False.

    Examples:

    >>> import numpy as np
    >>> from keras_av.training import Needs
    >>> needs = Needs(num_classes=2, label=True)
    >>> needs.check("Supervised", label=np.array([0, 1, -1]))
    >>> needs.check("Supervised", label=np.array([0, 4]))
    Traceback (most recent call last):
        ...
    ValueError: Supervised has num_classes=2, but ... labels up to 4 ...
    """

    num_classes: int | None = None
    num_rows: int | None = None
    label: bool = False
    sound: bool = False
    text: bool = False

    def check(
        self,
        method: str,
        label: Array | None = None,
        index: Array | None = None,
        has_audio: Array | None = None,
        has_text: Array | None = None,
    ) -> None:
        """Raise an error if clips do not fit, as far as they are known.

        Args:
            method: Name of the method, for the message.
            label: Labels, `(clips, ...)`. Defaults to None, unknown.
            index: Rows of the clips, `(clips,)`. Defaults to None, unknown.
            has_audio: Whether clips have sound, `(clips,)`. Defaults to None,
                unknown.
            has_text: Whether clips have text, `(clips,)`. Defaults to None,
                unknown.

        Raises:
            ValueError: If a label or an index is out of range, or no clip has
                a label, two classes, sound or text where that is needed.
        """
        if index is not None:
            self._check_rows(method, index)
        if label is not None:
            self._check_labels(method, label)
        if self.sound and has_audio is not None and not np.any(has_audio):
            raise ValueError(nothing_heard(method, len(has_audio)))
        if self.text and has_text is not None and not np.any(has_text):
            raise ValueError(nothing_said(method, len(has_text)))

    def _check_rows(self, method: str, index: Array) -> None:
        if self.num_rows is None or not len(index):
            return
        low, high = int(np.min(index)), int(np.max(index))
        if low >= 0 and high < self.num_rows:
            return
        raise ValueError(
            f"{method} has a memory bank of num_rows={self.num_rows}, but "
            f"`index` is from {low} to {high}. A bank needs one row for each "
            "training clip, counted from 0: MemoryBank("
            f"num_rows={max(high + 1, self.num_rows)}, ...), or "
            "num_rows=len(manifest)."
        )

    def _check_labels(self, method: str, label: Array) -> None:
        rows = label.reshape(len(label), -1)
        known = rows[(rows >= 0).all(axis=1)]
        if self.label and not len(known):
            raise ValueError(nothing_labelled(method, len(label)))
        if self.num_classes is None or not len(known):
            return
        high = int(known.max())
        if high >= self.num_classes:
            raise ValueError(
                f"{method} has num_classes={self.num_classes}, but there are "
                f"labels up to {high} (labels are counted from 0). Make a "
                f"classifier with num_classes={high + 1} outputs, or leave "
                "these clips out."
            )
        if self.label and len(np.unique(known)) < 2:
            raise ValueError(
                f"{method} learns to tell classes apart, but all {len(known)} "
                f"labelled clips have the label {high}. Add clips of another "
                "class, with num_classes of at least 2."
            )


def nothing_labelled(method: str, count: int) -> str:
    """What is wrong if no clip has a label."""
    return (
        f"{method} learns from labels, but none of {count} clips has a "
        "`label` (-1 is unlabelled). Read labelled files, such "
        "as folders named by class (Manifest.from_folder) or a CSV file with a "
        "column `label` (Manifest.from_csv), or choose a method without labels."
    )


def nothing_heard(method: str, count: int) -> str:
    """What is wrong if no clip has sound."""
    return (
        f"{method} learns from sound, but none of {count} clips has sound "
        "(`has_audio`). Read files with a sound track "
        "(report.summary() of keras_av.data.clips counts those without), or "
        "choose losses without sound."
    )


def nothing_said(method: str, count: int) -> str:
    """What is wrong if nothing is said in any clip."""
    return (
        f"{method} learns from text, but none of {count} clips has any "
        "(`has_text`). Give keras_av.data.clips the transcripts of these "
        "files (report.summary() counts the clips without one), with times in "
        "which there are clips."
    )


def nothing_weighs(method: str, count: int) -> str:
    """What is wrong if all clips have weight 0."""
    return (
        f"{method} learned nothing: all {count} clips have weight 0 in its "
        "losses (`sample_weight`, clips without a `label`, clips without "
        "sound or text). Give some of them a positive weight."
    )


def known_clips(x: Any, y: Any = None) -> dict[str, Array]:
    """The columns of clips that can be seen without reading a batch.

    Args:
        x: Training data, as in `fit`: a dataset with a `manifest`, a dict of
            arrays, or anything else, of which nothing is known.
        y: Separate labels. Defaults to None.

    Returns:
        The arguments of `Needs.check` that are known.
    """
    manifest = getattr(x, "manifest", None)
    if manifest is not None:
        facts = manifest.facts
        sound = {"has_audio": facts["has_audio"]} if facts else {}
        rows = np.arange(len(manifest))
        found = {"label": manifest.label, "index": rows, **sound}
        if getattr(x, "transcripts", None) is not None:
            found["has_text"] = x.transcripts.covers(manifest)
        return found
    if not isinstance(x, dict):
        return {}
    found = {**x, "label": y} if y is not None else x
    return {
        name: ops.convert_to_numpy(found[name])
        for name in ("label", "index", "has_audio", "has_text")
        if name in found
    }
