"""Options, read off classes."""

from collections.abc import Sequence
from typing import Any, Literal

import keras

from keras_av import methods, rules
from keras_av.layers import MemoryBank
from keras_av.rules.component import KINDS
from keras_av.rules.options import (
    argument_docs,
    document,
    has_parameter,
    options_of,
)

METHODS = {
    "compositional_contrastive": methods.CompositionalContrastive,
    "cross_modal_agreement": methods.CrossModalAgreement,
    "cross_modal_contrastive": methods.CrossModalContrastive,
    "hint_distillation": methods.HintDistillation,
    "instance_discrimination": methods.InstanceDiscrimination,
    "listen_to_look": methods.ListenToLook,
    "momentum_contrast": methods.MomentumContrast,
    "selected_clips": methods.SelectedClips,
    "skimming": methods.Skimming,
    "sscl": methods.SSCL,
    "supervised": methods.Supervised,
}
# What the files, the encoders or the run decide.
DECIDED = {
    "dim",
    "key",
    "num_classes",
    "student_key",
    "teacher_key",
    "teacher_shapes",
}


class Base:
    """A base.

    Args:
        factor: Factor of
            all.
        **kwargs: More.
    """

    def __init__(self, factor: float = 1, seed: int = 0):
        pass


Base.__module__ = "keras_av.of_tests"


class Own(Base):
    """A class.

    Args:
        kind: Kind of it. Defaults to `"a"`.
        bank: Bank.

    Raises:
        ValueError: Never.
    """

    def __init__(
        self,
        model: keras.Model,
        kind: Literal["a", "b"] = "a",
        bank: MemoryBank | None = None,
        anything: Any = None,
        sizes: Sequence[int] = (1, 2),
        *,
        required: int,
        **kwargs: Any,
    ):
        pass


def test_own_and_inherited_ones():
    found = options_of(Own, kinds=KINDS)
    assert {name: str(one.type) for name, one in found.items()} == {
        "required": "int",
        "kind": "Literal['a', 'b']",
        "bank": "MemoryBank | None",
        "sizes": "list[int]",
        "factor": "float",
    }
    assert found["sizes"].default == [1, 2]
    assert type(found["factor"].default) is float
    assert "bank" not in options_of(Own)
    assert has_parameter(Own, "seed") and not has_parameter(Own, "name")


def test_some_are_given_and_some_annotated():
    found = options_of(Own, ("sizes",), {"anything": float | None})
    assert "sizes" not in found
    assert str(found["anything"].type) == "float | None"


def test_documentation_is_merged():
    assert argument_docs(Own) == {
        "factor": "Factor of all.",
        "**kwargs": "More.",
        "kind": 'Kind of it. Defaults to `"a"`.',
        "bank": "Bank.",
    }
    text = document("Sum.", {"a": "Word " * 20}, "A thing.")
    assert text.startswith("Sum.\n\nArgs:\n    a: Word")
    assert text.endswith("\n\nReturns:\n    A thing.")
    assert max(map(len, text.split("\n"))) <= 76


def test_a_rule_takes_every_option_of_its_method():
    for name, cls in METHODS.items():
        known = set(options_of(cls)) - DECIDED
        taken = set(rules.RULES[name].attributes)
        missing = known - taken - {"output", "fusion", "classifier"}
        assert not missing, f"{name}: {sorted(missing)}"


def test_every_attribute_of_every_rule_is_documented():
    for name, rule in rules.RULES.items():
        docs = argument_docs(rule)
        missing = [one for one in rule.attributes if one not in docs]
        assert not missing, f"{name}: {missing}"
