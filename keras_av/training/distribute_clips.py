"""Clips that are shared out among replicas and processes."""

from collections.abc import Callable
from typing import Any

import keras

from keras_av.training.workers import num_workers, worker_number

# What a dataset of clips has beyond its batches.
_KEPT = (
    "digest",
    "manifest",
    "position",
    "random_clips",
    "report",
    "set_epoch",
    "transcripts",
)


def distribute_clips(
    make_clips: Callable[[int, Any], Any],
    batch_size: int,
    strategy: Any = None,
) -> Any:
    """Make a dataset of which each process reads its own share.

    `fit` of the methods of this library tells the dataset its epoch, so a run
    with `keras_av.callbacks.Backup` that is interrupted resumes with the clips
    that an uninterrupted run would see. What
    `strategy.distribute_datasets_from_function` returns has no epoch: it
    starts again with the clips of epoch 0.

    On TensorFlow the processes are those of a `tf.distribute` strategy such
    as `MultiWorkerMirroredStrategy`, and a batch of a process is split among
    its replicas. On JAX they are those of `jax.distributed`, and the batch of
    a process is split among its devices by `keras.distribution.DataParallel(
    auto_shard_dataset=False)`.

    On PyTorch they are those of `torch.distributed`, with a device each. There
    all of them iterate together: one that has run out of clips, which damaged
    files or an evaluation leave it fewer of, is given batches of none.

    References:
        - [Distributed input](https://www.tensorflow.org/tutorials/distribute/input)
        - [torchrun](https://docs.pytorch.org/docs/stable/elastic/run.html)

    Args:
        make_clips: Function of the batch size of a process and a
            `tf.distribute.InputContext` that returns a dataset of
            `keras_av.data.clips` of that size and context.
        batch_size: Global batch size: number of clips in a training step, over
            all replicas of all processes.
        strategy: `tf.distribute.Strategy`, on TensorFlow. Defaults to the
            current one.

    Returns:
        A dataset for `fit`, a `torch.utils.data.DataLoader` in several
        processes of PyTorch, with the attributes of the dataset of clips:
        `manifest`, `digest`, `random_clips`, `transcripts` and, of this
        process, `report`, `set_epoch` and `position`.

    Raises:
        ValueError: If `batch_size` is not divisible by the number of
            processes, or by the devices of JAX; if one process reads for
            several; or if Keras would share out the shares once more.

    Examples:

    >>> import keras
    >>> from keras_av.data import ClipSpec, clips, generated_set
    >>> from keras_av.training import distribute_clips
    >>> manifest = generated_set(num_train=8, num_test=8)
    >>> spec = ClipSpec(num_frames=4, size=64)
    >>> dataset = distribute_clips(
    ...     lambda batch_size, context: clips(
    ...         manifest, spec, batch_size, True, input_context=context
    ...     ),
    ...     batch_size=4,
    ... )
    >>> dataset.set_epoch(3)
    >>> next(iter(dataset))["label"].shape
    TensorShape([4])
    """
    if keras.backend.backend() == "tensorflow":
        return _over_replicas(make_clips, batch_size, strategy)
    return _over_processes(make_clips, batch_size)


def _over_replicas(
    make_clips: Callable[[int, Any], Any], batch_size: int, strategy: Any
) -> Any:
    """The shares of a strategy, split among the replicas of this process."""
    import tensorflow as tf

    strategy = strategy or tf.distribute.get_strategy()
    made: list[Any] = []

    def make(context: Any) -> Any:
        total = context.num_input_pipelines
        size = _size(batch_size, total)
        made.append(make_clips(size, context))
        replicas = context.num_replicas_in_sync // total
        if replicas == 1:
            return made[-1]
        # As Keras splits a batch: those before take what remains.
        each, more = divmod(size, replicas)
        return made[-1].rebatch([each + (i < more) for i in range(replicas)])

    dataset = strategy.distribute_datasets_from_function(make)
    if len(made) != 1:
        raise ValueError(
            "distribute_clips needs a strategy in which each process reads its "
            "own share, such as MirroredStrategy or "
            f"MultiWorkerMirroredStrategy. Received: {strategy}, in which this "
            f"process reads {len(made)} of them."
        )
    if dataset is made[0]:
        return dataset
    return _distributed_clips(made[0], dataset)


def _distributed_clips(clips: Any, dataset: Any) -> Any:
    """A distributed dataset with the attributes of the clips in it."""
    # Keras would take the number of batches from the first epoch of a run,
    # which may be the rest of one. In evaluation the processes differ in it.
    # A property of the class is overridden in a class; Keras knows its name.
    number = clips.cardinality() if clips.random_clips else -2
    kind: Any = type(
        "DistributedClips", (type(dataset),), {"cardinality": number}
    )
    distributed = kind.__new__(kind)
    vars(distributed).update(vars(dataset), **_kept(clips))
    return distributed


def _kept(clips: Any) -> dict[str, Any]:
    return {
        name: getattr(clips, name) for name in _KEPT if hasattr(clips, name)
    }


def _over_processes(
    make_clips: Callable[[int, Any], Any], batch_size: int
) -> Any:
    """The share of this process, which Keras splits among its devices."""
    import tensorflow as tf

    total = num_workers()
    distribution = keras.distribution.distribution()
    if total > 1 and getattr(distribution, "auto_shard_dataset", False):
        raise ValueError(
            "Keras would share out again what distribute_clips gives a "
            "process. Make the distribution with auto_shard_dataset=False. "
            f"Received: {distribution}"
        )
    if distribution is not None:
        devices = distribution.num_model_replicas
        if batch_size % devices:
            raise ValueError(
                "batch_size must be divisible by the number of devices. "
                f"Received: batch_size={batch_size}, {devices} devices"
            )
    context = tf.distribute.InputContext(total, worker_number(), total)
    own = make_clips(_size(batch_size, total), context)
    if keras.backend.backend() != "torch" or total == 1:
        return own
    from keras_av.training.torch_batches import SharedClips

    return SharedClips(own, _kept(own))


def _size(batch_size: int, total: int) -> int:
    """Batch size of one of several processes."""
    if batch_size < total or batch_size % total:
        raise ValueError(
            "batch_size is that of all processes together and must be "
            f"divisible by their number. Received: batch_size={batch_size}, "
            f"{total} processes"
        )
    return batch_size // total
