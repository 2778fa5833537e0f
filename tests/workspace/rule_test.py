"""Rules."""

import pytest

from keras_av.workspace import Provider, rule
from tests.workspace.toy_rules import Data, data, write


def test_a_rule_is_still_a_function(tmp_path):
    assert data(count=3) == Data("", 3)
    text = write(tmp_path, data=data(), words="said")
    assert text.file.read_text() == "said"
    assert write.__doc__.startswith("Write words")


def test_attributes_are_the_keyword_arguments():
    assert list(data.attributes) == ["path", "count"]
    assert "output" not in write.attributes
    assert str(write.attributes["data"].type) == "Data"
    assert write.executes and not data.executes
    assert data.spec.kinds == ("Data",)


def test_a_call_has_the_types_of_a_build_file(tmp_path):
    with pytest.raises(ValueError, match="count: expected int. Received: 1.0"):
        data(count=1.0)
    with pytest.raises(
        ValueError, match="data: expected a Data made by a rule"
    ):
        write(tmp_path, data="//a:b")
    with pytest.raises(TypeError, match="word"):
        write(tmp_path, data=data(), word="a")


def test_annotations_are_checked_when_a_rule_is_made():
    with pytest.raises(TypeError, match=r"odd\(when\): Attributes are"):

        @rule()
        def odd(*, when: set) -> Data: ...

    with pytest.raises(TypeError, match="the Provider that it"):

        @rule()
        def odd() -> int: ...


def test_what_is_built_needs_a_plan():
    with pytest.raises(TypeError, match="a plan, or neither"):

        @rule()
        def odd(output: Provider) -> None: ...

    with pytest.raises(TypeError, match="a plan, or neither"):

        @rule(plan=lambda: Provider())
        def odd() -> Provider: ...
