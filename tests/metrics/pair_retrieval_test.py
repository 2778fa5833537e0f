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


def test_names_are_those_of_the_modalities():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 9, 4))
    expected = pair_retrieval(one, other)
    found = pair_retrieval(one, other, modalities=("audio", "text"))
    for values, named in zip(expected, found):
        for name in ("recall_1", "recall_5", "median_rank"):
            way, back = f"text_to_audio_{name}", f"audio_to_text_{name}"
            assert named.pop(way) == values[f"audio_to_video_{name}"]
            assert named.pop(back) == values[f"video_to_audio_{name}"]
        assert not named


def test_labels_make_others_correct():
    video = np.eye(4)
    audio = video[[1, 0, 3, 2]]
    measured, chance = pair_retrieval(video, audio)
    assert measured["audio_to_video_recall_1"] == 0
    measured, chance = pair_retrieval(video, audio, np.array([0, 0, 1, 1]))
    for direction in ("audio_to_video", "video_to_audio"):
        assert measured[f"{direction}_recall_1"] == 1
        assert chance[f"{direction}_recall_1"] == 0.5
