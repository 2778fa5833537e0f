"""What probes find, beside chance."""

import numpy as np

from keras_av.callbacks import KNNProbe, LinearProbe, RetrievalProbe, measure
from tests.callbacks import probing


def test_values_and_chance_have_the_same_names():
    (batch,) = probing.batches()
    size = len(batch["video"])
    batch = {**batch, "index": np.arange(size), "label": np.arange(size) % 2}
    probes = [
        RetrievalProbe([batch]),
        LinearProbe([batch], [batch], modality="audio"),
        KNNProbe([batch], [batch], k=3),
    ]
    values, chance = measure(probing.compiled(), probes)
    assert list(values) == list(chance)
    assert {"audio_linear_probe", "video_knn"} < set(values)
    assert chance["video_knn"] == 0.5
    assert chance["audio_to_video_recall_1"] == 1 / size
    # A probe measures the same while a model trains.
    found = probes[0].measure()
    assert {n: found[n] for n in found if n in values} == {
        n: v for n, v in values.items() if "_to_" in n
    }
