"""Supervised fine-tuning of an encoder with a linear classifier."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_av.evaluation.encode_clips import Batches
from keras_av.evaluation.predict_videos import predict_videos


def fine_tune(
    backbone: keras.Model,
    train_dataset: Batches,
    test_dataset: Batches,
    num_classes: int,
    epochs: int = 10,
    learning_rate: float = 1e-4,
    key: str = "video",
) -> tuple[float, keras.Model]:
    """Fine-tune an encoder with a linear classifier and measure its accuracy.

    The classifier is trained on clips with cross-entropy and Adam; the
    predicted class of a test video has the highest mean probability over its
    clips. If `backbone.trainable` is False, only the classifier is trained.
    The backbone is modified in place: load a second one from its preset to
    keep the original.

    Args:
        backbone: A model from clips to descriptors, `(batch, dim)`.
        train_dataset: Dicts of arrays with the key and `label`: a
            `tf.data.Dataset`, or another iterable that can be iterated over
            repeatedly. If the key is `"audio"` and the batches have
            `has_audio`, clips without sound have weight 0.
        test_dataset: Batches of the test clips, with `index` as well.
        num_classes: Number of classes; labels are in `[0, num_classes)`.
        epochs: Number of passes over the training set. Defaults to 10.
        learning_rate: Learning rate of Adam. Defaults to 1e-4.
        key: Modality to classify: `"video"`, `"image"` or `"audio"`.

    Returns:
        The fraction of correctly classified test videos, and the trained
        classifier from clips to logits, whose `history` is that of `fit`.

    Raises:
        ValueError: If a batch has a missing key.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation import fine_tune
    >>> encoder = keras.Sequential([keras.Input((4, 4, 3)),
    ...                             keras.layers.GlobalAveragePooling2D()])
    >>> data = [{"image": np.random.rand(4, 4, 4, 3), "label": [0, 1, 0, 1],
    ...          "index": [0, 1, 2, 3]}]
    >>> accuracy, model = fine_tune(encoder, data, data, num_classes=2,
    ...                             epochs=1, key="image")
    >>> model.output_shape
    (None, 2)
    """
    # In half precision, small probabilities would be rounded to 0.
    classifier = keras.layers.Dense(num_classes, dtype="float32", name="logits")
    model = keras.Sequential([backbone, classifier])
    model.compile(
        keras.optimizers.Adam(learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=["accuracy"],
    )
    model.fit(_pairs(train_dataset, key), epochs=epochs, verbose=0)
    found = predict_videos(model, test_dataset, key)
    right = found["probabilities"].argmax(axis=1) == found["label"]
    return float(right.mean()), model


def _pairs(dataset: Batches, key: str) -> tf.data.Dataset:
    """Batches of (clips, labels), with weights if sound may be missing."""
    is_tf_data = isinstance(dataset, tf.data.Dataset)
    batches: Any = dataset if is_tf_data else _to_tf_data(dataset)
    for name in (key, "label"):
        if name not in batches.element_spec:
            raise ValueError(
                "Received batches with the keys "
                f"{sorted(batches.element_spec)}. Expected {name!r} among them."
            )

    def split(batch: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        if key == "audio" and "has_audio" in batch:
            weight = tf.cast(batch["has_audio"], tf.float32)
            return batch[key], batch["label"], weight
        return batch[key], batch["label"]

    return batches.map(split).prefetch(tf.data.AUTOTUNE)


def _to_tf_data(dataset: Batches) -> tf.data.Dataset:
    def arrays() -> Any:
        for batch in dataset:
            yield {name: np.asarray(field) for name, field in batch.items()}

    signature = {
        name: tf.TensorSpec((None, *field.shape[1:]), field.dtype)
        for name, field in next(arrays()).items()
    }
    return tf.data.Dataset.from_generator(arrays, output_signature=signature)
