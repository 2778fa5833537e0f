import dataclasses
import re

import numpy as np
import pytest
from scipy import stats

from keras_av.data import GeneratedTask
from keras_av.data.generated.benchmark.task import NUMBERS, ClipId

TASK = GeneratedTask()
COLUMNS = {
    "frame": [0, 1],
    "sight": [0, 1, 2, 3],
    "sound": [2, 3, 4, 5, 6],
    "both": range(7),
}


def test_means_lie_in_their_strata():
    means = TASK.means
    assert means.shape == (32, 7)
    for column, scale in zip(means.T, [1, 1, 1, 1, 0.25, 0.25, 0.25]):
        places = 0.5 + (column - 0.5) / scale
        assert sorted(np.floor(32 * places)) == list(range(32))


@pytest.mark.parametrize("part", ["frame", "motion", "sound"])
def test_a_part_at_0_says_nothing(part):
    task = dataclasses.replace(TASK, **{part: 0.0})
    for name, column in zip(NUMBERS, task.means.T):
        assert (np.ptp(column) == 0) == (NUMBERS[name] == part)


def test_the_ceiling_of_two_classes():
    # Two Gaussians at a distance d: the error is Phi(-d / 2 sigma).
    task = GeneratedTask(2, spread=0.2, seed=3)
    for observer, ceiling in task.ceilings().items():
        known = list(COLUMNS[observer])
        distance = np.linalg.norm(np.subtract(*task.means[:, known]))
        expected = stats.norm.cdf(distance / (2 * 0.2))
        assert ceiling == pytest.approx(expected, abs=0.005)


def test_clips_are_classified_by_density():
    labels = np.arange(320) % 32
    clips = [ClipId(int(c), "test", n) for n, c in enumerate(labels)]
    numbers = np.stack([TASK.numbers(clip) for clip in clips])
    ceilings = TASK.ceilings()
    for observer, known in COLUMNS.items():
        known = list(known)
        density = stats.norm.logpdf(
            numbers[:, None, known], TASK.means[:, known], TASK.spread
        )
        best = density.sum(axis=-1).argmax(axis=-1)
        assert (TASK.classify(numbers, observer) == best).all()
        # Within four standard errors of what was promised.
        found, ceiling = (best == labels).mean(), ceilings[observer]
        error = np.sqrt(ceiling * (1 - ceiling) / len(labels))
        assert abs(found - ceiling) <= 4 * error + 0.01


@pytest.mark.slow_on_tensorflow
def test_a_coarse_class_is_as_probable_as_its_classes():
    task = GeneratedTask(num_classes=8, spread=0.2)
    labels = np.arange(400) % 8
    clips = [ClipId(int(c), "test", n) for n, c in enumerate(labels)]
    numbers = np.stack([task.numbers(clip) for clip in clips])
    for observer, known in COLUMNS.items():
        density = stats.norm.pdf(
            numbers[:, None, list(known)], task.means[:, list(known)], 0.2
        )
        best = density.prod(axis=-1).reshape(400, 2, 4).sum(-1).argmax(-1)
        assert (task.classify(numbers, observer, 2) == best).all()
        fine = task.classify(numbers, observer)
        assert (fine // 4 != best).any() or observer == "both"
        found = (best == labels // 4).mean()
        assert abs(found - task.ceilings(2)[observer]) < 0.08


def test_numbers_spread_around_the_mean_of_the_class():
    numbers = [TASK.numbers(ClipId(5, "train", n)) for n in range(2000)]
    noise = (np.stack(numbers) - TASK.means[5]) / TASK.spread
    assert abs(noise.mean(axis=0)).max() < 4 / np.sqrt(2000)
    assert abs(noise.std(axis=0) - 1).max() < 0.07
    assert stats.kstest(noise.ravel(), "norm").pvalue > 1e-3


def test_draws_follow_from_their_arguments():
    clip = ClipId(1, "train", 0)
    numbers = TASK.numbers(clip)
    assert (GeneratedTask().numbers(clip) == numbers).all()
    for other in (("label", 2), ("split", "test"), ("number", 1)):
        changed = clip._replace(**dict([other]))
        assert (TASK.numbers(changed) != numbers).all()
    assert (GeneratedTask(seed=1).numbers(clip) != numbers).all()


def test_coarse_classes():
    coarse, names = TASK.coarse(np.arange(32), 8)
    assert np.bincount(coarse).tolist() == [4] * 8
    assert names[7] == "coarse_7"
    for count in (0, 1, 5, 32):
        with pytest.raises(ValueError, match=f"Received: .*={count}"):
            TASK.coarse(np.arange(32), count)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_classes": 1},
        {"frame": 1.1},
        {"motion": -0.1},
        {"sound": float("nan")},
        {"spread": 0.0},
        {"spread": 0.3},
        {"seed": -1},
    ],
)
def test_refuses_what_is_out_of_range(changes):
    ((name, value),) = changes.items()
    with pytest.raises(
        ValueError, match=re.escape(f"Received: {name}={value}")
    ):
        GeneratedTask(**changes)
