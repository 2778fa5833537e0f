"""Numbers that a target measures."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping

from keras_av.workspace import Provider


@dataclasses.dataclass(frozen=True)
class Scores(Provider):
    """Numbers that a target measures, beside what chance gives.

    Args:
        folder: Where `scores.json` is.

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
    ) -> None:
        """Print and write what was measured.

        Args:
            values: By name.
            chance: What a network that knows nothing would get, where that
                is known. Defaults to nothing.
        """
        chance = chance or {}
        for name, value in values.items():
            by_chance = (
                f" (chance: {chance[name]:.3f})" if name in chance else ""
            )
            print(f"{name}: {value:.3f}{by_chance}", flush=True)
        text = json.dumps({"scores": dict(values), "chance": dict(chance)})
        (self.folder / "scores.json").write_text(text)

    def values(self) -> dict[str, float]:
        """What was measured."""
        return self._read()["scores"]

    def chance(self) -> dict[str, float]:
        """What a network that knows nothing would get."""
        return self._read()["chance"]

    def _read(self) -> dict[str, dict[str, float]]:
        return json.loads((self.folder / "scores.json").read_text())
