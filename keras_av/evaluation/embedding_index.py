"""Embeddings of files, to search in."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Self

import keras
import numpy as np

from keras_av.evaluation.embed_pairs import encode_towers, project
from keras_av.evaluation.encode_clips import Batches
from keras_av.methods.contrastive.two_tower import MODALITIES, TwoTower
from keras_av.metrics import nearest_rows
from keras_av.ops.types import Array
from keras_av.ops.write_whole import write_whole


@dataclasses.dataclass(frozen=True)
class EmbeddingIndex:
    """What the frames and the sounds of files are like, to search in.

    Frames and sounds share one space, so that a sound finds frames, and frames
    find sounds, by the cosine of their embeddings.

    Args:
        path: Paths of the files, `(num_files,)`.
        video: Unit vectors of the frames, `(num_files, dim)`.
        audio: Unit vectors of the sounds, `(num_files, dim)`; zeros where there
            is no sound.

    Examples:

    >>> import numpy as np
    >>> from keras_av.evaluation import EmbeddingIndex
    >>> index = EmbeddingIndex(np.array(["a.mp4", "b.mp4"]), np.eye(2),
    ...                        np.array([[0.0, 1.0], [0.0, 0.0]]))
    >>> index.search(np.array([0.6, 0.8]), "video", k=1)
    [('b.mp4', 0.8)]
    >>> index.search(np.array([0.6, 0.8]), "audio", k=2)
    [('a.mp4', 0.8)]
    """

    path: Array
    video: Array
    audio: Array

    @classmethod
    def from_clips(
        cls, model: TwoTower, dataset: Batches, path: Sequence[str] | Array
    ) -> Self:
        """Embed one clip of each file.

        Args:
            model: A method of `keras_av.methods` with a video and an audio
                tower.
            dataset: Batches with `video`, `audio` and `index`, and `has_audio`
                if some have no sound. Files that give no clip are left out.
            path: Path of the file of each index.

        Raises:
            ValueError: If a batch has a missing key, or there are no clips.
        """
        encoded = encode_towers(model, dataset)
        if not encoded:
            raise ValueError("Received no clips. Expected at least one.")
        found = project(model, encoded)
        heard = encoded["has_audio"].astype(bool)[:, np.newaxis]
        return cls(
            np.asarray(path)[encoded["index"]],
            found["video"],
            np.where(heard, found["audio"], 0.0),
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote.

        Args:
            path: Path of the file.

        Raises:
            ValueError: If it is something else.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in ("path", *MODALITIES)}
        except (OSError, KeyError, ValueError, EOFError) as error:
            raise ValueError(
                f"{os.fspath(path)!r} holds no embeddings of files: {error}"
            ) from error
        return cls(**arrays)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the embeddings as an `.npz` file, whole or not at all.

        Args:
            path: Path of the file.
        """
        with write_whole(path) as aside, open(aside, "wb") as file:
            np.savez(file, **dataclasses.asdict(self))

    def search(
        self, query: Array, modality: str, k: int = 10
    ) -> list[tuple[str, float]]:
        """The files that are nearest to an embedding.

        Args:
            query: Embedding, `(dim,)`, as returned by `embed`.
            modality: What to compare it with, `"video"` or `"audio"`.
            k: Number of files. Defaults to 10.

        Returns:
            Paths and cosines, the highest first.
        """
        rows = getattr(self, modality)
        known = np.flatnonzero(np.any(rows, axis=-1))
        if not len(known):
            return []
        found, cosines = nearest_rows(query[np.newaxis], rows[known], k)
        return [
            (str(self.path[known[row]]), round(float(cosine), 6))
            for row, cosine in zip(found[0], cosines[0])
        ]


def embed(model: TwoTower, clip: Array, modality: str) -> Array:
    """The embedding of one clip.

    Args:
        model: A method of `keras_av.methods` with a video and an audio tower.
        clip: Frames or samples, as its encoder takes them, without the batch.
        modality: `"video"` or `"audio"`.

    Returns:
        Unit vector, `(dim,)`.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.evaluation import embed
    >>> from keras_av.methods import CrossModalContrastive
    >>> towers = [keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    ...           for _ in range(2)]
    >>> embed(CrossModalContrastive(*towers), np.ones(4), "audio").shape
    (128,)
    """
    found = model({modality: clip[np.newaxis]}, training=False)
    return keras.ops.convert_to_numpy(found[modality])[0]
