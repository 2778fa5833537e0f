"""Small rules for the tests of workspaces."""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Literal

from keras_av.workspace import Provider, rule


@dataclasses.dataclass(frozen=True)
class Data(Provider):
    path: str
    count: int

    def digest(self):
        file = pathlib.Path(self.path)
        return file.read_text() if file.is_file() else "none"

    def missing(self):
        if self.path and not pathlib.Path(self.path).exists():
            return f"there is no {self.path}"
        return None


@dataclasses.dataclass(frozen=True)
class Text(Provider):
    file: pathlib.Path
    count: int


@rule()
def data(*, path: str = "", count: int = 8) -> Data:
    if count < 1:
        raise ValueError(f"count must be at least 1. Received: count={count}")
    return Data(path, count)


def _plan(folder, *, data, size, **_):
    if size > data.count:
        raise ValueError(f"size must be at most {data.count}. Received: {size}")
    return Text(folder / "text.txt", data.count)


@rule(plan=_plan)
def write(
    output: Text,
    *,
    data: Data,
    words: str = "hello",
    init: Text | None = None,
    parts: dict[str, Text] | None = None,
    size: int = 1,
    rate: float = 0.1,
    mode: Literal["slow", "fast"] = "slow",
    epochs: Sequence[int] = (1, 2),
) -> None:
    """Write words after those of others, one epoch at a time."""
    before = init.file.read_text() if init else ""
    for part in (parts or {}).values():
        before += part.file.read_text()
    if words == "fail":
        raise RuntimeError("these words cannot be written")
    output.file.write_text(before + words)
    calls = output.file.with_name("calls")
    calls.write_text((calls.read_text() if calls.exists() else "") + "x")


RULES = {"data": data, "write": write}
