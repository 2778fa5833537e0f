"""The code of the README and of each page runs as it stands."""

import pathlib
import re

import pytest

from keras_av.cli.session import Session
from keras_av.workspace import ConfigError, Label

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "pages"
TEXTS = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in [ROOT / "README.md", *sorted(PAGES.rglob("*.md"))]
}
CODE = {
    name: blocks
    for name, text in TEXTS.items()
    if (blocks := re.findall(r"^```python\n(.*?)^```", text, re.S | re.M))
}


@pytest.mark.slow
@pytest.mark.parametrize("page", CODE)
def test_the_code_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scope = {}
    for block in CODE[page]:
        exec(compile(block, page, "exec"), scope)
    if "save_to_preset" in "".join(CODE[page]):
        assert list(tmp_path.glob("*/model.weights.h5"))


def test_every_page_with_code_is_found():
    assert len(CODE) >= 16


def test_every_page_is_in_the_navigation():
    yaml = pytest.importorskip("yaml")
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))

    def named(entry):
        if isinstance(entry, str):
            return {entry}
        entries = entry if isinstance(entry, list) else entry.values()
        return set().union(*map(named, entries))

    pages = {str(p.relative_to(PAGES)) for p in PAGES.rglob("*.md")}
    assert named(config["nav"]) == pages


def test_every_room_has_its_page():
    rooms = {p.parent.name for p in ROOT.glob("keras_av/*/__init__.py")}
    pages = {path.stem for path in (PAGES / "api").glob("*.md")}
    assert pages == rooms - {"cli"}


def test_every_example_is_on_a_page():
    shown = "".join(TEXTS.values())
    for path in (ROOT / "examples").glob("*.py"):
        assert f"examples/{path.name}" in shown
    # What formats the blocks of pages must leave the marks as they are.
    marks = re.findall(r"^ *-*8 *< *-.*$", shown, re.M)
    included = re.compile(r' *--8<-- "[\w./:]+"')
    assert len(marks) >= 10 and all(map(included.fullmatch, marks)), marks


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\(\s*([^)\s]+)\s*\)", TEXTS[page]):
        if "://" not in target and not target.startswith("#"):
            assert (folder / target.partition("#")[0]).exists(), target


def test_the_readme_is_short():
    assert len(TEXTS["README.md"].splitlines()) <= 150


def test_the_targets_are_right(tmp_path):
    text = TEXTS["docs/pages/guides/build_files.md"]
    (block,) = re.findall(r"```starlark\n(.*?)```", text, re.S)
    (tmp_path / "BUILD").write_text(block)
    graph = Session(str(tmp_path)).graph()
    targets = graph.workspace.package("")
    assert len(targets) == 15
    for name in targets:
        assert graph.node(Label("", name)).key
    (message,) = re.findall(r"ERROR: (BUILD:.*)", text)
    (tmp_path / "BUILD").write_text(block.replace('":adam"', '":adm"'))
    graph = Session(str(tmp_path)).graph()
    with pytest.raises(ConfigError) as error:
        graph.node(Label("", "report"))
    assert str(error.value) == message
