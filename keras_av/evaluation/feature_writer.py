"""The features of some videos, by a saved model."""

import functools
import os
import pathlib
from collections.abc import Iterable

import keras

from keras_av.evaluation.encode_clips import Batches
from keras_av.evaluation.write_features import write_videos


class FeatureWriter:
    """Encodes clips as `write_features` does, by a model that it loads.

    `keras_av.data.encode_files` sends it to other processes and machines.

    Args:
        model: Path of the model, a `.keras` file, from batches to one array
            `(batch, dim)` or a dict of them.
        name: Name of the array if the model returns only one. Defaults to
            `"features"`.

    Call arguments:
        dataset: Dicts of arrays with `index` and `position`, in which the
            clips of a video are consecutive.
        folder: Folder for the files, which others may write, too.
        done: Rows of the videos that are left out.

    Returns:
        The rows of the videos that were written.

    Examples:

    >>> import keras, numpy as np, pathlib, tempfile
    >>> from keras_av.evaluation import FeatureWriter
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> video = keras.Input((1, 4, 4, 3), name="video")
    >>> mean = keras.layers.GlobalAveragePooling3D()(video)
    >>> keras.Model({"video": video}, mean).save(folder / "mean.keras")
    >>> batch = {"video": np.ones((3, 1, 4, 4, 3), "float32"),
    ...          "index": np.array([0, 0, 1]), "position": np.array([0, 1, 0])}
    >>> write = FeatureWriter(folder / "mean.keras")
    >>> write([batch], folder, done=[1])
    [0]
    """

    def __init__(self, model: str | os.PathLike[str], name: str = "features"):
        # Others may run in another folder.
        self.model = os.path.abspath(model)
        self.name = name

    def __call__(
        self,
        dataset: Batches,
        folder: str | os.PathLike[str],
        done: Iterable[int] = (),
    ) -> list[int]:
        network = _load(self.model)
        path = pathlib.Path(folder)
        return write_videos(network, dataset, path, self.name, done)


@functools.lru_cache(maxsize=1)
def _load(path: str) -> keras.Model:
    """The model, once in a process."""
    return keras.saving.load_model(path, compile=False)
