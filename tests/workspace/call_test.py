"""Rules that a program calls, again and again."""

import dataclasses
import pathlib

import pytest

from keras_av.workspace import Provider, rule


@dataclasses.dataclass(frozen=True)
class Files(Provider):
    names: tuple[str, ...]

    def digest(self):
        return str(self.names)


@dataclasses.dataclass(frozen=True)
class Text(Provider):
    file: pathlib.Path


@rule()
def files(*, names: list[str]) -> Files:
    return Files(tuple(names))


@rule(plan=lambda folder, **_: Text(folder / "text.txt"))
def append(
    output: Text,
    *,
    source: Files,
    after: Text | None = None,
    fail: bool = False,
    factor: float = 1.0,
) -> None:
    with output.file.open("a") as file:
        file.write("x")
    if fail and output.file.read_text() == "x":
        raise RuntimeError("killed")


def length(text):
    return len(text.file.read_text())


def test_what_is_finished_is_not_done_again(tmp_path):
    source = files(names=["a"])
    assert length(append(tmp_path / "1", source=source)) == 1
    assert length(append(tmp_path / "1", source=files(names=["a"]))) == 1
    first = append(tmp_path / "1", source=source)
    # What was made of it is known by how it was made.
    assert length(append(tmp_path / "2", source=source, after=first)) == 1
    assert length(append(tmp_path / "2", source=source, after=first)) == 1


def test_what_is_not_finished_goes_on(tmp_path):
    source = files(names=["a"])
    with pytest.raises(RuntimeError):
        append(tmp_path, source=source, fail=True)
    assert length(append(tmp_path, source=source, fail=True)) == 2


@pytest.mark.parametrize(
    "changes", [{"factor": 2.0}, {"source": files(names=["b"])}]
)
def test_a_folder_of_something_else_is_refused(tmp_path, changes):
    shared = {"source": files(names=["a"]), "fail": True}
    with pytest.raises(RuntimeError):
        append(tmp_path, **shared)
    (name,) = changes
    with pytest.raises(ValueError, match=f"with another {name}. Name another"):
        append(tmp_path, **{**shared, **changes})
    # Not even what a run has left is lost.
    assert (tmp_path / "text.txt").read_text() == "x"


def test_another_backend_is_refused(tmp_path, monkeypatch):
    append(tmp_path, source=files(names=["a"]))
    monkeypatch.setattr("keras.backend.backend", lambda: "another")
    with pytest.raises(ValueError, match="with another backend"):
        append(tmp_path, source=files(names=["a"]))


def test_what_nobody_knows_is_done_again(tmp_path):
    for count in (1, 2):
        text = append(tmp_path, source=Files(("made by hand",)))
        assert length(text) == count
