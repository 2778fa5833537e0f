"""Scores measured by a target."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from keras_av.workspace import Provider


@dataclasses.dataclass(frozen=True)
class Scores(Provider):
    """Scores measured by a target, with their values at chance.

    Args:
        folder: Folder of `scores.json`.

    Examples:

    >>> import pathlib, tempfile
    >>> from keras_av.rules import Scores
    >>> scores = Scores(pathlib.Path(tempfile.mkdtemp()))
    >>> scores.save({"accuracy": 0.5}, chance={"accuracy": 0.25})
    accuracy: 0.500 (chance: 0.250)
    >>> scores.values(), scores.chance()
    ({'accuracy': 0.5}, {'accuracy': 0.25})
    """

    folder: pathlib.Path

    def save(
        self,
        values: Mapping[str, float],
        chance: Mapping[str, float] | None = None,
        num_clips: int | None = None,
    ) -> None:
        """Print and write the scores.

        Args:
            values: Scores by name.
            chance: Scores at chance by name, if known. Defaults to none.
            num_clips: Number of clips that they are means over, if known.
                Defaults to none.
        """
        chance = chance or {}
        for name, value in values.items():
            by_chance = (
                f" (chance: {chance[name]:.3f})" if name in chance else ""
            )
            print(f"{name}: {value:.3f}{by_chance}", flush=True)
        found = {"scores": dict(values), "chance": dict(chance)}
        text = json.dumps({**found, "num_clips": num_clips})
        (self.folder / "scores.json").write_text(text)

    def values(self) -> dict[str, float]:
        """The scores by name."""
        return self._read()["scores"]

    def chance(self) -> dict[str, float]:
        """The scores at chance by name."""
        return self._read()["chance"]

    def num_clips(self) -> int | None:
        """The number of clips that they are means over, if known."""
        return self._read().get("num_clips")

    def _read(self) -> dict[str, Any]:
        return json.loads((self.folder / "scores.json").read_text())
