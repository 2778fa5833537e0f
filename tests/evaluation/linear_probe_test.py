import csv
import warnings

import keras
import numpy as np
import pytest
import soundfile
import soxr
from keras import ops

from keras_av.evaluation import (
    cross_validate,
    extract_features,
    linear_probe,
    mean_and_interval,
)
from keras_av.layers import LogMelSpectrogram


def blobs(num, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, num)
    x = 4 * np.eye(3, 5)[y] + rng.standard_normal((num, 5))
    return x * [1, 1000, 1e-3, 1, 1], y


def test_separates_blobs_of_any_scale():
    train, test = blobs(200, 0), blobs(100, 1)
    accuracy, pipeline = linear_probe(*train, *test)
    assert accuracy > 0.9
    assert accuracy == (pipeline.predict(test[0]) == test[1]).mean()
    np.testing.assert_allclose(pipeline[0].mean_, train[0].mean(axis=0))


def test_random_labels_give_chance():
    (x, _), (test_x, _) = blobs(300, 0), blobs(300, 1)
    rng = np.random.default_rng(2)
    y, test_y = rng.integers(0, 3, (2, 300))
    accuracy, _ = linear_probe(x, y, test_x, test_y)
    assert 0.23 < accuracy < 0.44


def test_chooses_the_penalty_without_splitting_groups():
    # Many samples alike within a group, classes random among the groups: a
    # weak penalty wins only where a group is on both sides.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 10)
    x = rng.standard_normal((30, 60))[groups]
    x = x + 0.01 * rng.standard_normal(x.shape)
    y = (x[:, 0] + rng.standard_normal(30)[groups] > 0).astype(int)
    choices = (1e-3, 1e3)
    _, grouped = linear_probe(x, y, x, y, choices, groups)
    _, split = linear_probe(x, y, x, y, choices, np.arange(300))
    assert grouped[-1].C == 1e-3
    assert split[-1].C == 1e3
    with pytest.raises(ValueError, match=r"classes \[0\].*at least two"):
        linear_probe(x, np.zeros(len(x), int), x, y)
    with pytest.raises(ValueError, match="without groups"):
        linear_probe(x, y, x, y, choices)


def statistics_encoder():
    """Means and deviations of log-mel bins and of their changes."""
    inputs = keras.Input((None,))
    x = LogMelSpectrogram()(inputs)[..., 0]
    changes = x[:, 1:] - x[:, :-1]
    parts = [
        ops.mean(x, axis=1),
        ops.std(x, axis=1),
        ops.std(changes, axis=1),
    ]
    return keras.Model(inputs, ops.concatenate(parts, axis=1))


@pytest.mark.slow
def test_sounds_of_esc_10_by_the_official_folds(shared):
    folder = shared("data/esc")
    rows = list(csv.DictReader(open(folder / "manifest.csv")))
    batches = []
    for start in range(0, len(rows), 40):
        waves = []
        for row in rows[start : start + 40]:
            path = folder.parent / row["path"]
            wave, rate = soundfile.read(path, dtype="float32")
            wave = soxr.resample(wave, rate, 16000)[:80000]
            waves.append(np.pad(wave, (0, 80000 - len(wave))))
        part = np.arange(start, start + len(waves))
        labels = np.array([int(rows[i]["target"]) for i in part])
        batches.append({"audio": waves, "index": part, "label": labels})
    found = extract_features(statistics_encoder(), batches, key="audio")
    x, y = found["features"], found["label"]
    folds = np.array([int(row["fold"]) for row in rows])

    def measure(train, test):
        return linear_probe(x[train], y[train], x[test], y[test])[0]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        accuracies = cross_validate(measure, folds)
    mean, half = mean_and_interval(accuracies)
    print(f"ESC-10: {mean:.3f} +- {half:.3f}", accuracies)
    assert len(accuracies) == 5
    # Published baselines on these folds lie at 72.7 % and upwards.
    assert 0.70 < mean < 0.95
