"""What the tests of all probes share."""

import inspect

import keras
import numpy as np

from tests.harness import ONE_STEP
from tests.training import toy


def batches(seed=0, **fields):
    return [{**toy.clips(seed), **fields}]


def compiled(**kwargs):
    model = toy.model(**kwargs)
    model.compile(optimizer="adam", **ONE_STEP)
    return model


def measure(probe, model=None):
    probe.set_model(model or compiled())
    return probe.measure()


def check_logs_and_leaves_the_model(tmp_path, probe):
    """Logged every second epoch, under its names, without any trace."""
    options = inspect.signature(type(probe)).parameters
    assert options["frequency"].default == 1
    model = compiled(dropout=0.5)
    before = toy.state(model)
    assert measure(probe, model) == measure(probe, model)
    for name, value in toy.state(model).items():
        np.testing.assert_array_equal(before[name], value)
    csv = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    history = model.fit(
        toy.dataset(), epochs=2, callbacks=[probe, csv], verbose=0
    ).history
    log = np.genfromtxt(tmp_path / "log.csv", delimiter=",", names=True)
    for name in probe.names:
        assert np.isfinite(history[name]).tolist() == [False, True], name
        np.testing.assert_allclose(log[name], history[name], rtol=1e-6)
    return history


def constant_embeddings(embeddings):
    """A model that gives these embeddings for both modalities."""
    model = compiled()
    for modality in ("video", "audio"):
        head = keras.layers.Lambda(lambda features: embeddings)
        setattr(model, f"{modality}_head", head)
    return model
