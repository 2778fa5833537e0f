import numpy as np
import pytest

from keras_av.evaluation.whole_videos import whole_videos

ROWS = np.repeat([4, 0, 7], [3, 1, 4])


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_batches_are_joined_to_videos(size):
    batches = (
        (ROWS[i : i + size], {"place": np.arange(8)[i : i + size]})
        for i in range(0, 8, size)
    )
    found = {row: one["place"].tolist() for row, one in whole_videos(batches)}
    assert list(found) == [4, 0, 7]
    assert found == {4: [0, 1, 2], 0: [3], 7: [4, 5, 6, 7]}


def test_a_video_is_given_as_soon_as_the_next_begins():
    def batches():
        yield ROWS[:4], {"place": np.arange(4)}
        raise AssertionError("one batch is enough")

    row, columns = next(iter(whole_videos(batches())))
    assert row == 4 and columns["place"].tolist() == [0, 1, 2]
    assert list(whole_videos([])) == []
