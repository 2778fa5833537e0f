import numpy as np
import pytest

from keras_av.data import ClipChoice, ClipSpec, read_clip
from keras_av.data.media.memory_source import MemorySource
from keras_av.data.media.read_clip import cut_clip, open_source

SPECS = (
    ClipSpec(num_frames=8, size=64),
    ClipSpec(num_frames=5, frame_stride=1, fps=10, size=48, audio_seconds=2.0),
    ClipSpec(num_frames=0, audio_seconds=0.7),
    ClipSpec(num_frames=4, audio_seconds=0),
)


def in_memory(path, spec):
    with open_source(path, spec) as source:
        times, frames, sound = source.read_all()
        return MemorySource(source.extent, times, frames, sound, 0)


def same_clips(path, spec, sound_tolerance=1e-6):
    memory = in_memory(path, spec)
    for time in (0.0, 0.37, 1.0):
        choice = ClipChoice(time, 0.2, 0.9, flip=True)
        from_file = read_clip(path, spec, choice)
        from_memory = cut_clip(memory, spec, choice)
        np.testing.assert_array_equal(from_memory.video, from_file.video)
        np.testing.assert_allclose(
            from_memory.audio, from_file.audio, atol=sound_tolerance
        )
        assert from_memory.has_audio == from_file.has_audio


@pytest.mark.parametrize("spec", SPECS)
def test_gives_the_clips_of_the_file(generated, spec):
    for index in range(0, len(generated), 5):
        same_clips(generated.full_path(index), spec)


@pytest.mark.parametrize("spec", SPECS[:2])
@pytest.mark.parametrize(
    "name", ["v_ApplyEyeMakeup_g01_c01.avi", "k400_R6llTwEh07w.mp4"]
)
def test_gives_the_clips_of_real_files(shared, spec, name):
    same_clips(str(shared(f"data/clips/{name}")), spec, sound_tolerance=1e-5)


@pytest.mark.parametrize("name", ["v_vp9_opus.webm", "v_flv1.flv", "v_vfr.mp4"])
def test_gives_the_clips_of_other_containers(shared, name):
    same_clips(str(shared(f"data/hostile/{name}")), SPECS[0])


def test_knows_its_size(generated):
    memory = in_memory(generated.full_path(0), SPECS[0])
    height, width = memory.extent.height, memory.extent.width
    assert memory.num_bytes >= 48 * height * width * 3 + 3 * 16000 * 4
