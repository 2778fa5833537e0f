"""Types of attributes."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Literal

import pytest

from keras_av.workspace.attributes.annotation import attribute_type
from keras_av.workspace.attributes.attribute_type import AttributeType
from tests.workspace.toy_rules import Data


class Layer:
    pass


@pytest.mark.parametrize(
    "annotation, value, text",
    [
        (int, 1, "int"),
        (bool, True, "bool"),
        (str, "a", "str"),
        (float, 0.5, "float"),
        (list[int], [1, 2], "list[int]"),
        (dict[str, float], {"a": 0.5}, "dict[str, float]"),
        (Sequence[int], [1, 2], "list[int]"),
        (Mapping[str, str], {"a": "b"}, "dict[str, str]"),
        (Literal["a", "b"], "b", "Literal['a', 'b']"),
        (Literal[10, 18], 18, "Literal[10, 18]"),
        (int | None, None, "int | None"),
        (list[str] | None, ["a"], "list[str] | None"),
        (tuple[float, float], [0.5, 1.0], "tuple[float, float]"),
        (int | tuple[int, int], [1, 2], "int | tuple[int, int]"),
        (Data, "//a:b", "Data"),
        (dict[str, Data], {"a": ":b"}, "dict[str, Data]"),
        (float | Layer, 0.5, "float | Layer"),
        (Literal["avg"] | Layer, ":x", "Literal['avg'] | Layer"),
    ],
)
def test_what_fits_is_kept(annotation, value, text):
    found = attribute_type(annotation, {Layer: "Layer"})
    assert found.convert(value) == value
    assert str(found) == text
    assert AttributeType.parse(text) == found


def test_one_value_has_one_form():
    found = attribute_type(list[float])
    assert [type(x) for x in found.convert((1, 0.5))] == [float, float]
    path = attribute_type(str).convert(pathlib.Path("a", "b"))
    assert path == "a/b" and type(path) is str


@pytest.mark.parametrize(
    "annotation, value, words",
    [
        (int, 1.0, "int"),
        (int, True, "int"),
        (bool, 1, "bool"),
        (float, "1", "float"),
        (list[int], [1, "2"], "int"),
        (list[int], 1, "a list, each int"),
        (tuple[int, int], [1, 2, 3], "a list of 2, each int"),
        (dict[str, int], [1], "a dict, each value int"),
        (Literal["a", "b"], "c", "one of 'a', 'b'"),
        (Literal[1, 2], 1.0, "one of 1, 2"),
        (int | None, "a", "int"),
        (int | tuple[int, int], "a", "int or a list of 2"),
    ],
)
def test_what_does_not_fit_is_refused(annotation, value, words):
    with pytest.raises(ValueError) as refused:
        attribute_type(annotation).convert(value)
    assert words in str(refused.value)
    assert "Received: " in str(refused.value)


@pytest.mark.parametrize("number", ["inf", "-inf", "nan"])
@pytest.mark.parametrize(
    "annotation, wrap",
    [
        (float, float),
        (float | None, float),
        (float | str | None, float),
        (float | Data, float),
        (list[float], lambda x: [1.0, float(x)]),
        (dict[str, float], lambda x: {"a": float(x)}),
    ],
)
def test_numbers_are_finite(annotation, wrap, number):
    message = f"expected a finite number. Received: {number}. Write another"
    with pytest.raises(ValueError, match=message):
        attribute_type(annotation).convert(wrap(number))


def test_other_annotations_are_refused():
    for annotation in (
        set,
        dict[int, int],
        tuple[int, ...],
        object,
        str | Data,
    ):
        with pytest.raises(TypeError, match="Attributes are"):
            attribute_type(annotation)


def test_labels_are_resolved_wherever_they_are():
    def resolve(kind, value):
        return f"{kind} of {value}"

    for annotation, value, expected in (
        (Data, "a", "Data of a"),
        (list[Data], ["a"], ["Data of a"]),
        (dict[str, Data] | None, {"x": "a"}, {"x": "Data of a"}),
        (Data | None, None, None),
        (float | Data, "a", "Data of a"),
        (float | Data, 1, 1.0),
        (Literal["b"] | Data, "b", "b"),
        (int, 1, 1),
    ):
        found = attribute_type(annotation)
        assert found.convert(value, resolve) == expected
        assert found.kinds == (("Data",) if "Data" in str(found) else ())


def test_a_label_that_is_refused_is_told_as_it_is():
    def resolve(kind, value):
        raise ValueError("no such target")

    with pytest.raises(ValueError, match="no such target"):
        attribute_type(Data | None).convert("a", resolve)
