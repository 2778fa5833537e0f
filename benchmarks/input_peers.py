"""The clips of `input.py`, read by torchcodec and by decord for PyTorch.

Each is what its documentation advises: a `torch.utils.data.Dataset` that reads
one clip of one file, in a `DataLoader` with processes. A peer that is not
installed, or does not load, is named with the reason.
"""

import functools
from collections.abc import Callable, Iterator

from keras_av.data import ClipSpec, Manifest

# The scaled frames of which the crop is taken.
_SCALED = 8 / 7


def rows(
    manifest: Manifest, spec: ClipSpec, batch_size: int, num_workers: int
) -> Iterator[tuple[str, Callable[[], int]]]:
    """Name and action of each peer that is there."""
    for name, make in (("torchcodec", _torchcodec), ("decord", _decord)):
        try:
            read = make(spec)
        except (ImportError, OSError, RuntimeError) as error:
            print(f"{name} is left out: {str(error).splitlines()[0]}")
            continue
        title = f"{name}, DataLoader, {num_workers} processes"
        yield (
            title,
            functools.partial(_count, manifest, read, batch_size, num_workers),
        )


class _Clips:
    """What a `DataLoader` asks for clips."""

    def __init__(self, manifest: Manifest, read: Callable) -> None:
        self._manifest = manifest
        self._read = read

    def __len__(self) -> int:
        return len(self._manifest)

    def __getitem__(self, index: int) -> tuple:
        import torch

        share = float(torch.rand([]))
        return self._read(self._manifest.full_path(index), share)


def _count(
    manifest: Manifest, read: Callable, batch_size: int, num_workers: int
) -> int:
    import torch

    loader = torch.utils.data.DataLoader(
        _Clips(manifest, read), batch_size, num_workers=num_workers
    )
    return sum(len(video) for video, _ in loader)


def _torchcodec(spec: ClipSpec) -> Callable:
    import torch
    from torchcodec.decoders import AudioDecoder, VideoDecoder

    def read(path: str, share: float) -> tuple:
        decoder = VideoDecoder(path, num_ffmpeg_threads=1)
        numbers, start = _frames(
            spec, len(decoder), decoder.metadata.average_fps, share
        )
        frames = decoder.get_frames_in_range(
            numbers[0], numbers[-1] + 1, spec.frame_stride
        ).data
        video = _crop(_scale(frames, spec), spec, share)
        try:
            sound = AudioDecoder(
                path, sample_rate=spec.sampling_rate, num_channels=1
            )
        except ValueError:
            return video, torch.zeros(spec.num_samples)
        wave = sound.get_samples_played_in_range(
            start, start + spec.audio_seconds
        ).data[0]
        return video, _fill(wave, spec)

    return read


def _decord(spec: ClipSpec) -> Callable:
    import decord
    import torch

    def read(path: str, share: float) -> tuple:
        reader = decord.VideoReader(path, num_threads=1)
        numbers, start = _frames(spec, len(reader), reader.get_avg_fps(), share)
        frames = torch.from_numpy(reader.get_batch(numbers).asnumpy())
        video = _crop(_scale(frames.permute(0, 3, 1, 2), spec), spec, share)
        try:
            sound = decord.AudioReader(
                path, sample_rate=spec.sampling_rate, mono=True
            )
        except decord.DECORDError:
            return video, torch.zeros(spec.num_samples)
        first = round(start * spec.sampling_rate)
        last = min(first + spec.num_samples, sound.shape[1])
        wave = sound[min(first, last - 1) : last].asnumpy()[0]
        return video, _fill(torch.from_numpy(wave), spec)

    return read


def _frames(
    spec: ClipSpec, count: int, rate: float, share: float
) -> tuple[list[int], float]:
    """Numbers of the frames, and the time of the first one."""
    span = (spec.num_frames - 1) * spec.frame_stride + 1
    first = int(share * max(count - span, 0))
    numbers = range(first, min(first + span, count), spec.frame_stride)
    return list(numbers), first / rate


def _scale(frames, spec: ClipSpec):
    """Frames whose shorter side has the size of a file of `clips`."""
    import torch

    size = round(_SCALED * spec.size)
    height, width = frames.shape[2:]
    ratio = size / min(height, width)
    scaled = torch.nn.functional.interpolate(
        frames,
        (round(height * ratio), round(width * ratio)),
        mode="bilinear",
        antialias=True,
    )
    return scaled


def _crop(frames, spec: ClipSpec, share: float):
    """A crop, its last frame repeated until there are enough."""
    import torch

    size = spec.size
    top = int(share * (frames.shape[2] - size))
    left = int(share * (frames.shape[3] - size))
    frames = frames[:, :, top : top + size, left : left + size]
    missing = spec.num_frames - len(frames)
    if missing:
        frames = torch.cat([frames, frames[-1:].expand(missing, -1, -1, -1)])
    return frames.contiguous()


def _fill(wave, spec: ClipSpec):
    """A waveform of the right length."""
    import torch

    missing = spec.num_samples - len(wave)
    return torch.nn.functional.pad(wave, (0, missing))
