"""Keys: what a result depends on, and the digest of it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from keras_av.workspace.provider import Provider
from keras_av.workspace.rule_spec import RuleSpec

_KEY_LENGTH = 12


class UnknownKeyError(ValueError):
    """A result depends on something that was made by hand."""


def environment() -> dict[str, str]:
    """What every trained network depends on, beside its attributes."""
    import keras

    import keras_av

    return {
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
        "keras_av": keras_av.__version__,
    }


def content_of(
    rule: RuleSpec,
    arguments: Mapping[str, Any],
    provider: Provider | None = None,
) -> dict[str, Any]:
    """What the result of a rule depends on, as JSON can write it.

    A build from BUILD files and a call in Python both describe their results
    so; each takes for finished what the other has made.

    Args:
        rule: Specification of the rule.
        arguments: All its attributes, with providers in place of labels.
        provider: What it gives, for a rule that makes nothing. Defaults to
            none.

    Raises:
        UnknownKeyError: An argument was made by hand, not by a rule.
    """
    content: dict[str, Any] = {
        "rule": rule.name,
        "version": rule.version,
        "attributes": {
            name: rule.attributes[name].type.convert(value, _key)
            for name, value in arguments.items()
        },
    }
    if provider is None:
        content["environment"] = environment()
    else:
        # Reads what is there, which may be anything.
        content["digest"] = provider.digest()
    return content


def content_key(content: Mapping[str, Any]) -> str:
    """The digest of a content: another key, another result.

    Args:
        content: Of `content_of`.
    """
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]


def _key(kind: str, provider: Provider) -> str:
    key = provider.key
    if key is None:
        raise UnknownKeyError(f"{kind} was made by hand")
    return key
