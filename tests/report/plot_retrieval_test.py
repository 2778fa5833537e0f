import keras
import numpy as np
import pytest

from keras_av.report import plot_retrieval


@pytest.mark.parametrize("num_clips, rows, columns", [(12, 6, 7), (3, 3, 5)])
@pytest.mark.slow_on_tensorflow
def test_draws_queries_and_what_they_find(tmp_path, num_clips, rows, columns):
    rng = np.random.default_rng(0)
    batch = {
        "video": rng.integers(0, 150, (num_clips, 3, 8, 8, 3), "uint8"),
        "audio": rng.standard_normal((num_clips, 4096)).astype("float32"),
        "index": np.arange(num_clips),
    }
    # The clips of the file in another order than the embeddings.
    order = rng.permutation(num_clips)
    embeddings = {
        "video": np.eye(num_clips, 12)[order],
        "audio": np.eye(num_clips, 12)[order],
        "index": order,
    }
    path = tmp_path / "retrieval.png"
    plot_retrieval(embeddings, [batch], path)
    picture = keras.utils.img_to_array(keras.utils.load_img(path))
    assert picture.shape == (150 * rows, 150 * columns, 3)
    green = (picture[..., 1] > 200) & (picture[..., 0] < 80)
    # The right one comes first in every row, and nowhere else.
    assert green[:, 300:450].any() and not green[:, 450:].any()
