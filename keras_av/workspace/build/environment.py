"""Versions that results depend on, found without starting a backend."""

import contextlib
import functools
import importlib
import importlib.metadata
import json
import os
import pathlib
import sys

import keras_av


def environment() -> dict[str, str]:
    """Versions that every trained network depends on.

    They are those of Keras, which is not imported for them.

    Examples:

    >>> import keras
    >>> from keras_av.workspace.build.environment import environment
    >>> environment()["keras"] == keras.__version__
    True
    """
    return {
        "backend": backend_name(),
        "keras": version_of("keras"),
        "keras_av": keras_av.__version__,
    }


def backend_name() -> str:
    """The backend of Keras, as it is or would be chosen.

    Keras takes that of `KERAS_BACKEND`; otherwise that of `keras.json` in the
    folder `KERAS_HOME` or `~/.keras`; otherwise TensorFlow.

    References:
        - [Configuring your backend](https://keras.io/getting_started)
    """
    if "keras" in sys.modules:
        import keras

        return keras.backend.backend()
    return os.environ.get("KERAS_BACKEND") or _of_file() or "tensorflow"


@functools.cache
def version_of(package: str) -> str:
    """The version of an installed package, such as `"3.15.0"`.

    Args:
        package: Name that it is imported by.
    """
    if package not in sys.modules:
        # Another distribution may provide it, such as tensorflow-cpu.
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(package)
    return importlib.import_module(package).__version__


def _of_file() -> str | None:
    """The backend that is written in the file of Keras's settings."""
    home = os.path.expanduser("~")
    if not os.access(home, os.W_OK):
        home = "/tmp"
    folder = os.environ.get("KERAS_HOME", os.path.join(home, ".keras"))
    path = pathlib.Path(os.path.expanduser(os.path.join(folder, "keras.json")))
    if not path.exists():
        return None
    try:
        return json.loads(path.read_text()).get("backend")
    except ValueError:
        return None
