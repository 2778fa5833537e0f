"""Keys: digests of everything that a result depends on."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from keras_av.workspace.build.environment import environment
from keras_av.workspace.rule_spec import RuleSpec

_KEY_LENGTH = 12


class UnknownKeyError(ValueError):
    """Raised if a result depends on an object that no rule has made."""


def content_of(
    rule: RuleSpec,
    arguments: Mapping[str, Any],
    digest: str | None = None,
) -> dict[str, Any]:
    """Everything that the result of a rule depends on, JSON-serializable.

    It is the same for BUILD files and calls in Python, so each recognizes the
    results of the other as finished.

    Args:
        rule: Specification of the rule.
        arguments: All its attributes, with objects that have a `key`, such as
            providers, instead of labels.
        digest: Digest of the provider of a rule that makes no files. Defaults
            to none.

    Raises:
        UnknownKeyError: If an argument was not made by a rule.
    """
    content: dict[str, Any] = {
        "rule": rule.name,
        "version": rule.version,
        "attributes": {
            name: rule.attributes[name].type.convert(value, _key)
            for name, value in arguments.items()
        },
    }
    if digest is None:
        content["environment"] = environment()
    else:
        # It reads existing files, which may have changed.
        content["digest"] = digest
    return content


def content_key(content: Mapping[str, Any]) -> str:
    """The digest of a content, which identifies a result.

    Args:
        content: Content, as returned by `content_of`.
    """
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]


def _key(kind: str, dependency: Any) -> str:
    key: str | None = dependency.key
    if key is None:
        raise UnknownKeyError(f"{kind} was not made by a rule")
    return key
