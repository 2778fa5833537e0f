"""Clips with what is said in them."""

from collections.abc import Callable
from typing import cast

import numpy as np
import tensorflow as tf

from keras_av.data.clip.clip_window import ClipWindow, Extent, place_window
from keras_av.data.plumbing.in_graph import in_graph
from keras_av.data.readers.clip_loader import ClipLoader
from keras_av.data.readers.file_clips import FileClips
from keras_av.data.readers.prepared_clips import PreparedClips
from keras_av.data.readers.reading import Reading
from keras_av.data.readers.served_clips import ServedClips
from keras_av.data.transcripts.transcripts import Transcripts
from keras_av.ops.types import Array, Tensor


class SpokenClips:
    """Adds to the clips of a reader what is said in them.

    Args:
        reading: The files, the clips wanted of them, and what is said in them.
        reader: Reads the clips.
        loader: Knows how long the files are.
    """

    def __init__(
        self,
        reading: Reading,
        reader: FileClips | PreparedClips | ServedClips,
        loader: ClipLoader,
    ) -> None:
        self._reading = reading
        self._reader = reader
        self._loader = loader
        self._transcripts = cast(Transcripts, reading.transcripts)

    def elements(
        self,
        run: Tensor,
        epoch: Tensor,
        positions: tf.data.Dataset,
        num_workers: int,
    ) -> tf.data.Dataset:
        """Clips, their positions, and whether each could be read."""

        def listen(
            element: dict[str, Tensor], position: Tensor, ok: Tensor
        ) -> tuple[dict[str, Tensor], Tensor, Tensor]:
            text, has_text = in_graph(
                self._say,
                [epoch, position, element["index"], ok],
                [tf.string, tf.bool],
            )
            said = {
                "text": tf.ensure_shape(text, []),
                "has_text": tf.ensure_shape(has_text, []),
            }
            return {**element, **said}, position, ok

        elements = self._reader.elements(run, epoch, positions, num_workers)
        return elements.map(
            listen, num_parallel_calls=num_workers, deterministic=True
        )

    def _say(
        self, epoch: Array, position: Array, index: Array, ok: Array
    ) -> tuple[bytes, np.bool_]:
        """What is said in a clip; it is counted if that is nothing."""
        row = int(index)
        if not ok:
            return b"", np.bool_(False)
        choice = self._reading.order.choice(int(epoch), int(position))
        extent = self._loader.extent(row)
        window = place_window(self._reading.spec, extent, choice)
        path = str(self._reading.manifest.path[row])
        times = self._times(window, extent)
        said = list(self._transcripts.spoken(path, *times).values())
        if not said:
            self._reading.report.add_fault(path, "no_transcript")
            return b"", np.bool_(False)
        # In training any of the languages, otherwise the preferred one.
        number = 0 if choice.jitter is None else int(choice.jitter * len(said))
        return said[number].encode(), np.bool_(True)

    def _times(self, window: ClipWindow, extent: Extent) -> tuple[float, float]:
        """From when to when the sound of a clip is, or else its frames."""
        spec = self._reading.spec
        if spec.num_samples:
            seconds = min(spec.audio_seconds, extent.end)
            return window.sound_start, window.sound_start + seconds
        start = float(window.times[0])
        return start, start + spec.span(extent.rate)


def check_text(
    engine: str | None,
    transcripts: Transcripts | None,
    tokenizer: Callable[[Tensor], Tensor] | None,
) -> None:
    """Refuse options of text that do not go together.

    Raises:
        ValueError: If there are no transcripts for a tokenizer, or there are,
            and an engine.
    """
    if transcripts is None and tokenizer is not None:
        raise ValueError(
            "tokenizer is for the words of transcripts. Received: "
            "transcripts=None. Pass transcripts=Transcripts.beside(files)."
        )
    if transcripts is not None and engine is not None:
        raise ValueError(
            f"engine={engine!r} reads clips without transcripts. Leave engine "
            "or transcripts out."
        )
