"""Options and checks shared by the tf.data pipelines."""

import os

import keras
import tensorflow as tf
from absl import logging


def num_cpus() -> int:
    """CPUs that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_at_least(name: str, value: int, lowest: int) -> None:
    """Refuse an argument that is too small.

    Raises:
        ValueError: If it is.
    """
    if value < lowest:
        raise ValueError(
            f"{name} must be at least {lowest}. Received: {name}={value}"
        )


def pipeline_options(num_workers: int) -> tf.data.Options:
    """Options of a pipeline in a fixed order, on threads of its own."""
    options = tf.data.Options()
    options.deterministic = True
    options.threading.private_threadpool_size = num_workers
    options.autotune.enabled = False
    # Each worker of a cluster reads every file and keeps its share.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    return options


def hide_gpus() -> None:
    """Leave the GPUs to the backend that trains on them."""
    if keras.config.backend() == "tensorflow":
        return
    if not tf.config.get_visible_devices("GPU"):
        return
    try:
        tf.config.set_visible_devices([], "GPU")
    except RuntimeError:
        logging.warning(
            "TensorFlow has taken the GPU's memory before keras_av.data could "
            "hide it. Make the dataset before TensorFlow is used."
        )
