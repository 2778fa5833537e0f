"""Batch normalization with the settings of published video networks."""

import keras

from keras_av.layers.convolution.batch_normalization import BatchNormalization

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    def _has_replicas() -> bool:
        return tf.distribute.get_strategy().num_replicas_in_sync > 1

else:

    def _has_replicas() -> bool:
        return False


def batch_norm(name: str | None = None, axis: int = -1) -> BatchNormalization:
    """Make a batch normalization layer with epsilon 1e-5 and momentum 0.9.

    These are the defaults of PyTorch, with which the published networks were
    trained; those of Keras are 1e-3 and 0.99. Under a `tf.distribute` strategy
    with several replicas, and in several processes of PyTorch, the statistics
    are computed over the global batch: otherwise the moving statistics of the
    replicas would diverge.

    Args:
        name: Name of the layer.
        axis: Axis with a mean and a variance for each place. Defaults to the
            last one.

    Returns:
        A `BatchNormalization`.

    Examples:

    >>> from keras_av.layers import batch_norm
    >>> batch_norm("bn1").epsilon
    1e-05
    """
    options = {"synchronized": True} if _has_replicas() else {}
    return BatchNormalization(
        axis, momentum=0.9, epsilon=1e-5, name=name, **options
    )
