"""Writes what depends on which rules there are.

    python -m keras_av.rules.table

A rule is what stands in a module of this room: its name is written nowhere
else. `__init__.py` exports it, `every_rule.py` has all of them, `rules.json`
describes them without importing Keras, and `__init__.pyi` is for type checkers
and completion in editors.
"""

import ast
import json
import pathlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keras_av.rules.run import Run
from keras_av.workspace import Provider, Rule, RuleSpec

FOLDER = pathlib.Path(__file__).parent
_ROOM = "keras_av.rules"
_WRITTEN_BY = "# Written by `python -m keras_av.rules.table`."
_EVERY = f"{_ROOM}.every_rule"


def written() -> dict[str, str]:
    """The texts of all files that are written, by name.

    Examples:

    >>> from keras_av.rules.table import written
    >>> sorted(written())
    ['__init__.py', '__init__.pyi', 'every_rule.py', 'rules.json']
    """
    places = dict(_places())
    named = {
        name: getattr(pkgutil.resolve_name(module), name)
        for module, names in places.items()
        for name in names
    }
    rules = {name: x for name, x in named.items() if isinstance(x, Rule)}
    return {
        "__init__.py": _exports({**places, _EVERY: ["RULES"]}),
        "__init__.pyi": _stub(rules, places),
        "every_rule.py": _every_rule(rules, places),
        "rules.json": _table(rules),
    }


def _places() -> Iterator[tuple[str, list[str]]]:
    """What each module of the room exports: rules, and what they take."""
    for path in sorted(FOLDER.rglob("*.py")):
        parts = path.relative_to(FOLDER).with_suffix("").parts
        module = ".".join([_ROOM, *parts])
        if path.name == "__init__.py" or module in (_EVERY, f"{_ROOM}.table"):
            continue
        names = [
            name
            for name in _defined(path)
            if _is_exported(getattr(pkgutil.resolve_name(module), name))
        ]
        if names:
            yield module, sorted(names, key=_order)


def _defined(path: pathlib.Path) -> Iterator[str]:
    """Public names that a file defines and does not import."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [x.id for x in node.targets if isinstance(x, ast.Name)]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def _is_exported(thing: Any) -> bool:
    kinds = (Provider, Run)
    of_kind = isinstance(thing, type) and issubclass(thing, kinds)
    return of_kind or isinstance(thing, Rule)


def _order(name: str) -> tuple[bool, bool, str]:
    """As imports are sorted: constants, classes, functions."""
    return (not name.isupper(), not name[0].isupper(), name)


def _exports(places: Mapping[str, Sequence[str]]) -> str:
    names = sorted((n for found in places.values() for n in found), key=_order)
    table = dict(
        sorted((place, list(found)) for place, found in places.items())
    )
    imports = [
        f"    from {place} import ({', '.join(found)},)"
        for place, found in table.items()
    ]
    lines = [
        '"""Rules for BUILD files, which can also be called from Python."""',
        "",
        _WRITTEN_BY,
        "",
        "from typing import TYPE_CHECKING",
        "",
        "from keras_av.on_demand import load_on_demand",
        "",
        "# For the documentation; type checkers take the stub.",
        "if TYPE_CHECKING:",
        *imports,
        "",
        f"__all__ = [{', '.join(map(json.dumps, names))},]",
        "",
        f"load_on_demand(__name__, {json.dumps(table)})",
        "",
        "",
        "def __dir__() -> list[str]:",
        "    return list(__all__)",
    ]
    return "\n".join(lines) + "\n"


def _every_rule(
    rules: Mapping[str, Rule], places: Mapping[str, Sequence[str]]
) -> str:
    found = {
        place: [name for name in names if name in rules]
        for place, names in places.items()
    }
    lines = [
        '"""All rules by name."""',
        "",
        _WRITTEN_BY,
        "",
        *(
            f"from {place} import ({', '.join(names)},)"
            for place, names in found.items()
            if names
        ),
        "from keras_av.workspace import Rule",
        "",
        "RULES: dict[str, Rule] = {",
        *(f"    {json.dumps(name)}: {name}," for name in sorted(rules)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _table(rules: Mapping[str, Rule]) -> str:
    entries = {name: rule.spec.to_json() for name, rule in rules.items()}
    return json.dumps(entries, indent=1, sort_keys=True) + "\n"


def _stub(
    rules: Mapping[str, Rule], places: Mapping[str, Sequence[str]]
) -> str:
    others = {
        name: place
        for place, names in places.items()
        for name in names
        if name not in rules
    }
    lines = [
        '"""Rules for BUILD files."""',
        "",
        _WRITTEN_BY,
        "",
        "import os",
        "from collections.abc import Mapping, Sequence",
        "from typing import Literal",
        "",
        *(
            f"from {place} import {name} as {name}"
            for name, place in sorted(others.items())
        ),
        "from keras_av.workspace import Rule",
        "",
        "RULES: dict[str, Rule]",
    ]
    for name, rule in sorted(rules.items()):
        lines += ["", *_function(name, rule.spec, set(others))]
    return "\n".join(lines) + "\n"


def _function(name: str, spec: RuleSpec, known: set[str]) -> list[str]:
    gives = spec.kinds[0] if spec.kinds[0] in known else "Component"
    first = ["    output: str | os.PathLike[str],"] if spec.executes else []
    arguments = [
        f"    {key}: {_annotation(str(one.type), one.type.kinds, known)}"
        + ("," if one.is_required else f" = {_default(one.default)!r},")
        for key, one in spec.attributes.items()
    ]
    star = ["    *,"] if arguments else []
    return [f"def {name}(", *first, *star, *arguments, f") -> {gives}: ..."]


def _default(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _annotation(text: str, kinds: tuple[str, ...], known: set[str]) -> str:
    """An annotation in which components of all kinds are `Component`."""
    for kind in set(kinds) - known:
        text = text.replace(kind, "Component")
    return text.replace("list[", "Sequence[").replace("dict[", "Mapping[")


if __name__ == "__main__":
    for file, text in written().items():
        (FOLDER / file).write_text(text, "utf-8")
