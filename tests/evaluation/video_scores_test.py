import numpy as np
import pytest
from scipy.special import softmax

from keras_av.evaluation import video_scores
from keras_av.metrics import mean_average_precision


def test_golden(vectors):
    golden = vectors("map_softmax")
    found = {"logits": golden["logits"], "label": golden["labels"]}
    assert np.isclose(video_scores(found)["mAP"], golden["mAP"])
    raw = video_scores(found, softmax=False)["mAP"]
    assert np.isclose(raw, golden["mAP_on_raw_logits"])


@pytest.mark.parametrize("softmaxed", [True, False])
def test_matches_the_definition(softmaxed):
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((40, 9))
    label = rng.integers(0, 9, 40)
    got = video_scores({"logits": logits, "label": label}, softmax=softmaxed)
    place = [sum(row > row[y]) for row, y in zip(logits, label)]
    assert np.isclose(got["top_1"], np.mean(np.array(place) == 0))
    assert np.isclose(got["top_5"], np.mean(np.array(place) < 5))
    values = softmax(logits, axis=1) if softmaxed else logits
    assert np.isclose(got["mAP"], mean_average_precision(label, values))


def test_probabilities_stay_as_they_are():
    rng = np.random.default_rng(1)
    logits = rng.standard_normal((30, 4))
    label = rng.integers(0, 4, 30)
    values = softmax(logits, axis=1)
    a = video_scores({"probabilities": values, "label": label})
    b = video_scores({"logits": logits, "label": label})
    assert a == pytest.approx(b)


def test_several_labels():
    logits = np.array([[3.0, 2, 1, 0], [0.0, 1, 2, 3], [9.0, 0, 0, 8]])
    label = np.array([[0, 1, 1, 0], [0, 0, 0, 1], [-1, -1, -1, -1]])
    got = video_scores({"logits": logits, "label": label}, softmax=False)
    assert got["top_1"] == 0.5 and got["top_5"] == 1.0
    assert got["mAP"] == (1.0 + 0.5 + 1.0) / 3


def test_videos_without_a_label_are_left_out():
    logits = np.array([[3.0, 2], [0.0, 1], [9.0, 8]])
    got = video_scores({"logits": logits, "label": np.array([0, 1, -1])})
    assert got == {"top_1": 1.0, "top_5": 1.0, "mAP": 1.0}


@pytest.mark.parametrize(
    "found, message",
    [
        ({"logits": np.eye(2)}, "'label'"),
        ({"label": [0, 1]}, "one of"),
        ({"logits": np.eye(2), "label": [-1, -1]}, "no video"),
    ],
)
def test_says_what_is_missing(found, message):
    with pytest.raises(ValueError, match=message):
        video_scores(found)
