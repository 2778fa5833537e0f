"""Rules for learning methods, whose options are those of their classes."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras

from keras_av.rules.clip_spec import Clips
from keras_av.rules.component import KINDS, public_name
from keras_av.rules.dataset import Dataset
from keras_av.rules.options import (
    argument_docs,
    document,
    has_parameter,
    options_of,
    sign,
)
from keras_av.rules.run import Run
from keras_av.workspace import Provider, Rule
from keras_av.workspace.attributes.annotation import attribute_type
from keras_av.workspace.attributes.attribute import Attribute, attributes_of
from keras_av.workspace.attributes.attribute_type import AttributeType
from keras_av.workspace.provider import kinds_of

_CALLBACKS = AttributeType("list", (AttributeType("label", ("Callback",)),))
# Attributes that all training rules share, and their descriptions.
_FILES = {
    "dataset": Attribute(attribute_type(Dataset)),
    "clip_spec": Attribute(attribute_type(Clips)),
}
_TRAINING = {
    "optimizer": Attribute(AttributeType("label", ("Optimizer",))),
    "epochs": Attribute(attribute_type(int)),
    "batch_size": Attribute(attribute_type(int), 32),
    "callbacks": Attribute(_CALLBACKS, []),
    "seed": Attribute(attribute_type(int), 0),
}
_DOCS = {
    "output": "Folder of the result.",
    "dataset": "Files to train on.",
    "clip_spec": "Specification of the clips.",
    "optimizer": "Optimizer.",
    "epochs": "Number of epochs.",
    "batch_size": "Number of clips in a batch. Defaults to 32.",
    "callbacks": "Callbacks, such as probes. Defaults to none.",
    "seed": "Integer seed of all random numbers. Defaults to 0.",
}


def method(
    *targets: Callable[..., Any],
    plan: Callable[..., Provider],
    leave_out: tuple[str, ...] = (),
    types: Mapping[str, Any] | None = None,
    takes_files: bool = True,
) -> Callable[[Callable[..., None]], Rule]:
    """Make a function the rule for a learning method.

    The rule takes the attributes of all training rules, the keyword-only
    arguments of the function and the options of the classes. The function gets
    `output`, a `Run`, its own arguments and the options with components
    replaced by objects; it creates the model, fits it with `run.fit` and saves
    it.

    Args:
        *targets: Class of the method, and functions with further options.
        plan: Function that takes the folder and the attributes, checks them,
            and returns the future result.
        leave_out: Parameters of the class that the function sets. Defaults to
            none.
        types: Annotations of parameters that have none. Defaults to none.
        takes_files: Whether there are attributes `dataset` and `clip_spec`;
            otherwise the result of `plan` provides them. Defaults to True.

    Returns:
        A decorator, which makes a `Rule`.
    """

    def decorate(function: Callable[..., None]) -> Rule:
        signature = inspect.signature(function).parameters
        own = attributes_of(function, leave_out=("output", "run"))
        options: dict[str, Attribute] = {}
        for target in reversed(targets):
            options |= options_of(target, (*leave_out, *own), types, KINDS)
        attributes = (_FILES if takes_files else {}) | _TRAINING | own | options
        attributes = dict(
            sorted(attributes.items(), key=lambda one: not one[1].is_required)
        )

        def work(output: Any, **given: Any) -> None:
            keras.utils.set_random_seed(given["seed"])
            run = Run(
                given.get("dataset") or output.dataset,
                given.get("clip_spec") or output.clip_spec,
                given["seed"],
                output.folder,
                given["optimizer"],
                # A method with several phases sets their total.
                given["epochs"] if type(given["epochs"]) is int else 0,
                given["batch_size"],
                given["callbacks"],
            )
            chosen = {name: run.made(given[name]) for name in options}
            if has_parameter(targets[0], "seed"):
                chosen["seed"] = given["seed"]
            mine = {name: given[name] for name in own}
            function(output, run, **mine, **chosen)

        provides = signature["output"].annotation
        work.__name__ = work.__qualname__ = function.__name__
        work.__module__ = function.__module__
        work.__doc__ = _documented(function, targets, attributes, provides)
        sign(work, attributes, None, provides)
        return Rule(work, plan, attributes=attributes, kinds=kinds_of(provides))

    return decorate


def _documented(
    function: Callable[..., None],
    targets: tuple[Callable[..., Any], ...],
    attributes: Mapping[str, Attribute],
    provides: type[Provider],
) -> str:
    docs = dict(_DOCS)
    for target in reversed(targets):
        docs = argument_docs(target) | docs
    docs |= argument_docs(function)
    text = inspect.getdoc(function) or ""
    summary = text.partition("\n\nArgs:")[0]
    names = " and ".join(f"`{public_name(one)}`" for one in targets)
    chosen = {
        name: docs[name] for name in ("output", *attributes) if name in docs
    }
    return document(
        f"{summary}\n\nSee {names}.", chosen, f"A `{provides.__name__}`."
    )
