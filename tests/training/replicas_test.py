"""Two replicas on logical devices compute what one computes."""

import functools
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_av.callbacks import Curriculum
from keras_av.layers import PartitionFunction
from keras_av.methods import SSCL, sscl_phases
from keras_av.methods.skimming.bank_classifier import random_keys
from keras_av.training import StepModel, batch_mean
from tests import harness
from tests.training import plain, toy

if keras.backend.backend() != "tensorflow":
    pytest.skip("tf.distribute is TensorFlow's", allow_module_level=True)

import tensorflow as tf

ROOT = pathlib.Path(__file__).resolve().parents[2]

from tests.training import uneven
from tests.training.replicas import strategies


def build(monkeypatch, strategy, optimizer, **kwargs):
    monkeypatch.setattr(toy, "tower", plain.tower)
    with strategy.scope():
        if "partition" in kwargs:
            kwargs["partition"] = kwargs["partition"]()
        model = toy.model(**kwargs)
        model.compile(optimizer=optimizer(), jit_compile=False)
    return model


def assert_close(one, two, tolerance=2e-6):
    for a, b in zip(one.weights, two.weights):
        copies = [copy.numpy() for copy in b.value.values]
        np.testing.assert_array_equal(copies[0], copies[1], err_msg=b.path)
        np.testing.assert_allclose(
            a.numpy(), copies[0], atol=tolerance, err_msg=b.path
        )


def check_method(make, clips, names=("loss",), rtol=1e-5):
    """Two replicas that train a method compute what one does.

    Args:
        make: `make()` gives the method.
        clips: Dict of arrays. Their batches are of 9, and the last one is
            smaller, which no two replicas share evenly.
        names: Logs that are compared.
        rtol: Relative difference of logs that passes.
    """
    data = tf.data.Dataset.from_tensor_slices(clips).batch(9)
    models, logs = [], []
    for strategy in strategies():
        with strategy.scope():
            model = make()
            model.compile(sgd()(), jit_compile=False)
        logs.append(model.fit(data, epochs=2, verbose=0).history)
        models.append(model)
    assert_close(*models)
    for name in names:
        np.testing.assert_allclose(logs[0][name], logs[1][name], rtol=rtol)


def sgd(**kwargs):
    return lambda: keras.optimizers.SGD(0.01, momentum=0.9, **kwargs)


def slow(*case):
    """A case that `make test` leaves out."""
    return pytest.param(*case, marks=pytest.mark.slow)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "kwargs, optimizer",
    [
        slow({"bank": False}, sgd()),
        slow({}, sgd()),
        ({}, lambda: keras.optimizers.Adam(1e-3)),
        slow({}, sgd(global_clipnorm=0.05)),
        slow({}, sgd(clipnorm=0.02)),
        slow({}, sgd(clipvalue=0.001)),
        slow({"partition": PartitionFunction}, sgd(global_clipnorm=0.05)),
        slow({"bank_momentum": {"audio": plain.growing()}}, sgd()),
    ],
    ids=[
        "in_batch",
        "bank",
        "adam",
        "global_clipnorm",
        "clipnorm",
        "clipvalue",
        "binary",
        "momentum",
    ],
)
def test_two_replicas_equal_one(monkeypatch, kwargs, optimizer):
    histories, models = [], []
    silent = np.arange(toy.NUM_CLIPS) % 5 != 1
    data = toy.dataset(8, has_audio=silent)
    for strategy in strategies():
        model = build(monkeypatch, strategy, optimizer, **kwargs)
        history = model.fit(data, epochs=2, validation_data=data, verbose=0)
        histories.append(history.history)
        models.append(model)
    assert_close(*models)
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(
            histories[0][name], histories[1][name], rtol=1e-5
        )
    if model.bank is not None:
        written = models[1].audio_bank.written.value.values[1].numpy()
        np.testing.assert_array_equal(written, silent)


@pytest.mark.slow
@pytest.mark.parametrize("reset", ["none", "banks"])
def test_curriculum_on_two_replicas(monkeypatch, tmp_path, reset):
    models = []
    for strategy in strategies():
        model = build(monkeypatch, strategy, sgd(), cls=SSCL)
        data = toy.dataset(8)
        phases = sscl_phases((1, 1, 1, 0), reset=reset)
        curriculum = Curriculum(phases, clips=data)
        model.fit(data, epochs=3, callbacks=[curriculum], verbose=0)
        models.append(model)
    assert_close(*models)
    models[0].save_weights(tmp_path / "one.weights.h5")
    models[1].load_weights(tmp_path / "one.weights.h5")
    assert_close(*models, tolerance=0.0)


