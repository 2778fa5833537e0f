"""Names that a room loads when they are first used."""

import subprocess
import sys
import types

import pytest

import keras_av.data
from keras_av import rules


def test_modules_do_not_hide_functions_of_their_name():
    import keras_av.data.clips as function
    from keras_av.data.clips import clips

    assert isinstance(sys.modules["keras_av.data.clips"], types.ModuleType)
    assert function is clips is keras_av.data.clips


def test_the_first_use_comes_before_and_after_that_of_the_module():
    program = (
        "import sys; from keras_av.workspace import rule; "
        "import keras_av.workspace.rule; from keras_av import workspace; "
        "assert rule is workspace.rule, rule; "
        "assert 'keras_av.workspace.build.builder' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_unknown_name_is_told():
    with pytest.raises(
        AttributeError, match="'keras_av.rules' has no .*'adma'"
    ):
        rules.adma  # noqa: B018
    assert "adam" in dir(rules)


def test_names_may_be_replaced(monkeypatch):
    monkeypatch.setattr(rules, "adam", None)
    assert rules.adam is None
    monkeypatch.undo()
    assert rules.adam is rules.RULES["adam"]
