"""What is checked before anything runs, and keys."""

import re

import pytest

from keras_av.workspace import ConfigError

CHAIN = """
data(name = "set", count = 4)
write(name = "first", data = ":set", words = "one")
write(name = "second", data = ":set", init = ":first", words = "two")
"""


def test_labels_become_what_they_give(tree):
    tree.write("a/BUILD", CHAIN)
    node = tree.node("//a:second")
    assert node.arguments["data"].count == 4
    assert node.arguments["init"] == tree.node("//a:first").provider
    assert node.attributes["init"] == "//a:first"
    assert node.output.parent == tree.root / "out" / _backend() / "a" / "second"


def test_lists_and_dicts_of_labels(tree):
    text = 'write(name = "third", data = ":set", parts = {"a": ":second"})\n'
    tree.write("a/BUILD", CHAIN + text)
    node = tree.node("//a:third")
    assert node.arguments["parts"]["a"] == tree.node("//a:second").provider
    assert node.attributes["parts"] == {"a": "//a:second"}


def test_keys_are_of_content_not_of_text(tree):
    tree.write("a/BUILD", CHAIN)
    before = tree.node("//a:second").key
    text = CHAIN.replace(", ", ",\n    # A comment.\n    ")
    tree.write("a/BUILD", "X = 1\n\n\n" + text)
    assert tree.node("//a:second").key == before
    # A default that is written, and an integer for a float.
    text = CHAIN.replace('"two"', '"two", size = 1, rate = 0.1')
    tree.write("a/BUILD", text)
    assert tree.node("//a:second").key == before


@pytest.mark.parametrize(
    "old, new, changed",
    [
        ('"two"', '"2"', ["second"]),
        ('"one"', '"1"', ["first", "second"]),
        ("count = 4", "count = 5", ["first", "second"]),
    ],
)
def test_keys_change_with_what_they_depend_on(tree, old, new, changed):
    tree.write("a/BUILD", CHAIN)
    before = {n: tree.node(f"//a:{n}").key for n in ("first", "second")}
    tree.write("a/BUILD", CHAIN.replace(old, new))
    after = {n: tree.node(f"//a:{n}").key for n in ("first", "second")}
    assert [n for n in before if before[n] != after[n]] == changed


def test_keys_change_with_data_versions_and_backend(tree, monkeypatch):
    file = tree.root / "data.csv"
    file.write_text("1")
    text = CHAIN.replace("count = 4", f'path = "{file}"')
    tree.write("a/BUILD", text)
    keys = {tree.node("//a:first").key}
    file.write_text("2")
    keys.add(tree.node("//a:first").key)
    monkeypatch.setattr("keras_av.__version__", "99")
    keys.add(tree.node("//a:first").key)
    monkeypatch.setattr("keras.backend.backend", lambda: "another")
    node = tree.node("//a:first")
    keys.add(node.key)
    assert len(keys) == 4
    assert "another" in node.output.parts


def test_overrides(tree):
    tree.write("a/BUILD", CHAIN)
    node = tree.node(
        "//a:second",
        "//a:second.words=three words",
        "//a:second.rate=1",
        "//a:second.epochs=[3, 4]",
        "//a:second.mode=fast",
        "//a:second.init=None",
    )
    assert node.attributes["words"] == "three words"
    assert node.attributes["rate"] == 1.0
    assert node.attributes["epochs"] == [3, 4]
    assert node.attributes["init"] is None
    assert node.key != tree.node("//a:second").key


