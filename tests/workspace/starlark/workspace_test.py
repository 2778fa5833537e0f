"""BUILD files, right and wrong."""

import pytest

from keras_av.workspace import ConfigError, Label, Workspace
from keras_av.workspace.starlark.starlark_files import StarlarkFiles
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


def test_files_have_a_time_limit(tree):
    text = "def f():\n    for i in range(100000000):\n        pass\nf()\n"
    tree.write("a/BUILD", text, head="")
    files = StarlarkFiles(tree.root, RULES, print, {}, time_limit=0.1)
    with pytest.raises(ConfigError, match="Evaluation cancelled"):
        files.run("a/BUILD")


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
