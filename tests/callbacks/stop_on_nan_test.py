import numpy as np
import pytest

from keras_av.callbacks import StopOnNaN
from tests.callbacks import probing
from tests.training import toy


def test_a_loss_that_is_no_number_names_its_clips():
    data = toy.clips()
    data["video"][13] = np.nan
    clips = toy.dataset(**data)
    stop = StopOnNaN(clips)
    with pytest.raises(FloatingPointError, match=r"batch 1.*\[8, 9, 10, 11"):
        probing.compiled(bank=False).fit(
            clips, epochs=2, callbacks=[stop], verbose=0
        )


def test_the_epoch_is_read_again():
    told = []
    clips = toy.dataset()
    clips.set_epoch = told.append
    stop = StopOnNaN(clips)
    stop.on_epoch_begin(4)
    stop.on_train_batch_end(0, {"loss": 1.0})
    assert not told
    with pytest.raises(FloatingPointError, match="epoch 4, batch 2"):
        stop.on_train_batch_end(2, {"loss": float("inf")})
    assert told == [4]
