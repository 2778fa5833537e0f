"""Specification of a rule, without its implementation."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from keras_av.workspace.attributes.attribute import REQUIRED, Attribute
from keras_av.workspace.attributes.attribute_type import AttributeType


@dataclasses.dataclass(frozen=True)
class RuleSpec:
    """Name, attributes and result of a rule: all that BUILD files need.

    Args:
        name: Name of the rule in BUILD files.
        kinds: Kinds of its targets, the class itself first.
        executes: Whether it makes files in a folder.
        version: Number that changes when the same attributes give another
            result.
        attributes: Attributes by name.
        path: Names of attributes that are the path of what must exist, or one
            that is a target on whose path it depends. Defaults to none.
        digests: Whether its providers digest what is there. Defaults to False.

    Examples:

    >>> from keras_av.workspace.rule_spec import RuleSpec
    >>> spec = RuleSpec.from_json("adam", {
    ...     "kinds": ["Optimizer"],
    ...     "attributes": {"learning_rate": {"type": "float", "default": 0.1}},
    ... })
    >>> spec.executes, spec.attributes["learning_rate"].default
    (False, 0.1)
    """

    name: str
    kinds: tuple[str, ...]
    executes: bool
    version: int
    attributes: Mapping[str, Attribute]
    path: tuple[str, ...] = ()
    digests: bool = False

    def to_json(self) -> dict[str, Any]:
        """Convert the specification to JSON-serializable values."""
        entry: dict[str, Any] = {"kinds": list(self.kinds)}
        if self.executes:
            entry["executes"] = True
        if self.version != 1:
            entry["version"] = self.version
        if self.path:
            entry["path"] = list(self.path)
        if self.digests:
            entry["digests"] = True
        entry["attributes"] = {
            name: {"type": str(one.type)}
            | ({} if one.is_required else {"default": one.default})
            for name, one in self.attributes.items()
        }
        return entry

    @classmethod
    def from_json(cls, name: str, entry: Mapping[str, Any]) -> "RuleSpec":
        """Restore a specification from the output of `to_json`.

        Args:
            name: Name of the rule.
            entry: Output of `to_json`.
        """
        attributes = {
            key: Attribute(
                AttributeType.parse(one["type"]), one.get("default", REQUIRED)
            )
            for key, one in entry["attributes"].items()
        }
        return cls(
            name,
            tuple(entry["kinds"]),
            entry.get("executes", False),
            entry.get("version", 1),
            attributes,
            tuple(entry.get("path", ())),
            entry.get("digests", False),
        )
