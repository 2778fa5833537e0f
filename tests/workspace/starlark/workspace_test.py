"""BUILD files, right and wrong."""

import gc
import subprocess
import time

import pytest

from keras_av.workspace import ConfigError, Label, Workspace
from keras_av.workspace.starlark import (
    package_reader,
    reader_process,
    starlark_files,
)
from tests.workspace.toy_rules import RULES


def targets(tree, package="a", **defines):
    return tree.workspace(**defines).package(package)


def test_targets_know_their_place(tree):
    tree.write("a/BUILD", 'data(\n    name = "x",\n    count = 3,\n)\n')
    target = targets(tree)["x"]
    assert target.label == Label("a", "x")
    assert target.attributes == {"count": 3}
    assert target.place == "a/BUILD:2"


def test_build_bazel_is_read_first(tree):
    tree.write("a/BUILD", 'data(name = "x")')
    tree.write("a/BUILD.bazel", 'data(name = "y")')
    assert list(targets(tree)) == ["y"]


def test_macros_tell_both_places(tree):
    macro = "def many(names):\n    for n in names:\n        data(name = n)\n"
    tree.write("defs.bzl", macro)
    load = 'load("//:defs.bzl", "many")\n\n'
    tree.write("a/BUILD", f'{load}many(["x", "y"])\n', head="")
    found = targets(tree)
    assert list(found) == ["x", "y"]
    assert found["y"].place == "a/BUILD:3 (in many, defs.bzl:4)"


def test_comprehensions_select_and_glob(tree):
    for name in ("1.csv", "2.csv", "b/3.csv"):
        tree.write(f"a/{name}", "", head="")
    tree.write(
        "a/BUILD",
        '[data(name = "x%d" % i, path = p) for i, p in '
        'enumerate(glob(["*.csv", "**/*.csv"], exclude = ["2*"]))]\n'
        'data(name = "y", count = select({"scale=smoke": 1, "default": 5}), '
        'path = define("place", "here"))',
    )
    found = targets(tree)
    assert found["x0"].attributes["path"] == "1.csv"
    assert found["x1"].attributes["path"] == "b/3.csv"
    assert found["y"].attributes["count"] == 5
    assert found["y"].attributes["path"] == "here"
    found = targets(tree, scale="smoke", place="there")
    assert found["y"].attributes == {"count": 1, "path": "there"}


def test_rules_of_ones_own(tree):
    tree.write(
        "rules/mine.py",
        "from keras_av.workspace import rule\n"
        "from tests.workspace.toy_rules import Data\n"
        "@rule()\n"
        "def mine(*, count: int) -> Data:\n"
        '    """Mine."""\n'
        '    return Data("", 2 * count)\n',
        head="",
    )
    load = 'load("//rules:mine.py", "mine")\n'
    tree.write("a/BUILD", f'{load}mine(name = "x", count = 3)\n', head="")
    assert targets(tree)["x"].place == "a/BUILD:2"
    assert tree.node("//a:x").provider.count == 6


