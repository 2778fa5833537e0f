"""Probe measurements of a model, next to chance."""

from collections.abc import Sequence

import keras

from keras_av.callbacks.encodings import forget
from keras_av.callbacks.probe import Probe


def measure(
    model: keras.Model, probes: Sequence[Probe]
) -> tuple[dict[str, float], dict[str, float]]:
    """Measure a model with probes, before or after training.

    Clips that several probes share are encoded once.

    Args:
        model: Method of `keras_av.methods` that the probes support.
        probes: List of probes such as `LinearProbe`, `KNNProbe` or
            `RetrievalProbe`.

    Returns:
        Two dicts with the same keys: the measured values, and those at
        chance.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.callbacks import RetrievalProbe, measure
    >>> from keras_av.methods import CrossModalContrastive
    >>> towers = [keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    ...           for _ in range(2)]
    >>> batch = {"video": np.eye(4), "audio": np.eye(4), "index": np.arange(4)}
    >>> values, chance = measure(
    ...     CrossModalContrastive(*towers), [RetrievalProbe([batch])])
    >>> chance["audio_to_video_recall_1"]
    0.25
    """
    found: dict[str, float] = {}
    forget(model)
    for probe in probes:
        probe.set_model(model)
        found.update(probe.measure())
    forget(model)
    chance = {}
    for name in found:
        modality = name.split("_")[0]
        if name.endswith(("_linear_probe", "_knn")):
            chance[name] = found[f"{modality}_class_chance"]
        elif "_to_" in name:
            kind = name.split("_", maxsplit=3)[-1]
            chance[name] = found[f"retrieval_chance_{kind}"]
    return {name: found[name] for name in chance}, chance
