import keras
import numpy as np
import pytest

from keras_av.evaluation import (
    class_accuracy,
    confusion_matrix,
    predict_videos,
    video_scores,
)


def random_videos(num=200, num_classes=7):
    rng = np.random.default_rng(0)
    label = rng.integers(-1, num_classes - 1, num)
    logits = rng.standard_normal((num, num_classes))
    logits += 2 * (label[:, None] == np.arange(num_classes))
    return {"logits": logits, "label": label}


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
def test_counts_by_class_and_prediction(kind):
    found = random_videos()
    expected = np.zeros((7, 7), int)
    for scores, label in zip(found["logits"], found["label"]):
        if label >= 0:
            expected[label, list(scores).index(max(scores))] += 1
    found[kind] = found.pop("logits")
    got = confusion_matrix(found)
    np.testing.assert_array_equal(got, expected)
    assert expected[6].sum() == 0 < expected[:, 6].sum()


def test_accuracy_of_classes():
    found = random_videos()
    confusion = confusion_matrix(found)
    got = class_accuracy(confusion)
    chosen = found["logits"].argmax(axis=1)
    for number in range(6):
        mine = found["label"] == number
        assert got[number] == pytest.approx((chosen[mine] == number).mean())
    assert np.isnan(got[6])
    sizes = confusion.sum(axis=1) / confusion.sum()
    overall = np.nansum(got * sizes)
    assert overall == pytest.approx(video_scores(found)["top_1"])


def test_of_what_predict_videos_gives():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Rescaling(1.0)])
    batch = {
        "video": np.eye(3)[[0, 0, 1, 2, 1]],
        "index": np.array([4, 4, 0, 1, 2]),
        "label": np.array([0, 0, 1, 1, -1]),
    }
    got = confusion_matrix(predict_videos(model, [batch]))
    assert got.tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"logits": None}, "one of"),
        ({"probabilities": np.eye(2)}, "one of"),
        ({"label": None}, "'label'"),
        ({"label": np.eye(2)}, "one label"),
        ({"label": np.array([0, 1, 0])}, "one label"),
        ({"label": np.array([0, 2])}, "up to 2 for 2 classes"),
        ({"label": np.array([-1, -1])}, "labels from 0 to 1"),
    ],
)
def test_says_what_is_wrong(change, message):
    found = {"logits": np.eye(2), "label": np.array([0, 1]), **change}
    found = {name: x for name, x in found.items() if x is not None}
    with pytest.raises(ValueError, match=message):
        confusion_matrix(found)


@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_accuracy_needs_a_square(shape):
    with pytest.raises(ValueError, match="num_classes, num_classes"):
        class_accuracy(np.ones(shape))
