"""What probes find, beside chance."""

import numpy as np

from keras_av.callbacks import KNNProbe, LinearProbe, RetrievalProbe, measure
from tests.callbacks import probing


def test_values_and_chance_have_the_same_names():
    rng = np.random.default_rng(0)
    model = probing.constant_embeddings(np.eye(8, 8))
    batch = {
        "video": rng.integers(0, 150, (8, 3, 8, 8, 3), "uint8"),
        "audio": rng.standard_normal((8, 4096)).astype("float32"),
        "index": np.arange(8),
        "label": np.arange(8) % 2,
    }
    probes = [
        RetrievalProbe([batch]),
        LinearProbe([batch], [batch], modality="audio"),
        KNNProbe([batch], [batch], k=3),
    ]
    values, chance = measure(model, probes)
    assert list(values) == list(chance)
    assert {"audio_linear_probe", "video_knn"} < set(values)
    assert chance["video_knn"] == 0.5
    assert chance["audio_to_video_recall_1"] == 1 / 8
    assert values["audio_to_video_recall_1"] == 1.0
    # A probe measures the same while a model trains.
    assert (
        probes[0].measure().items()
        >= {name: values[name] for name in values if "_to_" in name}.items()
    )
