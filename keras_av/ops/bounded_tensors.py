"""Models described without tensors that take all memory."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras

_MOST_BYTES = 2**31

if keras.backend.backend() == "torch":
    import torch
    from torch.overrides import TorchFunctionMode

    class _Bounded(TorchFunctionMode):
        """Looks at what functions will return, in this thread."""

        def __torch_function__(
            self,
            func: Callable[..., Any],
            types: Any,
            args: Any = (),
            kwargs: Any = None,
        ) -> Any:
            kwargs = kwargs or {}
            if not _is_described(args, kwargs):
                _check(_described(func, args, kwargs))
            return func(*args, **kwargs)

    def _is_described(args: Any, kwargs: dict[str, Any]) -> bool:
        """Whether a function works without values."""
        if str(kwargs.get("device")) == "meta":
            return True
        return any(tensor.is_meta for tensor in _tensors((args, kwargs)))

    def _described(
        func: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> list[Any]:
        """What a function would return, without values."""
        kwargs = {key: kwargs[key] for key in kwargs if key != "generator"}
        args, kwargs = keras.tree.map_structure(_without_values, (args, kwargs))
        if "device" in kwargs:
            kwargs["device"] = "meta"
        try:
            return _tensors(func(*args, **kwargs))
        except Exception:
            # It depends on values, or will fail with values as well.
            return []

    def _without_values(one: Any) -> Any:
        if not torch.is_tensor(one):
            return one
        # With its strides: a view stays one.
        return torch.empty_strided(
            one.shape, one.stride(), dtype=one.dtype, device="meta"
        )

    def _tensors(structure: Any) -> list[Any]:
        return list(filter(torch.is_tensor, keras.tree.flatten(structure)))


@contextlib.contextmanager
def bounded_tensors() -> Iterator[None]:
    """Refuse large tensors while a model is made of its description.

    Keras finds shapes without values. On PyTorch it computes with values if a
    layer cannot do without, and then a few bytes of a description may ask for
    all memory of the machine.

    Raises:
        ValueError: If a tensor would take more than 2 GiB.

    Examples:

    >>> import keras
    >>> from keras_av.ops.bounded_tensors import bounded_tensors
    >>> layer = keras.layers.RepeatVector(10**9)
    >>> with bounded_tensors():
    ...     layer(keras.Input((8,))).shape
    (None, 1000000000, 8)
    """
    if keras.backend.backend() != "torch":
        # TensorFlow and JAX never compute what is only described.
        yield
        return
    with _Bounded():
        yield


def _check(tensors: list[Any]) -> None:
    """Refuse tensors of too many bytes.

    Raises:
        ValueError: If there is one.
    """
    for tensor in tensors:
        # That of a view is the memory of what it is a view of.
        num_bytes = tensor.untyped_storage().nbytes()
        if num_bytes > _MOST_BYTES:
            raise ValueError(
                f"A layer computes a tensor of the shape {tuple(tensor.shape)} "
                f"only to find the shape of its outputs: {num_bytes:,} bytes. "
                f"Expected at most {_MOST_BYTES:,}: give the layer a "
                "compute_output_shape, or smaller inputs."
            )
