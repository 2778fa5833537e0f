"""Options of a class or a function, as attributes of a rule."""

import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from keras_av.workspace.attributes.annotation import attribute_type
from keras_av.workspace.attributes.attribute import REQUIRED, Attribute
from keras_av.workspace.attributes.attribute_type import AttributeType

# Parameters set by Keras, a run or a subclass.
_OF_KERAS = {"self", "name", "dtype", "trainable", "seed", "loss_names"}
# Where bases are whose parameters are options, too.
_OPTIONS_OF = ("keras_av.", "keras.src.optimizers.")
_ARGS = re.compile(r"\nArgs:\n(.*?)(?:\n\S|\Z)", re.DOTALL)
_ENTRY = re.compile(r"^    (\*{0,2}\w+): ", re.MULTILINE)


def options_of(
    target: Callable[..., Any],
    leave_out: tuple[str, ...] = (),
    types: Mapping[str, Any] | None = None,
    kinds: Mapping[type, str] | None = None,
) -> dict[str, Attribute]:
    """The options of a class or a function that BUILD files can set.

    They are read from its signature and, if it passes `**kwargs` on, those of
    its bases. Parameters that take a model or a tensor are not included.

    Args:
        target: Class or function.
        leave_out: Names of parameters that a run sets. Defaults to none.
        types: Annotations by name, for parameters without a suitable one.
            Defaults to none.
        kinds: Classes whose components are options, too, and the names of
            their kinds. Defaults to none.

    Returns:
        Attributes by name.

    Examples:

    >>> from keras_av.layers import ProjectionHead
    >>> from keras_av.rules.options import options_of
    >>> {name: str(one.type)
    ...  for name, one in options_of(ProjectionHead).items()}
    {'units': 'int', 'hidden_units': 'list[int]'}
    """
    types, found = types or {}, {}
    for name, parameter, annotation in _parameters(target):
        if name in found or name in _OF_KERAS or name in leave_out:
            continue
        kind = _type(types.get(name, annotation), parameter.default, kinds)
        if kind is None:
            continue
        default = parameter.default
        if default is not REQUIRED:
            default = kind.convert(default)
        found[name] = Attribute(kind, default)
    # Required attributes come first.
    return dict(sorted(found.items(), key=lambda one: not one[1].is_required))


def has_parameter(target: Callable[..., Any], name: str) -> bool:
    """Whether a function, or a class or one of its bases, takes a parameter.

    Args:
        target: Class or function.
        name: Name of the parameter.
    """
    return any(name == one for one, _, _ in _parameters(target))


def summary_of(target: Callable[..., Any]) -> str:
    """The first line of a docstring.

    Args:
        target: Class or function.
    """
    return (inspect.getdoc(target) or "").partition("\n")[0]


def argument_docs(target: Callable[..., Any]) -> dict[str, str]:
    """Descriptions of arguments from a docstring, including those of bases.

    Args:
        target: Class or function.

    Returns:
        Text by the name of the argument.
    """
    found: dict[str, str] = {}
    for one in reversed(inspect.getmro(target) if _is_class(target) else ()):
        found |= _entries(inspect.cleandoc(vars(one).get("__doc__") or ""))
    return found | _entries(inspect.getdoc(target) or "")


def document(summary: str, arguments: Mapping[str, str], gives: str) -> str:
    """Compose a docstring with a section of arguments.

    Args:
        summary: Text before the arguments.
        arguments: Text by the name of the argument.
        gives: Description of the return value.
    """
    lines = [summary, "", "Args:"]
    for name, text in arguments.items():
        lines += textwrap.wrap(
            f"{name}: {text}",
            76,
            initial_indent=" " * 4,
            subsequent_indent=" " * 8,
        )
    return "\n".join([*lines, "", "Returns:", f"    {gives}"])


def sign(
    function: Callable[..., Any],
    attributes: Mapping[str, Attribute],
    gives: Any,
    output: Any = None,
) -> None:
    """Give a function the signature that `help` and editors show.

    Args:
        function: Function of a rule.
        attributes: Attributes by name.
        gives: Annotation of the return value.
        output: Annotation of `output`, for a rule that makes files. Defaults
            to none.
    """
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=_immutable(one.default),
            annotation=str(one.type),
        )
        for name, one in attributes.items()
    ]
    if output is not None:
        first = inspect.Parameter(
            "output",
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            annotation=output,
        )
        parameters.insert(0, first)
    signature = inspect.Signature(parameters, return_annotation=gives)
    function.__signature__ = signature  # type: ignore[attr-defined]


def _parameters(
    target: Callable[..., Any],
) -> Iterator[tuple[str, inspect.Parameter, Any]]:
    """Parameters with their annotations, those of bases last."""
    if not _is_class(target):
        functions = [target]
    else:
        functions = [
            vars(base)["__init__"]
            for base in inspect.getmro(target)
            if "__init__" in vars(base)
            and (base is target or base.__module__.startswith(_OPTIONS_OF))
        ]
    for function in functions:
        hints = typing.get_type_hints(function)
        parameters = inspect.signature(function).parameters.values()
        variadic = (
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        )
        for one in parameters:
            if one.kind not in variadic:
                yield one.name, one, hints.get(one.name)
        if all(one.kind is not variadic[1] for one in parameters):
            return


def _type(
    annotation: Any, default: Any, kinds: Mapping[type, str] | None
) -> AttributeType | None:
    """The type of a parameter; `None` if BUILD files cannot set it."""
    if annotation is None and isinstance(default, (bool, int, float, str)):
        # Keras has no annotations: a parameter with default 0 may be a float.
        annotation = float if type(default) is int else type(default)
    try:
        return attribute_type(annotation or object, kinds)
    except TypeError:
        return None


def _entries(docstring: str) -> dict[str, str]:
    section = _ARGS.search(docstring)
    parts = _ENTRY.split("\n" + section[1])[1:] if section else []
    return {
        name: " ".join(text.split())
        for name, text in zip(parts[::2], parts[1::2])
    }


def _is_class(target: Any) -> typing.TypeGuard[type]:
    return isinstance(target, type)


def _immutable(default: Any) -> Any:
    if default is REQUIRED or not isinstance(default, list):
        return default
    return tuple(default)
