import keras
import numpy as np
import pytest

from keras_av.methods import CrossModalContrastive
from tests import harness
from tests.training import small, toy

SILENT = np.zeros(toy.NUM_CLIPS, bool)
NO_LABEL = np.full(toy.NUM_CLIPS, -1, "int32")
ONE_BAD = np.where(np.arange(toy.NUM_CLIPS) == 1, 8, toy.clips()["label"])
FAR_ROW = np.where(np.arange(toy.NUM_CLIPS) == 1, 40, np.arange(toy.NUM_CLIPS))


class Seen(keras.callbacks.Callback):
    """The last batch and epoch that other callbacks were told of."""

    batch = epoch = None

    def on_train_batch_end(self, batch, logs=None):
        self.batch = batch

    def on_epoch_end(self, epoch, logs=None):
        self.epoch = epoch


def told(model, message, **arrays):
    """Train on batches of which nothing is known before; see when it ends."""
    model.compile("sgd", **harness.ONE_STEP)
    seen = Seen()
    with pytest.raises(ValueError, match=message):
        data = small.batches(**arrays)
        model.fit(data, epochs=2, verbose=0, callbacks=[seen])
    # Nobody logs or saves this epoch.
    assert seen.epoch is None
    return seen.batch


@pytest.mark.backend
@pytest.mark.parametrize(
    "make",
    [
        small.supervised,
        pytest.param(small.compositional_contrastive, marks=pytest.mark.slow),
        pytest.param(small.hint_distillation, marks=pytest.mark.slow),
        pytest.param(small.skimming, marks=pytest.mark.slow),
    ],
)
def test_a_label_beyond_the_classes_is_told_after_the_first_batch(make):
    message = "num_classes=.*, but 1 clips of epoch 0 have a number `label`"
    assert told(make(), message, label=ONE_BAD) is None


@pytest.mark.parametrize("batch, told_after", [(1, 0), (2, 2)])
def test_later_labels_are_told_within_the_epoch(batch, told_after):
    """After batches 1, 2 and 4 of 4."""
    bad = np.where(np.arange(toy.NUM_CLIPS) // 8 == batch, 8, ONE_BAD % 8)
    message = "but 8 clips of epoch 0 have a number `label`"
    assert told(small.supervised(), message, label=bad) == told_after


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_a_row_that_a_bank_lacks_is_told_after_the_first_batch():
    model = toy.model()
    before = keras.ops.convert_to_numpy(model.video_bank.rows)
    message = "num_rows=32, but 1 clips of epoch 0 have a number `index`"
    assert told(model, message, index=FAR_ROW.astype("int32")) is None
    after = keras.ops.convert_to_numpy(model.video_bank.rows)
    np.testing.assert_array_equal(before, after)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_an_epoch_without_sound_is_told():
    model = toy.model(bank=False)
    assert told(model, "none of 32 clips has sound", has_audio=SILENT) == 3


def test_an_epoch_without_labels_is_told():
    message = "none of 32 clips has a `label`"
    assert told(small.supervised(), message, label=NO_LABEL) == 3


@pytest.mark.slow_on_tensorflow
def test_an_epoch_of_weight_zero_is_told():
    weight = {"sample_weight": np.zeros(toy.NUM_CLIPS, "float32")}
    assert told(toy.model(), "all 32 clips have weight 0", **weight) == 3


@pytest.mark.slow_on_tensorflow
def test_it_counts_before_validation():
    model = toy.model(bank=False)
    model.compile("sgd", **harness.ONE_STEP)
    with pytest.raises(ValueError, match="none of 32 clips has sound"):
        model.fit(
            toy.dataset(has_audio=SILENT),
            verbose=0,
            validation_data=toy.dataset(),
        )
    # One batch with something in it will do, in every epoch.
    heard = np.arange(toy.NUM_CLIPS) < 8
    model.fit(toy.dataset(has_audio=heard), epochs=2, verbose=0)
    assert set(model.history.history) == {"loss", "in_batch"}


def test_losses_that_are_off_need_nothing():
    model = toy.model(loss_weights={"video_uni": 1.0})
    model.compile("sgd", **harness.ONE_STEP)
    model.fit(toy.dataset(has_audio=SILENT), verbose=0)


def test_the_tally_is_in_no_file(tmp_path):
    model = toy.model(CrossModalContrastive)
    assert model.watch.tally in model.metrics
    assert not any("tally" in v.path for v in model.variables)
