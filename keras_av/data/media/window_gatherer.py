"""Gather the frames and the sound of one clip from a stream."""

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_av.data.clip.clip_window import ClipWindow
from keras_av.data.clip.media_error import MediaError
from keras_av.data.media.nearest_frames import NearestFrames, check_gap
from keras_av.data.media.sound_slice import SoundCollector
from keras_av.ops.types import Array


class WindowGatherer:
    """Takes what is decoded, in order, and keeps what one clip needs.

    Args:
        window: The clip.
        sound: Collects its sound, or `None` if there is no sound track.
        crop: Makes the clip's picture of a frame.
    """

    def __init__(
        self,
        window: ClipWindow,
        sound: SoundCollector | None,
        crop: Callable[[Any, ClipWindow], Array],
    ) -> None:
        self.window = window
        self.sound = sound
        times, self._places = np.unique(window.times, return_inverse=True)
        self.picker = NearestFrames(times)
        self._crop = crop
        self._chosen: list[Array] = []
        sound_end = window.sound_start + window.sound_seconds
        self.end = float(max([*times, sound_end]))
        self.begin = float(min([*times, window.sound_start]))

    @property
    def done(self) -> bool:
        """Whether nothing is missing."""
        return self.picker.done and (self.sound is None or self.sound.done)

    def see(self, time: float, frame: Any) -> None:
        """Take the next frame."""
        for nearest in self.picker.offer(time, frame):
            self._chosen.append(self._crop(nearest, self.window))

    def finish(
        self, rate: float, num_bad_packets: int
    ) -> tuple[Array | None, SoundCollector | None]:
        """The frames and the sound; what is missing will not come any more.

        Args:
            rate: Frames a second; 0 if there is no picture.
            num_bad_packets: Number of undecodable packets met so far.

        Raises:
            MediaError: If frames are far from the time they stand for.
        """
        done = self.picker.done
        for frame in self.picker.finish():
            self._chosen.append(self._crop(frame, self.window))
        if not rate:
            return None, self.sound
        reason = "corrupt" if num_bad_packets else "truncated"
        if not self._chosen:
            raise MediaError(reason, "no frame of the clip decodes")
        if num_bad_packets or not done:
            check_gap(self.picker.largest_gap, rate, num_bad_packets)
        return np.stack([self._chosen[p] for p in self._places]), self.sound
