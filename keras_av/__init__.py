"""Audio-visual representation learning for Keras 3.

The rooms are imported on first use, so that `import keras_av` costs little
more than `import keras` and needs no media library:

>>> import keras_av
>>> keras_av.losses.info_nce
<function info_nce at 0x...>
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"

_ROOMS = (
    "callbacks",
    "data",
    "evaluation",
    "export",
    "layers",
    "losses",
    "methods",
    "metrics",
    "models",
    "ops",
    "report",
    "rules",
    "training",
    "workspace",
)

__all__ = ["__version__", *_ROOMS]


def __getattr__(name: str) -> ModuleType:
    if name in _ROOMS:
        return importlib.import_module(f"keras_av.{name}")
    raise AttributeError(f"module 'keras_av' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
