"""What a result depends on, and the key of it."""

import hashlib
import json
from typing import Any

import keras

import keras_av

_KEY_LENGTH = 12


def environment() -> dict[str, str]:
    """What whatever is trained depends on, beside its attributes."""
    return {
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
        "keras_av": keras_av.__version__,
    }


def content_key(content: dict[str, Any]) -> str:
    """The digest of what a result depends on: another key, another result.

    Args:
        content: Of what JSON can write.
    """
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]
