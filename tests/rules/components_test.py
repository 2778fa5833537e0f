"""Components that a BUILD file can name."""

import importlib.util
import inspect

import keras
import numpy as np
import pytest

from keras_av import layers, rules
from keras_av.rules import RULES, Component


@pytest.fixture
def run(tmp_path, dataset, clips):
    run = rules.Run(dataset, clips, 7, tmp_path)
    run.num_steps = 100
    return run


def rate(optimizer, step):
    schedule = optimizer.get_config()["learning_rate"]
    if isinstance(schedule, dict):
        return float(np.asarray(optimizer._learning_rate(step)))
    return schedule


@pytest.mark.parametrize("make", [rules.adam, rules.adam_w, rules.sgd])
def test_the_rate_falls_along_a_cosine(run, make):
    cosine = rules.cosine_decay(initial_learning_rate=0.1, alpha=0.1)
    optimizer = run.made(make(learning_rate=cosine))
    expected = [
        0.1 * (0.9 * (1 + np.cos(np.pi * t)) / 2 + 0.1) for t in (0, 0.5, 1)
    ]
    found = [rate(optimizer, step) for step in (0, 50, 100)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_it_warms_up_in_at_most_a_quarter(run):
    cosine = rules.cosine_decay(
        initial_learning_rate=0.0, warmup_target=0.1, warmup_steps=80
    )
    optimizer = run.made(rules.adam(learning_rate=cosine))
    assert rate(optimizer, 0) == 0.0
    np.testing.assert_allclose(rate(optimizer, 25), 0.1, rtol=1e-6)


def test_a_run_too_short_to_warm_up_begins_warm(run):
    run.num_steps = 3
    cosine = rules.cosine_decay(
        initial_learning_rate=0.0, warmup_target=0.1, warmup_steps=80
    )
    optimizer = run.made(rules.adam(learning_rate=cosine))
    np.testing.assert_allclose(rate(optimizer, 0), 0.1, rtol=1e-6)


def test_it_falls_in_steps(run):
    steps = rules.piecewise_constant_decay(
        boundaries=[0.5, 0.75], values=[1, 0.1, 0.01]
    )
    optimizer = run.made(rules.sgd(learning_rate=steps))
    found = [rate(optimizer, step) for step in (0, 50, 51, 75, 76, 99)]
    np.testing.assert_allclose(found, [1, 1, 0.1, 0.1, 0.01, 0.01], rtol=1e-5)
    wrong = rules.piecewise_constant_decay(boundaries=[50], values=[1, 0.1])
    with pytest.raises(ValueError, match="must be fractions of training"):
        run.made(wrong)


def test_options_arrive(run):
    optimizer = run.made(rules.adam(learning_rate=1, clipnorm=1, beta_1=0.5))
    assert optimizer.clipnorm == 1.0 and optimizer.beta_1 == 0.5
    bank = run.made(rules.memory_bank(dim=4, num_negatives=2, momentum=0))
    assert bank.num_rows == 8 and bank.momentum == 0.0
    assert isinstance(bank, layers.MemoryBank)
    assert bank.get_config()["seed"] == 7


def test_the_momentum_of_a_bank_has_a_schedule(run):
    steps = rules.piecewise_constant_decay(boundaries=[0.5], values=[0.5, 0.9])
    given = {"audio": steps}
    bank, made = run.made(
        [rules.memory_bank(dim=4, num_negatives=2, momentum=steps), given]
    )
    assert bank.momentum is made["audio"]
    found = [float(bank.momentum(step)) for step in (0, 50, 51)]
    np.testing.assert_allclose(found, [0.5, 0.5, 0.9], rtol=1e-6)


def test_one_component_is_one_object(run):
    one, other = rules.partition_function(), rules.partition_function()
    made = run.made({"a": one, "b": one, "c": other})
    assert made["a"] is made["b"] is not made["c"]


@pytest.fixture
def library(monkeypatch):
    """Sets whether a library is there."""

    def there(name, found):
        plain = importlib.util.find_spec

        def find(wanted, package=None):
            return found if wanted == name else plain(wanted, package)

        monkeypatch.setattr(importlib.util, "find_spec", find)

    return there


def test_tensorboard_is_missed_before_the_first_epoch(run, library):
    library("tensorboard", None)
    with pytest.raises(ValueError, match=r"keras_av\[tensorboard\]"):
        run.made(rules.tensor_board())
    library("tensorboard", object())
    callback = run.made(rules.tensor_board(write_graph=False))
    assert callback.log_dir == str(run.folder / "tensorboard")


def test_every_component_can_be_made(run, library):
    library("tensorboard", object())
    given = {
        "augmentation_recipe": {"recipe": "sscl"},
        "hint": {"teacher_tap": "a", "student_tap": "b"},
        "memory_bank": {"dim": 4, "num_negatives": 2},
        "random_resized_crop": {"size": 16},
        "rescaling": {"scale": 0.5},
        "cosine_decay": {"initial_learning_rate": 0.1},
        "piecewise_constant_decay": {"boundaries": [0.5], "values": [1, 0.1]},
    }
    names = []
    for name, rule in RULES.items():
        made = None
        if not rule.executes and rule.spec.kinds[0] not in ("Encoder",):
            try:
                made = rule(**given.get(name, {}))
            except TypeError:
                continue
        if isinstance(made, Component):
            names.append(name)
            assert run.made(made) is not None, name
    assert set(given) <= set(names) and len(names) > 25


def test_help_tells_the_truth():
    parameters = inspect.signature(rules.memory_bank).parameters
    assert list(parameters) == list(rules.memory_bank.attributes)
    assert "num_negatives: Number of negatives" in rules.memory_bank.__doc__
    with pytest.raises(TypeError, match="num_rows"):
        rules.memory_bank(dim=4, num_rows=3)
    with pytest.raises(ValueError, match="duplicates: expected one of"):
        rules.memory_bank(dim=4, duplicates="first")
    assert isinstance(rules.adam(), Component)
    assert keras.optimizers.Adam.__name__ in rules.adam.__doc__
