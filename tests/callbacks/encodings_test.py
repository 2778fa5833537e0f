"""Clips that probes share are encoded once."""

import numpy as np
import pytest

from keras_av.callbacks import (
    CollapseMonitor,
    KNNProbe,
    LinearProbe,
    RetrievalProbe,
    measure,
)
from keras_av.callbacks.encodings import encodings, forget
from tests.callbacks import probing
from tests.training import toy


@pytest.fixture
def model():
    """A model that counts the clips which its encoders get to see."""
    model = probing.compiled(dropout=0.3)
    model.encoded = {"video": 0, "audio": 0}
    for modality in model.encoded:
        encoder = getattr(model, f"{modality}_encoder")
        predict = encoder.predict

        def count(inputs, modality=modality, predict=predict, **options):
            model.encoded[modality] += len(inputs)
            return predict(inputs, **options)

        encoder.predict = count
    return model


def probes(**options):
    train, test = probing.batches(), probing.batches(1)
    return [
        LinearProbe(train, test, **options),
        RetrievalProbe(test, **options),
        KNNProbe(train, test, "audio", **options),
        CollapseMonitor(test, **options),
        KNNProbe(train, test, **options),
    ]


ONCE = {"video": 2 * toy.NUM_CLIPS, "audio": 2 * toy.NUM_CLIPS}


def test_measure_encodes_once(model):
    found, _ = measure(model, probes())
    assert model.encoded == ONCE
    for probe in probes():
        # Another dataset, though of the same clips.
        alone = probing.measure(probe, model)
        for name in alone.keys() & found.keys():
            assert alone[name] == found[name], name


@pytest.mark.slow_on_tensorflow
def test_an_epoch_encodes_once(model):
    model.fit(toy.dataset(), epochs=4, callbacks=probes(frequency=2), verbose=0)
    assert model.encoded == {m: 2 * count for m, count in ONCE.items()}


def test_other_weights_encode_again(model):
    (probe, *_) = probes()
    before = probing.measure(probe, model)
    model.audio_encoder.set_weights(
        [weight + 1 for weight in model.audio_encoder.get_weights()]
    )
    assert probing.measure(probe, model) == before
    assert model.encoded["video"] == ONCE["video"]
    statistics = model.video_encoder.layers[1].moving_variance
    statistics.assign(np.linspace(1, 50, 16))
    probing.measure(probe, model)
    assert model.encoded["video"] == 2 * ONCE["video"]
    forget(model)
    probing.measure(probe, model)
    assert model.encoded["video"] == 3 * ONCE["video"]


def test_rows_in_another_order_are_not_mixed(model):
    class Turning:
        """A dataset that comes in another order at each pass."""

        order = np.arange(toy.NUM_CLIPS)

        def __iter__(self):
            self.order = np.roll(self.order, 1)
            yield {name: x[self.order] for name, x in toy.clips().items()}

    clips = Turning()
    encodings(model, clips, ["video"])
    found = encodings(model, clips, ["video", "audio"])
    for modality in ("video", "audio"):
        encoder = getattr(model, f"{modality}_encoder")
        expected = encoder.predict(toy.clips()[modality], verbose=0)
        np.testing.assert_allclose(
            found[modality], expected[found["index"]], atol=1e-5
        )
