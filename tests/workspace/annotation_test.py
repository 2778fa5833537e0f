"""Types of attributes."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pytest

from keras_av.workspace.annotation import (
    as_annotated,
    check_annotation,
    provider_of,
)
from tests.workspace.toy_rules import Data


@pytest.mark.parametrize(
    "annotation, value",
    [
        (int, 1),
        (bool, True),
        (str, "a"),
        (float, 0.5),
        (list[int], [1, 2]),
        (dict[str, float], {"a": 0.5}),
        (Sequence[int], [1, 2]),
        (Mapping[str, str], {"a": "b"}),
        (Literal["a", "b"], "b"),
        (int | None, None),
        (list[str] | None, ["a"]),
        (Data, "//a:b"),
        (dict[str, Data], {"a": ":b"}),
    ],
)
def test_what_fits_is_kept(annotation, value):
    check_annotation(annotation)
    assert as_annotated(annotation, value) == value


def test_an_integer_may_stand_for_a_float():
    assert type(as_annotated(float, 1)) is float
    assert as_annotated(list[float], [1, 0.5]) == [1.0, 0.5]


@pytest.mark.parametrize(
    "annotation, value, words",
    [
        (int, 1.0, "int"),
        (int, True, "int"),
        (bool, 1, "bool"),
        (float, "1", "float"),
        (list[int], [1, "2"], "int"),
        (list[int], 1, "a list, each int"),
        (dict[str, int], [1], "a dict, each value int"),
        (Literal["a", "b"], "c", "one of 'a', 'b'"),
        (int | None, "a", "int"),
        (Data, 1, "the label of a Data"),
    ],
)
def test_what_does_not_fit_is_refused(annotation, value, words):
    with pytest.raises(ValueError) as refused:
        as_annotated(annotation, value)
    assert words in str(refused.value)
    assert "Received: " in str(refused.value)


def test_other_annotations_are_refused():
    for annotation in (set, dict[int, int], tuple[int, ...], object):
        with pytest.raises(TypeError, match="Attributes are"):
            check_annotation(annotation)


def test_labels_are_found_inside_of_others():
    for annotation in (Data, list[Data], dict[str, Data] | None):
        assert provider_of(annotation) is Data
    for annotation in (int, list[str], Literal["a"], str | None):
        assert provider_of(annotation) is None