MISTAKES = {
    "a misspelled attribute": (
        'write(name = "x", data = ":set", word = "a")',
        "a/BUILD:6: write() has no attribute 'word'; did you mean 'words'?",
    ),
    "an unknown attribute": (
        'write(name = "x", data = ":set", zzz = 1)',
        "a/BUILD:6: write() has no attribute 'zzz'; it has data, words",
    ),
    "a missing attribute": (
        'write(name = "x")',
        "a/BUILD:6: write() needs the attribute 'data'",
    ),
    "a wrong type": (
        'write(name = "x", data = ":set", size = "1")',
        "a/BUILD:6: size: expected int. Received: '1'",
    ),
    "a wrong choice": (
        'write(name = "x", data = ":set", mode = "quick")',
        "a/BUILD:6: mode: expected one of 'slow', 'fast'. Received: 'quick'",
    ),
    "a misspelled label": (
        'write(name = "x", data = ":sett")',
        "a/BUILD:6: data: no target 'sett' in //a; did you mean ':set'?",
    ),
    "a misspelled package": (
        'write(name = "x", data = "//b:set")',
        "a/BUILD:6: data: no package '//b': b has no BUILD file",
    ),
    "no label at all": (
        'write(name = "x", data = "a b")',
        "a/BUILD:6: data: 'a b' is not a label",
    ),
    "a label of another kind": (
        'write(name = "x", data = ":first")',
        "a/BUILD:6: data: //a:first is a write, which provides a Text, but "
        "write() needs a Data",
    ),
    "a cycle": (
        'write(name = "x", data = ":set", init = ":y")\n'
        'write(name = "y", data = ":set", init = ":x")',
        "a/BUILD:7: init: cycle: //a:x -> //a:y -> //a:x",
    ),
    "itself": (
        'write(name = "x", data = ":set", init = ":x")',
        "a/BUILD:6: init: cycle: //a:x -> //a:x",
    ),
    "what the rule refuses": (
        'write(name = "x", data = ":set", size = 9)',
        "a/BUILD:6: size must be at most 4. Received: 9",
    ),
    "what a dependency's rule refuses": (
        'data(name = "none", count = 0)\nwrite(name = "x", data = ":none")',
        "a/BUILD:6: count must be at least 1. Received: count=0",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_with_their_place(tree, mistake):
    text, expected = MISTAKES[mistake]
    tree.write("a/BUILD", CHAIN + text)
    with pytest.raises(ConfigError) as error:
        tree.node("//a:x")
    assert str(error.value).startswith(expected), str(error.value)


def test_all_mistakes_are_told_at_once_and_each_once(tree):
    tree.write(
        "a/BUILD",
        """
data(name = "none", count = "3")
write(name = "x", data = ":none", size = "1", mode = "quick", zzz = 1)
write(name = "y", data = ":none", init = ":x")
write(name = "z", words = "a")
""",
    )
    graph = tree.graph()
    with pytest.raises(ConfigError) as error:
        graph.check([_label(f"//a:{name}") for name in "xyz"])
    told = [re.split("; it has|. Received", x)[0] for x in error.value.args]
    assert told == [
        "a/BUILD:4: write() has no attribute 'zzz'",
        "a/BUILD:3: count: expected int",
        "a/BUILD:4: size: expected int",
        "a/BUILD:4: mode: expected one of 'slow', 'fast'",
        "a/BUILD:6: write() needs the attribute 'data'",
    ]
    assert str(error.value).count("\n") == 4


def test_all_that_rules_refuse_is_told_at_once(tree):
    text = 'write(name = "{}", data = ":set", size = 9)\n'
    tree.write("a/BUILD", CHAIN + text.format("x") + text.format("y"))
    with pytest.raises(ConfigError) as error:
        tree.graph().check([_label("//a:x"), _label("//a:y")])
    assert [one.partition(" ")[0] for one in error.value.args] == [
        "a/BUILD:6:",
        "a/BUILD:7:",
    ]


def test_what_many_depend_on_is_read_once(tree):
    chain = [
        f'write(name = "n{k}", data = ":set", init = ":n{k - 1}", '
        f'parts = {{"a": ":n{k - 1}"}})'
        for k in range(1, 60)
    ]
    wrong = 'write(name = "n0", data = ":set", size = "1")'
    tree.write("a/BUILD", CHAIN + "\n".join([wrong, *chain]))
    with pytest.raises(ConfigError) as error:
        tree.graph().read(_label("//a:n59"))
    assert error.value.args == ("a/BUILD:6: size: expected int. Received: '1'",)


def test_data_that_cannot_be_read_is_told_with_its_place(tree, monkeypatch):
    from tests.workspace.toy_rules import Data

    for error in (ValueError("torn"), PermissionError("closed")):

        def digest(self, error=error):
            raise error

        monkeypatch.setattr(Data, "digest", digest)
        tree.write("a/BUILD", CHAIN)
        with pytest.raises(ConfigError, match=f"a/BUILD:3: {error}"):
            tree.node("//a:first")


OVERRIDES = {
    "//a:first.word=1": "no attribute 'word'; did you mean 'words'?",
    "//a:first.size=big": "size: expected int. Received: 'big'"[6:],
    "//a:first.mode=quick": "expected one of 'slow', 'fast'",
    "//a:first.data=:sett": "no target 'sett' in //a",
    "//a:first.size=5": "size must be at most 4",
    "//a:first.rate=1e999": "expected a finite number. Received: inf",
    "//a:first.init=1e999": "expected a finite number. Received: inf",
    "//a:first.rate=inf": "expected float. Received: 'inf'",
    "nonsense": "write --set=LABEL.name=value",
    "a b.c=1": "'a b' is not a label",
}


@pytest.mark.parametrize("text", OVERRIDES)
def test_wrong_overrides_are_told(tree, text):
    tree.write("a/BUILD", CHAIN)
    with pytest.raises(ConfigError) as error:
        tree.node("//a:first", text)
    assert str(error.value).startswith(f"--set={text}"), str(error.value)
    assert OVERRIDES[text] in str(error.value)


def test_an_override_of_something_else_is_refused(tree):
    tree.write("a/BUILD", CHAIN)
    graph = tree.graph("//a:second.words=x")
    graph.node(graph.workspace.target(_label("//a:first")).label)
    with pytest.raises(ConfigError, match="is not among the requested targets"):
        graph.check_overrides()


def _label(text):
    from keras_av.workspace import Label

    return Label.parse(text)


def _backend():
    import keras

    return keras.backend.backend()
