"""A phase like an earlier one is not traced again."""

import keras
import numpy as np
import pytest

from keras_av.callbacks import Curriculum
from keras_av.methods import CrossModalContrastive
from keras_av.training import Phase
from tests.training import toy

BACKEND = keras.backend.backend()
VIDEO, AUDIO = (
    (f"{name}_encoder", f"{name}_head") for name in ("video", "audio")
)
PHASES = [
    Phase("both", 1, trainable=(*VIDEO, *AUDIO), losses=("in_batch",)),
    Phase("video", 1, trainable=VIDEO, losses=("in_batch",)),
    Phase("both", 1, trainable=(*AUDIO, *VIDEO), losses=("in_batch",)),
]


class Counting(CrossModalContrastive):
    """Counts how often its losses are computed in Python."""

    count = 0

    def compute_losses(self, batch, training):
        self.count += 1
        return super().compute_losses(batch, training)


def compiled():
    model = toy.model(Counting, bank=False, dropout=0.1)
    model.compile(keras.optimizers.Adam(1e-2))
    return model


def fit(model, *callbacks):
    curriculum = Curriculum(PHASES)
    model.fit(
        toy.dataset(),
        epochs=curriculum.epochs,
        callbacks=[curriculum, *callbacks],
        verbose=0,
    )


class Counts(keras.callbacks.Callback):
    """How often the losses were computed in each epoch."""

    def on_train_begin(self, logs=None):
        self.counts, self.before = [], self.model.count

    def on_epoch_end(self, epoch, logs=None):
        self.counts.append(self.model.count - self.before)
        self.before = self.model.count


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_a_phase_is_traced_once():
    kept, forgetful, counts = compiled(), compiled(), Counts()
    fit(kept, counts)
    forget = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: forgetful.steps.clear()
    )
    fit(forgetful, forget)
    expected = toy.state(forgetful)
    for name, value in toy.state(kept).items():
        np.testing.assert_array_equal(value, expected[name], name)
    if BACKEND == "torch":
        # Nothing is traced, and each of 4 batches computes.
        assert counts.counts == [4, 4, 4]
        return
    assert all(counts.counts[:2]) and counts.counts[2] == 0
    fit(kept, counts)
    assert counts.counts == [0, 0, 0]


def test_functions_are_those_of_what_is_trained():
    model = compiled()
    model.begin_phase(PHASES[0])
    model.make_train_function()
    first = model.train_function
    model.begin_phase(PHASES[1])
    second = model.train_function
    assert first is not None and second is not first
    model.begin_phase(PHASES[0])
    assert model.train_function is first
    # Other weights of the losses, or of what the user trains, are another step.
    model.set_loss_weights({"in_batch": 2.0})
    model.begin_phase(PHASES[1])
    assert model.train_function not in (first, second)
    model.set_loss_weights({})
    model.video_encoder.layers[0].trainable = False
    model.begin_phase(PHASES[0])
    assert model.train_function is not first


def test_what_the_user_freezes_is_another_step():
    model = compiled()
    model.begin_phase(PHASES[0])
    model.make_train_function()
    first = model.train_function
    model.begin_phase(PHASES[1])
    model.video_encoder.layers[0].trainable = False
    model.begin_phase(PHASES[0])
    assert model.train_function is not first


def test_another_fit_is_the_same_step():
    model = compiled()
    model.make_train_function()
    first = model.train_function
    model.make_train_function()
    assert model.train_function is first


def test_compiling_forgets_them():
    model = compiled()
    model.begin_phase(PHASES[0])
    model.make_train_function()
    first = model.train_function
    model.begin_phase(PHASES[1])
    model.compile(keras.optimizers.SGD(0.1))
    model.make_train_function()
    model.begin_phase(PHASES[0])
    assert model.train_function is not first


@pytest.mark.backend
def test_phases_of_other_losses_are_other_steps():
    model = toy.model()
    every = ("video_encoder", "video_head", "audio_encoder", "audio_head")
    phases = [
        Phase(name, 1, every, [name])
        for name in ("video_cross", "audio_cross", "video_cross")
    ]
    model.compile("sgd")
    logs = model.fit(
        toy.dataset(16), epochs=3, verbose=0, callbacks=[Curriculum(phases)]
    ).history
    for name, epochs in (
        ("video_cross", [1, 0, 1]),
        ("audio_cross", [0, 1, 0]),
    ):
        np.testing.assert_array_equal(np.isfinite(logs[name]), epochs)