@pytest.mark.slow_on_tensorflow
def test_an_overflow_on_one_replica_skips_the_step_on_both(monkeypatch):
    with harness.dtype_policy("mixed_float16"):
        model = build(monkeypatch, strategies()[1], sgd(), bank=False)
    data = toy.clips()
    data["video"][4:8] = 1e30  # The second half: the second replica's.
    batch = {name: value[:8] for name, value in data.items()}
    before = [w.numpy() for w in model.trainable_weights]
    model.fit(tf.data.Dataset.from_tensors(batch), epochs=1, verbose=0)
    for old, weight in zip(before, model.trainable_weights):
        np.testing.assert_array_equal(old, weight.numpy())


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "make",
    [
        slow(plain.distillation),
        plain.classification,
        slow(plain.composition),
        slow(plain.hints),
        slow(functools.partial(plain.composition, leak=True)),
    ],
)
def test_methods_that_learn_from_labels_and_teachers(make):
    silent = np.arange(toy.NUM_CLIPS) % 5 != 1
    data = toy.dataset(8, has_audio=silent)
    histories, models = [], []
    for strategy in strategies():
        with strategy.scope():
            model = make()
            model.compile(optimizer=sgd()(), jit_compile=False)
        histories.append(model.fit(data, epochs=2, verbose=0).history)
        models.append(model)
    assert_close(*models)
    for name in ("loss", "accuracy"):
        np.testing.assert_allclose(
            histories[0][name], histories[1][name], rtol=1e-5
        )


@pytest.mark.slow_on_tensorflow
def test_accumulation_is_refused(monkeypatch):
    optimizer = sgd(gradient_accumulation_steps=2)
    model = build(monkeypatch, strategies()[1], optimizer)
    with pytest.raises(ValueError, match="gradient_accumulation_steps"):
        model.fit(toy.dataset(8), epochs=1, verbose=0)


class Drawing(StepModel):
    """Draws a number in each step."""

    def __init__(self):
        super().__init__(loss_names=["noise"])
        self.weight = self.add_weight(shape=(), initializer="ones")
        self.generator = keras.random.SeedGenerator(0)
        self.built = True

    def compute_losses(self, batch, training):
        noise = keras.random.uniform((), seed=self.generator)
        return {"noise": batch_mean(batch["x"]) * noise * self.weight}, None


def assert_same_losses(found):
    expected = uneven.losses(strategies()[0])
    assert len(expected) == 6
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5)


@pytest.mark.slow_on_tensorflow
def test_losses_where_replicas_hold_different_numbers_of_clips():
    assert_same_losses(uneven.losses(strategies()[1]))


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 4])
def test_losses_of_more_replicas(count):
    run = subprocess.run(
        [sys.executable, "-m", "tests.training.uneven", str(count)],
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert_same_losses(json.loads(run.stdout.splitlines()[-1]))


def test_random_starts_are_those_of_the_global_batch():
    mask = np.ones((5, 7), bool)
    data = tf.data.Dataset.from_tensors(mask)
    drawn = []
    for strategy in strategies():
        with strategy.scope():
            generator = keras.random.SeedGenerator(0)
        parts = []
        for batch in strategy.experimental_distribute_dataset(data.repeat(2)):
            keys = strategy.run(random_keys, (batch, generator))
            parts.extend(strategy.experimental_local_results(keys))
        drawn.append(np.concatenate(parts))
    assert len(drawn[0]) == 10
    np.testing.assert_array_equal(*drawn)


@pytest.mark.slow_on_tensorflow
def test_a_step_without_a_batch_draws_nothing():
    data = tf.data.Dataset.from_tensor_slices({"x": np.ones(32)}).batch(8)
    for strategy in strategies():
        states = []
        # One knows its length, the other ends with a step too many.
        for known in (data, data.filter(lambda batch: True)):
            with strategy.scope():
                model = Drawing()
                model.compile("sgd", jit_compile=False)
            model.fit(known, epochs=3, verbose=0)
            states.append(model.generator.state.numpy())
        np.testing.assert_array_equal(*states)


def test_several_steps_in_one_are_refused():
    with strategies()[1].scope():
        model = Drawing()
    with pytest.raises(ValueError, match="steps_per_execution=3, 2 replicas"):
        model.compile("sgd", steps_per_execution=3)


def test_warns_of_statistics_that_drift():
    with strategies()[1].scope():
        model = Drawing()
        model.batch_norms = [
            keras.layers.BatchNormalization(name="drifting"),
            keras.layers.BatchNormalization(name="frozen", trainable=False),
            keras.layers.BatchNormalization(name="same", synchronized=True),
            keras.layers.Dense(3),
        ]
        model.compile("sgd", jit_compile=False)
    with pytest.warns(UserWarning, match=r"layers \['drifting'\] normalize"):
        model.make_train_function()
