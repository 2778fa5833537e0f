"""What TensorBoard shows of clips."""

import importlib.util
import io
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_av.callbacks.probe import Probe
from keras_av.evaluation.embed_pairs import embed_encoded
from keras_av.methods.contrastive.two_tower import MODALITIES, TwoTower
from keras_av.ops.types import Array
from keras_av.report.evenly import evenly
from keras_av.report.middle_frames import middle_frames
from keras_av.report.retrieval_figure import retrieval_figure
from keras_av.report.write_projector import write_projector

_QUERIES, _RESULTS = 6, 5
_NO_CLASS = "none"


class TensorBoardClips(Probe):
    """Shows in TensorBoard what sounds find, those sounds, and the embeddings.

    Beside the curves of `keras.callbacks.TensorBoard` with the same `log_dir`:
    *Images* has sounds and the clips that they find, the right one with a
    green border, after every measurement; *Audio* has these sounds; and the
    *Projector* has the newest embeddings of both modalities, with a frame of
    each clip. Silent clips are left out. It needs
    `pip install "keras_av[tensorboard]"`.

    Args:
        log_dir: Path of the folder that TensorBoard reads.
        clips: Batches with `video`, `audio` and `index` of files that are not
            trained on, in the same order on every pass.
        class_names: Names of the classes, for `label` of the batches. Defaults
            to none.
        sampling_rate: Sampling rate of the sound in Hz. Defaults to 16000.
        frequency: Number of epochs between measurements. Defaults to 1.

    Raises:
        ValueError: If TensorBoard is not installed, or if the model that is
            trained is not a contrastive method.

    Examples:

    >>> import numpy as np, pathlib, tempfile
    >>> from keras_av.callbacks import TensorBoardClips
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> board = TensorBoardClips(folder, clips=[], frequency=5)
    >>> board.frequency
    5
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        clips: Iterable[dict[str, Any]],
        class_names: Sequence[str] = (),
        sampling_rate: int = 16000,
        frequency: int = 1,
    ):
        super().__init__(frequency)
        if importlib.util.find_spec("tensorboard") is None:
            raise ValueError(
                "TensorBoardClips needs TensorBoard, which is not installed: "
                'pip install "keras_av[tensorboard]"'
            )
        self.log_dir = pathlib.Path(log_dir)
        self.clips = clips
        self.class_names = class_names
        self.sampling_rate = sampling_rate
        self._heard = False

    def set_model(self, model: keras.Model) -> None:
        fits = isinstance(model, TwoTower) and model.modalities == MODALITIES
        if not fits:
            raise ValueError(
                "TensorBoardClips shows what sounds and frames find, so it "
                "expects a contrastive method with a video and an audio "
                f"encoder. Received: {type(model).__name__}"
            )
        super().set_model(model)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if (epoch + 1) % self.frequency == 0:
            self._write(epoch)

    def _write(self, epoch: int) -> None:
        encoded = self.encode(self.clips, MODALITIES)
        found = embed_encoded(self.model, encoded)
        frames, sounds = middle_frames(self.clips, found["index"])
        figure = retrieval_figure(found, frames, sounds, _QUERIES, _RESULTS)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=100)
        folder = self.log_dir / "clips"
        writer = tf.summary.create_file_writer(str(folder))
        with writer.as_default(epoch):
            tf.summary.image(
                "audio_to_video", tf.io.decode_png(picture.getvalue())[None]
            )
            if not self._heard:
                self._write_sounds(sounds)
        writer.close()
        write_projector(
            found, frames, self._classes(encoded, found["index"]), folder
        )

    def _write_sounds(self, sounds: Sequence[Array]) -> None:
        """Write the sounds of the pictures, which stay the same."""
        heard = [sounds[k] for k in evenly(len(sounds), _QUERIES)]
        tf.summary.audio(
            "sounds",
            np.clip(heard, -1, 1).astype("float32")[..., None],
            self.sampling_rate,
            max_outputs=_QUERIES,
        )
        self._heard = True

    def _classes(
        self, encoded: dict[str | None, Array], index: Array
    ) -> list[str]:
        """Name of the class of each clip that is shown."""
        names = [_NO_CLASS] * len(index)
        if "label" in encoded and len(self.class_names):
            labels = dict(zip(encoded["index"].tolist(), encoded["label"]))
            for place, number in enumerate(index.tolist()):
                if labels[number] >= 0:
                    names[place] = self.class_names[labels[number]]
        return names
