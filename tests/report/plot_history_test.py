import keras
import numpy as np

from keras_av.report import plot_history


def test_draws_what_was_measured(tmp_path):
    history = {
        "loss": np.linspace(3, 1, 8),
        "knn": [np.nan, 0.2, np.nan, 0.4, np.nan, np.nan, np.nan, 0.5],
        "off": [np.nan] * 8,
        "phase": [0, 0, 0, 1, 1, 1, 2, 2],
    }
    panels = {"Loss": ["loss", "off", "unknown"], "Probe": ["knn"]}
    path = tmp_path / "curves.png"
    plot_history(history, path, panels, ["I-a", "I-b", "II-a"])
    picture = keras.utils.img_to_array(keras.utils.load_img(path))
    assert picture.shape == (360, 1000, 3)
    assert picture[:, :500].std() > 5 and picture[:, 500:].std() > 5
