"""Rules that are read off classes."""

import inspect
from collections.abc import Sequence

import pytest

from keras_av import layers
from keras_av.rules import Component, Run
from keras_av.rules.component import component, public_name, snake
from keras_av.workspace import Rule


class Thing:
    """A thing.

    Args:
        size: Size of the thing.
        parts: Sizes of its parts. Defaults to none.
        seed: Integer.
    """

    def __init__(self, size: int, parts: Sequence[int] = (), seed: int = 0):
        self.found = size, parts, seed


@pytest.fixture
def run(tmp_path):
    return Run(None, None, 5, tmp_path)


def test_a_class_becomes_a_rule(run):
    thing = component(Thing, "Thing", "Object")
    assert isinstance(thing, Rule) and thing.name == "thing"
    assert thing.spec.kinds == ("Thing", "Object")
    made = thing(size=3, parts=(1, 2))
    assert isinstance(made, Component) and made.kinds == ("Thing", "Object")
    # The run's seed governs what is random.
    assert run.made(made).found == (3, [1, 2], 5)
    assert "size: Size of the thing." in thing.__doc__
    parameters = inspect.signature(thing).parameters
    assert list(parameters) == ["size", "parts"]
    assert parameters["parts"].default == ()


def test_a_run_gives_what_no_build_file_can(run):
    thing = component(Thing, size=lambda run: run.seed + 1)
    assert list(thing.attributes) == ["parts"]
    assert run.made(thing()).found == (6, [], 5)
    made = component(Thing, make=lambda run, options: (run, options))
    assert run.made(made(size=1)) == (run, {"size": 1, "parts": []})


def test_its_key_is_that_of_its_options():
    thing = component(Thing)
    keys = {thing(size=size).key for size in (1, 1, 2)}
    assert len(keys) == 2 and None not in keys


def test_names():
    names = ("MemoryBank", "KNNProbe", "SSCL", "ResNet3DBackbone", "FusionMLP")
    assert [snake(name) for name in names] == [
        "memory_bank",
        "knn_probe",
        "sscl",
        "resnet3d_backbone",
        "fusion_mlp",
    ]
    assert public_name(layers.MemoryBank) == "keras_av.layers.MemoryBank"
