"""Writes the table of all rules, and a stub for editors.

    python -m keras_av.rules.table

`rules.json` describes the rules without importing Keras, and `__init__.pyi` is
for type checkers and completion in editors.
"""

import json
import pathlib
from typing import Any

from keras_av import rules
from keras_av.workspace import Rule, RuleSpec

FOLDER = pathlib.Path(__file__).parent
TABLE = "rules.json"
STUB = "__init__.pyi"
# Names in `keras_av.rules` that are not rules.
_OTHERS = sorted(
    name
    for name in dir(rules)
    if name != "RULES" and not isinstance(getattr(rules, name), Rule)
)


def table() -> str:
    """The text of `rules.json`."""
    entries = {name: one.spec.to_json() for name, one in rules.RULES.items()}
    return json.dumps(entries, indent=1, sort_keys=True) + "\n"


def stub() -> str:
    """The text of `__init__.pyi`."""
    lines = [
        '"""Rules for BUILD files; `python -m keras_av.rules.table`."""',
        "",
        "import os",
        "from collections.abc import Mapping, Sequence",
        "from typing import Literal",
        "",
        *(
            f"from {getattr(rules, name).__module__} import {name} as {name}"
            for name in _OTHERS
        ),
        "from keras_av.workspace import Rule",
        "",
        "RULES: dict[str, Rule]",
    ]
    for name, rule in sorted(rules.RULES.items()):
        lines += ["", *_function(name, rule.spec)]
    return "\n".join(lines) + "\n"


def _function(name: str, spec: RuleSpec) -> list[str]:
    gives = spec.kinds[0] if spec.kinds[0] in _OTHERS else "Component"
    first = ["    output: str | os.PathLike[str],"] if spec.executes else []
    arguments = [
        f"    {key}: {_annotation(str(one.type), one.type.kinds)}"
        + ("," if one.is_required else f" = {_default(one.default)!r},")
        for key, one in spec.attributes.items()
    ]
    star = ["    *,"] if arguments else []
    return [f"def {name}(", *first, *star, *arguments, f") -> {gives}: ..."]


def _default(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _annotation(text: str, kinds: tuple[str, ...]) -> str:
    """An annotation in which components of all kinds are `Component`."""
    for kind in set(kinds) - set(_OTHERS):
        text = text.replace(kind, "Component")
    return text.replace("list[", "Sequence[").replace("dict[", "Mapping[")


if __name__ == "__main__":
    (FOLDER / TABLE).write_text(table(), "utf-8")
    (FOLDER / STUB).write_text(stub(), "utf-8")
