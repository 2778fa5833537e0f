"""Components: layers, networks, optimizers and others, made for a run."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

import keras

from keras_av.layers import (
    FeatureQueue,
    FusionMLP,
    MemoryBank,
    PartitionFunction,
    ProjectionHead,
)
from keras_av.methods import Hint
from keras_av.rules.options import (
    argument_docs,
    document,
    has_parameter,
    options_of,
    sign,
    summary_of,
)
from keras_av.workspace import Provider, Rule

# Classes whose components BUILD files may use.
KINDS: dict[type, str] = {
    one: one.__name__
    for one in (
        FeatureQueue,
        FusionMLP,
        Hint,
        MemoryBank,
        PartitionFunction,
        ProjectionHead,
        keras.layers.Layer,
        keras.losses.Loss,
        keras.optimizers.schedules.LearningRateSchedule,
    )
}
# Function of a `Run`, which makes nested components, and the options.
Make = Callable[[Any, dict[str, Any]], Any]


@dataclasses.dataclass(frozen=True)
class Component(Provider):
    """An object that is created when a run begins.

    Args:
        names: Names of its kinds, its own first.
        options: Given options by name.
        make: Function that creates the object from a `Run` and the options,
            in which nested components are already objects.

    Examples:

    >>> from keras_av import rules
    >>> bank = rules.memory_bank(dim=128, num_negatives=64)
    >>> bank.kinds, bank.options["num_negatives"]
    (('MemoryBank', 'Layer'), 64)
    """

    names: tuple[str, ...]
    options: Mapping[str, Any]
    make: Make

    @property
    def kinds(self) -> tuple[str, ...]:
        return self.names


def component(
    target: Callable[..., Any],
    *kinds: str,
    types: Mapping[str, Any] | None = None,
    make: Make | None = None,
    name: str | None = None,
    **given: Callable[[Any], Any],
) -> Rule:
    """Make a rule from a class, or from a function that creates an object.

    Its attributes are the options of the class, except for those that depend
    on a run, such as the number of steps.

    Args:
        target: Class or function.
        *kinds: Names of the kinds of the objects. Defaults to the name of the
            class.
        types: Annotations of parameters that have none. Defaults to none.
        make: Function that creates the object from a `Run` and the options.
            Defaults to calling `target`.
        name: Name of the rule. Defaults to that of the target in snake case.
        **given: Functions of the run that return the values of parameters that
            BUILD files do not set.

    Returns:
        A `Rule` that returns a `Component`.
    """
    if has_parameter(target, "seed"):
        given = {"seed": lambda run: run.seed, **given}

    def make_it(run: Any, options: dict[str, Any]) -> Any:
        return target(**options, **{k: f(run) for k, f in given.items()})

    def describe(**options: Any) -> Component:
        return Component(names, options, make or make_it)

    attributes = options_of(target, tuple(given), types, KINDS)
    names = kinds or (target.__name__,)
    docs = {k: v for k, v in argument_docs(target).items() if k in attributes}
    describe.__name__ = describe.__qualname__ = name or snake(target.__name__)
    describe.__doc__ = document(
        f"{summary_of(target)}\n\nSee `{public_name(target)}`.",
        docs,
        f"A component of the kind `{names[0]}`.",
    )
    sign(describe, attributes, Component)
    return Rule(describe, attributes=attributes, kinds=names)


def snake(name: str) -> str:
    """Convert the name of a class to snake case.

    Args:
        name: Name of a class, such as `"MemoryBank"` or `"KNNProbe"`.

    Examples:

    >>> from keras_av.rules.component import snake
    >>> [snake(name) for name in ("MemoryBank", "KNNProbe", "PANNs")]
    ['memory_bank', 'knn_probe', 'panns']
    """
    for word in ("ResNet", "R2Plus1D", "PANNs"):
        name = name.replace(word, word.capitalize())
    name = re.sub(r"3D(?=[A-Z])", "3d_", name).replace("1dB", "1d_B")
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def public_name(target: Callable[..., Any]) -> str:
    """The name by which users import a class or function.

    Args:
        target: Class or function of keras_av or of Keras.
    """
    package, room, *_ = target.__module__.split(".")
    place = f"keras_av.{room}" if package == "keras_av" else "keras"
    return f"{place}.{target.__name__}"
