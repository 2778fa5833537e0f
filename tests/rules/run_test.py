"""One run of fit."""

import keras
import numpy as np
import pytest

from keras_av import rules
from keras_av.callbacks import Backup
from keras_av.methods import Supervised
from keras_av.report import read_log
from keras_av.rules import generated_dataset
from keras_av.rules.run import check_batch_size


def test_a_batch_must_be_in_the_set():
    dataset = generated_dataset(num_train=8)
    check_batch_size(8, dataset)
    for size in (0, 9):
        with pytest.raises(ValueError, match="batch_size must be from 1"):
            check_batch_size(size, dataset)


@pytest.mark.slow_on_tensorflow
def test_what_a_run_leaves(classifier):
    assert len(read_log(classifier.folder / "log.csv")["loss"]) == 1
    assert not (classifier.folder / "backup").exists()


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("epoch", [0, 1])
def test_each_epoch_is_logged_once(
    tmp_path, monkeypatch, dataset, clips, epoch
):
    """Though a run is killed after the row of an epoch, before its backup."""

    def fit(name):
        keras.utils.set_random_seed(0)
        network = keras.Sequential(
            [
                keras.Input((4, 32, 32, 3)),
                keras.layers.Rescaling(1 / 255),
                keras.layers.Flatten(),
                keras.layers.Dense(8),
            ]
        )
        (tmp_path / name).mkdir(exist_ok=True)
        options = dict(optimizer=rules.sgd(), epochs=3, batch_size=4)
        run = rules.Run(dataset, clips, 0, tmp_path / name, **options)
        run.fit(Supervised(network))
        return (tmp_path / name / "log.csv").read_bytes()

    whole = fit("whole")
    with monkeypatch.context() as patch:
        save = Backup._save

        def die(self, number, position=None):
            if number == epoch + 1:
                (self.directory / "aside").mkdir(parents=True)
                raise KeyboardInterrupt
            save(self, number, position)

        patch.setattr(Backup, "_save", die)
        with pytest.raises(KeyboardInterrupt):
            fit("killed")
    log = tmp_path / "killed" / "log.csv"
    assert len(read_log(log)["epoch"]) == epoch + 1
    assert fit("killed") == whole
    np.testing.assert_array_equal(read_log(log)["epoch"], [0, 1, 2])
