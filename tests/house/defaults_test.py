"""Docstrings say the defaults that signatures have."""

import ast
import importlib
import inspect
import re

import keras_av

_ARGS = re.compile(r"\nArgs:\n(.*?)(?:\n\S|\Z)", re.DOTALL)
_ENTRY = re.compile(r"^    (\w+): ", re.MULTILINE)
_DEFAULT = re.compile(
    r"Defaults\s+to\s+`{0,2}(-?[\d][\d,]*(?:\.\d+)?(?:e-?\d+)?|True|False|None|"
    r"\"[^\"]*\")`{0,2}"
)


def exported():
    for room in keras_av.__all__[1:]:
        module = importlib.import_module(f"keras_av.{room}")
        for name in module.__all__:
            yield f"{room}.{name}", getattr(module, name)


def parameters(item):
    try:
        return inspect.signature(item).parameters
    except (TypeError, ValueError):
        return {}


def stated(item):
    """Defaults of arguments as the docstring has them."""
    section = _ARGS.search(inspect.getdoc(item) or "")
    parts = _ENTRY.split("\n" + section[1])[1:] if section else []
    for name, text in zip(parts[::2], parts[1::2]):
        found = _DEFAULT.search(" ".join(text.split()))
        if found:
            said = found[1]
            if said[0].isdigit() or said[0] == "-":
                said = said.replace(",", "").rstrip(".")
            yield name, ast.literal_eval(said)


def wrong(name, item):
    known = parameters(item)
    for argument, default in stated(item):
        if argument in known:
            actual = known[argument].default
            # None stands for what depends on other arguments.
            first = (
                actual[0] if isinstance(actual, tuple) and actual else actual
            )
            if actual is not None and default not in (actual, first):
                yield f"{name}: {argument}={actual!r}, not {default!r}"


def methods(name, item):
    """Public methods of a class that are written here."""
    if inspect.isclass(item):
        for method, function in inspect.getmembers(item, inspect.isroutine):
            module = getattr(function, "__module__", None) or ""
            if not method.startswith("_") and module.startswith("keras_av"):
                yield f"{name}.{method}", function


def test_defaults_are_those_of_the_signature():
    items = list(exported())
    items += [one for pair in items for one in methods(*pair)]
    found = [text for pair in items for text in wrong(*pair)]
    assert not found, "\n".join(dict.fromkeys(found))
    assert sum(len(list(stated(item))) for _, item in items) > 300
