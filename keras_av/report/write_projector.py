"""Files of TensorBoard's embedding projector."""

import os
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from keras_av.ops.types import Array
from keras_av.ops.write_whole import write_whole
from keras_av.report.evenly import evenly

# Points of a modality, and the side of the picture of each, in pixels: the
# projector takes one image of at most 8192 x 8192 pixels.
_MOST, _SIDE = 2000, 48


def write_projector(
    embeddings: Mapping[str, Array],
    frames: Sequence[Array],
    classes: Sequence[str],
    folder: str | os.PathLike[str],
) -> None:
    """Write embeddings of both modalities for TensorBoard's projector.

    Every clip is two points, its video and its sound, with its frame as their
    picture. Of more than 2,000 clips so many are taken, spread evenly. Files
    of an earlier call are replaced.

    Args:
        embeddings: Unit vectors `video` and `audio`, `(num_clips, dim)`, and
            the `index` of their clips, `(num_clips,)`.
        frames: A frame of each clip, `(height, width, 3)`, from 0 to 255.
        classes: Name of the class of each clip.
        folder: Folder that exists, below the `log_dir` of TensorBoard.

    Examples:

    >>> import numpy as np, pathlib, tempfile
    >>> from keras_av.report.write_projector import write_projector
    >>> pairs = {"video": np.eye(2), "audio": np.eye(2), "index": [4, 7]}
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> write_projector(pairs, np.zeros((2, 8, 8, 3)), ["dog", "bell"], folder)
    >>> print((folder / "metadata.tsv").read_text(), end="")
    modality    class   clip
    video       dog     4
    video       bell    7
    audio       dog     4
    audio       bell    7
    """
    # It is heavy, and of an extra.
    from tensorboard.plugins import projector

    kept = evenly(len(frames), _MOST)
    rows, points = ["modality\tclass\tclip"], []
    for modality in ("video", "audio"):
        points.append(np.asarray(embeddings[modality])[kept])
        rows += [
            f"{modality}\t{' '.join(classes[k].split())}\t"
            f"{embeddings['index'][k]}"
            for k in kept
        ]
    folder = pathlib.Path(folder)
    with write_whole(folder / "tensors.tsv") as aside:
        np.savetxt(aside, np.concatenate(points), "%.6g", "\t")
    with write_whole(folder / "metadata.tsv") as aside:
        aside.write_text("\n".join(rows) + "\n", "utf-8")
    with write_whole(folder / "frames.png") as aside:
        _mosaic([frames[k] for k in kept] * 2).save(aside, "PNG")
    config = projector.ProjectorConfig()
    entry = config.embeddings.add()
    entry.tensor_name = "clips"
    entry.tensor_path = "tensors.tsv"
    entry.metadata_path = "metadata.tsv"
    entry.sprite.image_path = "frames.png"
    entry.sprite.single_image_dim.extend([_SIDE, _SIDE])
    projector.visualize_embeddings(str(folder), config)


def _mosaic(frames: Sequence[Array]) -> Image.Image:
    """Small frames in a square, from left to right and from the top."""
    side = int(np.ceil(np.sqrt(len(frames))))
    square = Image.new("RGB", (side * _SIDE, side * _SIDE))
    for number, frame in enumerate(frames):
        pixels = np.clip(frame, 0, 255).astype("uint8")
        small = Image.fromarray(pixels).resize((_SIDE, _SIDE))
        row, column = divmod(number, side)
        square.paste(small, (column * _SIDE, row * _SIDE))
    return square
