import numpy as np
import pytest

from keras_av.data.features.sequence_batch import batch_sequences


def video(length, first=0.0):
    return {"x": first + np.arange(2.0 * length).reshape(length, 2)}


def test_pads_as_the_original_does(vectors):
    golden = vectors("l2l_padding")
    videos = [
        {
            "image": golden["padded_image"][row, :length],
            "audio": golden["padded_audio"][row, :length],
        }
        for row, length in enumerate(golden["lengths"])
    ]
    batch = batch_sequences(videos, min_length=10)
    np.testing.assert_array_equal(batch["image"], golden["padded_image"])
    np.testing.assert_array_equal(batch["audio"], golden["padded_audio"])
    np.testing.assert_array_equal(batch["mask"], golden["mask"] == 1)
    assert batch["mask"].dtype == bool


@pytest.mark.parametrize("lengths", [(1, 2), (4, 9), (10, 3), (3,)])
def test_all_may_be_short(lengths):
    batch = batch_sequences([video(n) for n in lengths], min_length=10)
    assert batch["x"].shape == (len(lengths), 10, 2) and batch["mask"].all()
    for row, length in enumerate(lengths):
        np.testing.assert_array_equal(
            batch["x"][row, :length], video(length)["x"]
        )
        repeated = batch["x"][row, length:]
        assert (repeated == video(length)["x"][-1]).all()


def test_padding_is_zero_and_of_the_same_type():
    flags = [np.ones(2, bool), np.ones(5, bool)]
    batch = batch_sequences([{"flag": f} for f in flags], min_length=1)
    assert batch["flag"].dtype == bool
    assert batch["flag"].sum(axis=1).tolist() == [2, 5]
    np.testing.assert_array_equal(batch["flag"], batch["mask"])
