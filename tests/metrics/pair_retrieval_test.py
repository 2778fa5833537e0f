"""Retrieval between two modalities."""

import numpy as np

from keras_av.metrics import pair_retrieval, retrieval_metrics


def test_each_direction_is_a_retrieval_of_its_own():
    rng = np.random.default_rng(0)
    video, audio = rng.normal(size=(2, 9, 4))
    measured, chance = pair_retrieval(video, audio)
    assert list(measured) == list(chance) and len(measured) == 6
    for direction, query, gallery in (
        ("audio_to_video", audio, video),
        ("video_to_audio", video, audio),
    ):
        found = retrieval_metrics(query, gallery)
        for name, key in (
            ("recall_1", "recall@1"),
            ("recall_5", "recall@5"),
            ("median_rank", "median_rank"),
        ):
            assert measured[f"{direction}_{name}"] == found[key]
            assert chance[f"{direction}_{name}"] == found[f"chance_{key}"]
