"""What all probes have from their base."""

import sys
import weakref

import numpy as np
import pytest

from keras_av.callbacks.encodings import encodings
from keras_av.callbacks.probe import Probe
from tests.callbacks import probing


class Counting(Probe):
    """Measures how often it has measured."""

    names = ("count",)
    count = 0

    def measure(self):
        self.count += 1
        return {"count": self.count}


def test_epochs_without_a_measurement_are_nan():
    probe, found = Counting(frequency=3), []
    for epoch in range(6):
        logs = {"loss": 1.0}
        probe.on_epoch_end(epoch, logs)
        assert logs.keys() == {"loss", "count"}
        found.append(logs["count"])
    np.testing.assert_array_equal(
        found, [np.nan, np.nan, 1] + [np.nan] * 2 + [2]
    )
    probe.on_epoch_end(8)
    assert probe.count == 2


def test_no_encodings_are_kept_while_a_model_trains():
    """Training needs the memory."""
    model, (batch,) = probing.compiled(), probing.batches()
    clips = [batch]
    kept = weakref.ref(encodings(model, clips, ["video"])["video"])
    assert kept() is not None
    probe = Counting()
    probe.set_model(model)
    probe.on_epoch_begin(1)
    assert kept() is None


def test_what_a_probe_must_define():
    for name in ("names", "measure"):
        with pytest.raises(NotImplementedError, match=f"must define {name}"):
            found = getattr(Probe(), name)
            found()
    with pytest.raises(ValueError, match="at least 1. Received: 0"):
        Counting(frequency=0)


@pytest.mark.parametrize("verbose, told", [(0, False), (2, True)])
def test_progress_is_shown_if_fit_is_not_silent(monkeypatch, verbose, told):
    module = sys.modules["keras_av.callbacks.encodings"]
    asked = []

    def encode_clips(models, clips, verbose):
        asked.append(verbose)
        return {"index": np.arange(1)}

    monkeypatch.setattr(module, "encode_clips", encode_clips)
    probe = Counting()
    probe.set_model(probing.compiled())
    probe.encode([], ["video"])
    probe.set_params({"verbose": verbose, "epochs": 1})
    probe.encode([0], ["video"])
    assert asked == [True, told]
