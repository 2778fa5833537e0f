"""A BUILD file that sets every option of every method, and is right.

`pytest -s` prints them; `make smoke` builds its report.
"""

import inspect
import pathlib

import pytest

from keras_av import layers, methods, rules
from keras_av.rules.component import KINDS
from keras_av.workspace import Graph, Label, Workspace
from tests.rules.options_test import DECIDED, METHODS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = "tests/rules/every_option"

# Rules, and the classes and functions whose options they have.
TAKEN = {
    **{name: (cls,) for name, cls in METHODS.items()},
    "sscl": (methods.SSCL, methods.sscl_phases),
    "feature_queue": (layers.FeatureQueue,),
    "fine_tune_student": (),
    "fusion_mlp": (layers.FusionMLP,),
    "hint": (methods.Hint,),
    "memory_bank": (layers.MemoryBank,),
    "partition_function": (layers.PartitionFunction,),
    "projection_head": (layers.ProjectionHead,),
}
# Models; what a run, Keras or a rule gives; `output` is `output_kind`.
NO_OPTIONS = DECIDED - {"dim"} | {
    "audio_encoder",
    "classifier",
    "loss_names",
    "name",
    "num_rows",
    "output",
    "seed",
    "student",
    "teacher",
    "teachers",
    "video_encoder",
    "weighted_negatives",
}


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    return Graph(Workspace(ROOT, rules.RULES), tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def given(graph):
    """By rule, the values that the file gives to each attribute."""
    found = {}
    for target in graph.workspace.package(PACKAGE).values():
        of_rule = found.setdefault(target.rule.spec.name, {})
        for name, value in target.attributes.items():
            of_rule.setdefault(name, []).append(value)
    return found


def parameters(target):
    """Those of a class and of its bases in keras_av."""
    names = set()
    for base in getattr(target, "__mro__", (target,)):
        if base.__module__.startswith("keras_av."):
            signature = inspect.signature(base).parameters.values()
            named = [p for p in signature if p.kind is not p.VAR_KEYWORD]
            names |= {p.name for p in named if p.kind is not p.VAR_POSITIONAL}
            if len(named) == len(signature):
                break
    return names


@pytest.mark.parametrize("name", TAKEN)
def test_every_option_is_set(given, name):
    known = set(rules.RULES[name].attributes)
    missing = sorted(known - set(given[name]))
    assert not missing, f"{PACKAGE}/BUILD: {name}() lacks {missing}"
    print(f"\n{name}: {', '.join(sorted(known))}")


@pytest.mark.parametrize("name", TAKEN)
def test_every_parameter_of_a_class_is_an_option(given, name):
    """Read off the signatures here, not as the rules read them."""
    for target in TAKEN[name]:
        missing = parameters(target) - NO_OPTIONS - set(given[name])
        if name in ("skimming", "selected_clips"):
            # The student that made the features has them.
            missing -= {"dim", "fusion"}
        assert not missing, f"{target.__name__}: {sorted(missing)}"


@pytest.mark.parametrize("name", TAKEN)
def test_options_are_not_set_to_their_defaults(given, name):
    attributes = rules.RULES[name].attributes
    same = {
        option
        for option, values in given[name].items()
        if option in attributes
        and not attributes[option].is_required
        and all(value == attributes[option].default for value in values)
    }
    # Generated files have one label each; the class has tests of its own.
    assert same <= {"multi_label", "callbacks"}, sorted(same)


def test_the_file_analyses(graph):
    for name in graph.workspace.package(PACKAGE):
        assert len(graph.node(Label(PACKAGE, name)).key) == 12


def test_every_method_is_in_it():
    public = {
        name
        for name in methods.__all__
        if inspect.isclass(getattr(methods, name))
    }
    named = {one.__name__ for targets in TAKEN.values() for one in targets}
    # One trains nothing: it encodes teachers' outputs once. The encoders of the
    # others have no descriptors, which targets that measure would need.
    assert public - named == {
        "AudioTextContrastive",
        "Separation",
        "Synchronization",
        "TeacherTargets",
    }
    assert {
        one.__name__ for one in KINDS if one.__module__.startswith("keras_av")
    } <= named
