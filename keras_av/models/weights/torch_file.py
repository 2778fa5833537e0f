"""Reading of files of PyTorch weights."""

import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keras_av.ops.types import Array


def read_torch_weights(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Read the tensors of a file, and nothing else of it.

    Nothing in the file is executed: PyTorch reads its own files with
    `weights_only=True`, and arrays of objects are refused. Of a checkpoint that
    also holds an optimizer or settings, the state dict is read: the only entry
    that maps names to tensors.

    Args:
        path: Path of a file of `numpy.savez` (`.npz`), of safetensors
            (`.safetensors`, which needs the extra of that name) or of
            `torch.save` (any other name, which needs PyTorch).

    Returns:
        Arrays by name.

    Raises:
        ImportError: If the package that reads it is missing.
        ValueError: If the file is damaged, or holds anything but tensors.

    Examples:

    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> from keras_av.models import read_torch_weights
    >>> path = pathlib.Path(tempfile.mkdtemp(), "weights.npz")
    >>> np.savez(path, **{"fc.bias": np.zeros(2)})
    >>> read_torch_weights(path)["fc.bias"].shape
    (2,)
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise ValueError(f"Received path={str(path)!r}. Expected a file.")
    readers: dict[str, Callable[[pathlib.Path], Any]] = {
        ".npz": _read_npz,
        ".safetensors": _read_safetensors,
    }
    read = readers.get(path.suffix, _read_torch)
    try:
        entries = read(path)
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(
            f"Received path={str(path)!r}, which holds no weights: "
            f"{type(error).__name__}: {error}"
        ) from error
    return {
        name: as_array(tensor)
        for name, tensor in _state_dict(entries, path).items()
    }


def as_array(tensor: Any) -> Array:
    """An array of a tensor of PyTorch, or of anything like an array.

    Args:
        tensor: The tensor. Numbers that NumPy does not know, such as bfloat16,
            become float32.
    """
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu()
        if tensor.is_floating_point():
            tensor = tensor.float()
        return np.asarray(tensor.numpy())
    return np.asarray(tensor)


def _read_npz(path: pathlib.Path) -> dict[str, Any]:
    # Of a damaged file, NumPy does not close what it has opened.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _read_safetensors(path: pathlib.Path) -> dict[str, Any]:
    try:
        from safetensors.numpy import load_file
    except ImportError as error:
        raise ImportError(
            f"Reading {str(path)!r} needs the package safetensors: pip "
            "install keras_av[safetensors]."
        ) from error
    return dict(load_file(path))


def _read_torch(path: pathlib.Path) -> Any:
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            f"Reading {str(path)!r} needs PyTorch: pip install "
            "keras_av[torch], or save the weights with numpy.savez."
        ) from error
    return torch.load(path, map_location="cpu", weights_only=True)


def _state_dict(entries: Any, path: pathlib.Path) -> Mapping[str, Any]:
    if _is_state(entries):
        return dict(entries)
    inner = []
    if isinstance(entries, Mapping):
        inner = [name for name in entries if _is_state(entries[name])]
    if len(inner) != 1:
        there = (
            list(entries)
            if isinstance(entries, Mapping)
            else type(entries).__name__
        )
        raise ValueError(
            f"Received path={str(path)!r}, which holds {there}. Expected one "
            "mapping from names to tensors: read the file with torch.load, "
            "and pass the one of the network."
        )
    return dict(entries[inner[0]])


def _is_state(entries: Any) -> bool:
    return (
        isinstance(entries, Mapping)
        and bool(entries)
        and all(hasattr(tensor, "shape") for tensor in entries.values())
    )
