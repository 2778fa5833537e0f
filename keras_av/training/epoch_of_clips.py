"""Which epoch of its clips a run sees."""

import warnings
from typing import Any

import keras


def epoch_callbacks(
    x: Any, initial_epoch: int, callbacks: Any
) -> list[keras.callbacks.Callback]:
    """Callbacks that tell a dataset its epoch at the beginning of each.

    A distributed dataset that cannot be told begins again with its first clips
    when a run resumes, which is warned of if the run may resume.

    Args:
        x: Training data, as in `fit`.
        initial_epoch: Epoch at which training begins.
        callbacks: Those of `fit`.
    """
    if hasattr(x, "set_epoch"):
        return [
            keras.callbacks.LambdaCallback(
                on_epoch_begin=lambda epoch, logs: x.set_epoch(epoch)
            )
        ]
    names = [type(c).__name__ for c in _flat(callbacks) if _resumes(c)]
    if initial_epoch:
        names.append(f"initial_epoch={initial_epoch}")
    if names and _is_distributed(x):
        warnings.warn(
            f"{', '.join(names)}: training that resumes on this "
            f"{type(x).__name__} would see the clips of epoch 0 again, for it "
            "has no set_epoch. Make it with "
            "keras_av.training.distribute_clips in place of "
            "strategy.distribute_datasets_from_function or "
            "strategy.experimental_distribute_dataset.",
            stacklevel=3,
        )
    return []


def _flat(callbacks: Any) -> list[Any]:
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return list(callbacks.callbacks)
    return keras.tree.flatten(callbacks)


def _resumes(callback: Any) -> bool:
    """Whether a callback has a run begin at another epoch than the first."""
    known = isinstance(callback, keras.callbacks.BackupAndRestore)
    return known or getattr(callback, "resumes", False)


def _is_distributed(x: Any) -> bool:
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return isinstance(x, tf.distribute.DistributedDataset)