MISTAKES = {
    "a name twice": (
        'data(name = "x")\ndata(name = "x")',
        "a/BUILD:3: target //a:x is already defined at a/BUILD:2",
    ),
    "no name": ("data(count = 1)", "a/BUILD:2: data() needs a name"),
    "a name of dots": (
        'data(name = "..")',
        "a/BUILD:2: ':..' is not a label",
    ),
    "a name that is none": (
        'data(name = "x y")',
        "a/BUILD:2: ':x y' is not a label",
    ),
    "a bare for": (
        "for i in [1]:\n    data(name = i)",
        "a/BUILD:2: `for` cannot be used outside `def`",
    ),
    "a bare if": (
        'if True:\n    data(name = "x")',
        "a/BUILD:2: `if` cannot be used outside `def`",
    ),
    "syntax": ("data(name = ", "a/BUILD:2: Parse error"),
    "a rule that was not loaded": (
        'dat(name = "x")',
        "a/BUILD:2: Variable `dat` not found, did you mean `data`?",
    ),
    "a rule that does not exist": (
        'load("@keras_av//:rules.bzl", "wirte")',
        "a/BUILD:2: Module has no symbol `wirte`, did you mean `write`?",
    ),
    "a file that does not exist": (
        'load("//:no.bzl", "f")',
        "a/BUILD:2: ValueError: there is no file no.bzl",
    ),
    "a load of something else": (
        'load("no.txt", "f")',
        "a/BUILD:2: ValueError: 'no.txt' cannot be loaded. Write",
    ),
    "arguments without names": (
        'data("x")',
        "a/BUILD:2: Found 1 extra positional argument",
    ),
    "a select without a branch": (
        'data(name = "x", count = select({"scale=smoke": 1}))',
        "a/BUILD:2: ValueError: select has no branch for {} and no 'default'",
    ),
    "fail": ('fail("think again")', "a/BUILD:2: fail: think again"),
    "arithmetic": ('data(name = "x", count = 1 // 0)', "a/BUILD:2: "),
    "endless recursion": (
        "def f(x):\n    return f(x)\nf(1)",
        "a/BUILD:4",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_with_their_place(tree, mistake):
    text, expected = MISTAKES[mistake]
    tree.write("a/BUILD", text)
    with pytest.raises(ConfigError) as error:
        targets(tree)
    assert str(error.value).startswith(expected), str(error.value)


def test_a_mistake_in_a_macro_tells_both_places(tree):
    tree.write("defs.bzl", 'def f():\n    data(name = "x")\n')
    load = 'load("//:defs.bzl", "f")\n'
    tree.write("a/BUILD", f"{load}f()\nf()\n", head="")
    with pytest.raises(ConfigError) as error:
        targets(tree)
    assert str(error.value) == (
        "a/BUILD:3 (in f, defs.bzl:3): target //a:x is already defined at "
        "a/BUILD:2 (in f, defs.bzl:3)"
    )


def test_an_error_shows_the_line(tree):
    tree.write("a/BUILD", "nothing(1)")
    with pytest.raises(ConfigError) as error:
        targets(tree)
    assert "2 | nothing(1)\n  | ^^^^^^^" in str(error.value)


def test_targets_belong_into_build_files(tree):
    tree.write("defs.bzl", 'data(name = "x")\nA = 1\n')
    tree.write("a/BUILD", 'load("//:defs.bzl", "A")\n', head="")
    with pytest.raises(ConfigError, match="defs.bzl:2: data.. is called whi"):
        targets(tree)


def test_files_that_load_each_other_are_refused(tree):
    tree.write("b.bzl", 'load("//:c.bzl", "C")\nB = 1\n', head="")
    tree.write("c.bzl", 'load("//:b.bzl", "B")\nC = 1\n', head="")
    tree.write("a/BUILD", 'load("//:b.bzl", "B")\n', head="")
    message = "//:b.bzl -> //:c.bzl -> //:b.bzl"
    with pytest.raises(ConfigError, match=message):
        targets(tree)


def test_a_name_that_no_folder_can_have_is_refused_when_it_is_read(tree):
    tree.write("a/BUILD", f'write(name = "{"n" * 300}")')
    message = "a/BUILD:2: The name 'n+' of 300 bytes is too long"
    with pytest.raises(ConfigError, match=message):
        targets(tree)


NOT_FINITE = {
    "infinity": 'float("inf")',
    "minus infinity": '-float("inf")',
    "NaN": 'float("nan")',
    "an overflow": "1e308 * 10",
    "in a list": '[1.0, float("inf")]',
    "in a dict": '{"a": (0, float("nan"))}',
    "as a key": '{float("inf"): 1}',
    "in a struct": 'struct(a = float("inf"))',
}


@pytest.mark.parametrize("where", NOT_FINITE)
def test_numbers_that_are_not_finite_do_not_become_none(tree, where):
    tree.write(
        "a/BUILD",
        f'write(name = "x", size = 1e308, rate = {NOT_FINITE[where]})',
    )
    with pytest.raises(ConfigError) as error:
        targets(tree)
    expected = "a/BUILD:2: rate: received infinity or NaN. BUILD files may have"
    assert str(error.value).startswith(expected)


BOMBS = {
    "an endless loop": (
        "def f():\n    for i in range(100000000):\n        pass\nf()",
        "it takes longer than 0.5 s, or does not end",
    ),
    "an endless multiplication": (
        "def f():\n    x = 3\n" + 60 * "    x = x * x\n" + "f()",
        "a/BUILD:1: cannot be read: it takes longer than 0.5 s",
    ),
    "depth": (
        "x = " + "[" * 50_000 + "]" * 50_000,
        "a/BUILD:1: cannot be read: the Star",
    ),
    "a long list": (
        "x = [i for i in range(1000000000)]",
        "a/BUILD:1: cannot be read: the Starlark interpreter ended with",
    ),
    "a long text": (
        'def f():\n    x = "x"\n    for i in range(60):\n        x += x\nf()',
        "a/BUILD:1: cannot be read: the Starlark interpreter ended with",
    ),
    "a deep value": (
        "def f():\n    x = []\n    for i in range(100):\n        x = [x]\n"
        '    data(name = "x", path = x)\nf()',
        "an attribute with more than 32 lists or dicts in each other",
    ),
    "a very deep value": (
        "def f():\n    x = []\n    for i in range(1000000):\n"
        '        x = [x]\n    data(name = "x", path = x)\nf()',
        "a/BUILD:",
    ),
    "much to print": (
        'def f():\n    for i in range(1000000):\n        print("x" * 1000)\n'
        "f()",
        "a/BUILD:1: cannot be read: the Starlark interpreter ended with",
    ),
}


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("bomb", BOMBS)
def test_files_that_outgrow_their_process_are_refused(tree, monkeypatch, bomb):
    seconds = 0.5 if "endless" in bomb else 20.0
    monkeypatch.setattr(reader_process, "TIME_LIMIT", seconds)
    monkeypatch.setattr(reader_process, "MAX_BYTES", 1 << 29)
    text, expected = BOMBS[bomb]
    tree.write("a/BUILD", text)
    tree.write("b/BUILD", 'data(name = "x")')
    workspace = tree.workspace()
    for _ in range(2):
        with pytest.raises(ConfigError) as error:
            workspace.package("a")
        assert expected in str(error.value)
    assert list(workspace.package("b")) == ["x"]


def test_more_targets_than_anyone_needs_are_refused(tree, monkeypatch):
    monkeypatch.setattr(reader_process, "_MAX_ANSWER", 1 << 20)
    tree.write("a/BUILD", '[data(name = "x%d" % i) for i in range(20000)]')
    tree.write("b/BUILD", '[data(name = "x%d" % i) for i in range(5001)]')
    workspace = tree.workspace()
    with pytest.raises(ConfigError, match="a/BUILD:1: cannot be read: the"):
        workspace.package("a")
    assert len(workspace.package("b")) == 5001


@pytest.mark.slow
def test_one_file_of_very_many_targets(tree):
    """It takes several times the time limit."""
    lines = (f'data(name = "x{i}")\n' for i in range(200_000))
    tree.write("a/BUILD", "".join(lines))
    assert len(tree.workspace().package("a")) == 200_000


def test_a_file_has_its_time_for_each_part(tmp_path, monkeypatch):
    monkeypatch.setattr(package_reader, "_TARGETS_AT_ONCE", 10)
    parts = []

    def send(targets):
        time.sleep(0.1)
        parts.append([name for _, _, name, _, _ in targets])

    reader = package_reader.PackageReader(
        tmp_path, {}, lambda file: ["data"], send, 0.5
    )
    text = f'load("{starlark_files.RULES}", "data")\n'
    text += '[data(name = "x%d" % i) for i in range(105)]'
    (tmp_path / "BUILD").write_text(text)
    reader.read("", "BUILD")
    assert [len(part) for part in parts] == 10 * [10] + [5]
    assert sum(parts, []) == [f"x{i}" for i in range(105)]


def test_long_lines_are_not_shown_whole(tree):
    tree.write("a/BUILD", "x = " + "[" * 100_000)
    with pytest.raises(ConfigError) as error:
        targets(tree)
    assert len(str(error.value)) < 10_000


def test_what_files_print_is_shown(tree, capfd):
    tree.write("a/BUILD", 'print("first")\n')
    tree.write("b/BUILD", 'print("second")\n')
    workspace = tree.workspace()
    workspace.package("a")
    workspace.package("b")
    shown = capfd.readouterr().err
    assert shown.index("first") < shown.index("second")
    assert shown.count("first") == 1


@pytest.mark.slow_on_tensorflow
def test_one_process_reads_all_files(tree, monkeypatch):
    started = []
    monkeypatch.setattr(
        "subprocess.Popen",
        lambda *args, popen=subprocess.Popen, **kwargs: (
            started.append(popen(*args, **kwargs)) or started[-1]
        ),
    )
    for package in "abc":
        tree.write(f"{package}/BUILD", f'data(name = "{package}")')
    workspace = tree.workspace()
    assert started == []
    assert [list(workspace.package(p)) for p in "abc"] == [["a"], ["b"], ["c"]]
    (process,) = started
    assert process.poll() is None
    del workspace
    gc.collect()
    assert process.poll() is not None


@pytest.mark.parametrize("pattern", ["../*", "b/../../*", "**/../*"])
def test_glob_stays_in_its_folder(tree, pattern):
    tree.write("secret.csv", "", head="")
    tree.write("a/BUILD", f'data(name = "x", path = glob(["{pattern}"])[0])')
    with pytest.raises(ConfigError, match="finds files below its folder only"):
        targets(tree)


def test_glob_finds_no_links_out_of_the_workspace(tree, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.csv"
    outside.write_text("")
    tree.write("a/inside.csv", "", head="")
    (tree.root / "a/link.csv").symlink_to(tree.root / "a/inside.csv")
    text = '[data(name = p) for p in glob(["*.csv"], exclude = ["b*"])]\n'
    tree.write("a/BUILD", text)
    assert list(targets(tree)) == ["inside.csv", "link.csv"]
    (tree.root / "a/away.csv").symlink_to(outside)
    with pytest.raises(ConfigError, match="away.csv, a link to .*secret.csv"):
        targets(tree)
    tree.write("a/BUILD", text.replace("b*", "away*"))
    assert list(targets(tree)) == ["inside.csv", "link.csv"]


@pytest.mark.parametrize("name", ["BUILD", "d.bzl", "d.py", "d/d.bzl"])
def test_files_are_read_inside_the_workspace_only(tree, tmp_path_factory, name):
    outside = tmp_path_factory.mktemp("outside")
    for file in ("BUILD", "d.bzl", "d.py"):
        (outside / file).write_text("A = 1\n")
    tree.write("a/BUILD", f'load("//a:{name}", "A")\n'.replace("a:d/", "a/d:"))
    link = tree.root / "a" / name.split("/")[0]
    link.unlink(missing_ok=True)
    link.symlink_to(outside / name if "/" not in name else outside)
    with pytest.raises(ConfigError, match=f"a/{name}:1: .*outside the works"):
        targets(tree)


def test_a_mistake_in_a_python_file_is_told(tree):
    tree.write("mine.py", "1 / 0", head="")
    tree.write("a/BUILD", 'load("//:mine.py", "mine")', head="")
    with pytest.raises(ConfigError, match="mine.py fails: ZeroDivisionError"):
        targets(tree)


def test_what_is_not_there_is_refused_with_what_is_near(tree):
    tree.write("configs/sscl/BUILD", 'data(name = "stage1")')
    workspace = tree.workspace()
    with pytest.raises(ConfigError, match="did you mean ':stage1'?"):
        workspace.target(Label("configs/sscl", "stage"))
    with pytest.raises(ConfigError, match="it has :stage1"):
        workspace.target(Label("configs/sscl", "other"))
    with pytest.raises(ConfigError, match="did you mean '//configs/sscl'?"):
        workspace.target(Label("configs/ssl", "stage1"))
    with pytest.raises(ConfigError, match="there is no folder"):
        Workspace(tree.root / "nowhere", RULES)


def test_a_file_that_is_no_text_is_refused(tree):
    (tree.root / "BUILD").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="BUILD:1: cannot be read"):
        tree.workspace().package("")


def test_packages(tree):
    for path in ("BUILD", "a/BUILD.bazel", "a/b/BUILD", ".git/BUILD"):
        tree.write(path, "")
    assert tree.workspace().packages() == ["", "a", "a/b"]
    assert tree.workspace().packages("a") == ["a", "a/b"]
