import numpy as np
import pytest

from keras_av.data import ClipChoice, ClipSpec
from keras_av.data.clip_window import (
    Extent,
    even_choice,
    place_window,
    random_choice,
)

SPEC = ClipSpec(num_frames=4, frame_stride=2, size=112, audio_seconds=0.28)
EXTENT = Extent(10.0, 25.0, 128, 171, sound_end=10.0)


def test_the_middle_is_in_the_middle():
    window = place_window(SPEC, EXTENT, ClipChoice())
    span = 7 / 25
    assert window.times[0] == pytest.approx((10 - span) / 2, abs=0.5 / 25)
    np.testing.assert_allclose(np.diff(window.times), 2 / 25)
    assert window.box == (8, 30, 112, 112)
    assert not window.flip and not window.too_short


@pytest.mark.parametrize("total", [2, 3, 10])
def test_even_clips_are_a_linspace(total):
    starts = [
        place_window(SPEC, EXTENT, even_choice(number, total)).times[0]
        for number in range(total)
    ]
    expected = np.linspace(0, 10 - 7 / 25, total)
    np.testing.assert_allclose(starts, expected, atol=0.5 / 25)


def test_frames_lie_on_the_files_own_grid():
    for number in range(20):
        choice = ClipChoice(time=number / 20)
        times = place_window(SPEC, EXTENT, choice).times * 25
        np.testing.assert_allclose(times, np.round(times), atol=1e-9)


@pytest.mark.parametrize(
    "alignment, point", [("start", 0.0), ("center", 0.5), ("end", 1.0)]
)
@pytest.mark.parametrize("seconds", [0.1, 0.28, 1.0])
def test_alignment(alignment, point, seconds):
    spec = ClipSpec(
        num_frames=4,
        frame_stride=2,
        audio_seconds=seconds,
        audio_alignment=alignment,
    )
    window = place_window(spec, EXTENT, ClipChoice())
    picture = window.times[0] + point * 7 / 25
    sound = window.sound_start + point * seconds
    assert sound == pytest.approx(picture)


@pytest.mark.parametrize("time", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("alignment", ["start", "center", "end"])
def test_long_sound_stays_inside_the_file_and_aligned(time, alignment):
    spec = ClipSpec(num_frames=4, audio_seconds=4.0, audio_alignment=alignment)
    window = place_window(spec, EXTENT, ClipChoice(time=time))
    assert 0 <= window.sound_start <= 6 + 1e-9
    point = {"start": 0, "center": 0.5, "end": 1}[alignment]
    picture = window.times[0] + point * 7 / 25
    assert window.sound_start + 4 * point == pytest.approx(picture, abs=0.02)


def test_a_short_file_is_looped_in_time():
    extent = Extent(3 / 25, 25.0, 128, 128, sound_end=3 / 25)
    window = place_window(SPEC, extent, ClipChoice())
    assert window.too_short
    frames = np.round(window.times * 25).astype(int)
    assert frames.tolist() == [0, 2, 1, 0]
    assert window.sound_seconds == pytest.approx(3 / 25)


def test_a_file_as_long_as_the_clip_is_not_short():
    extent = Extent(7 / 25, 25.0, 128, 128, sound_end=0.28)
    window = place_window(SPEC, extent, ClipChoice(time=0.9))
    assert not window.too_short
    assert window.times[0] == 0


def test_missing_sound_is_not_shortness():
    extent = Extent(10.0, 25.0, 128, 128, sound_end=None)
    spec = ClipSpec(num_frames=4, audio_seconds=20.0)
    window = place_window(spec, extent, ClipChoice())
    assert not window.too_short and window.sound_seconds == 0


def test_sound_alone():
    spec = ClipSpec(num_frames=0, audio_seconds=2.0)
    extent = Extent(10.0, sound_end=10.0)
    for time, expected in ((0, 0), (0.5, 4), (1, 8)):
        window = place_window(spec, extent, ClipChoice(time=time))
        assert window.sound_start == pytest.approx(expected)
        assert len(window.times) == 0


def test_crops_reach_all_places_and_none_outside():
    shares = [(0.0, 0), (0.499, 8), (0.999, 16), (1.0, 16)]
    for share, expected in shares:
        choice = ClipChoice(top=share, left=share)
        top, left, height, width = place_window(SPEC, EXTENT, choice).box
        assert top == expected
        assert left + width <= 171 and top + height <= 128


def test_random_choices_follow_from_their_three_numbers():
    first = random_choice(1, 2, 3)
    assert random_choice(1, 2, 3) == first
    for other in ((0, 2, 3), (1, 0, 3), (1, 2, 0)):
        assert random_choice(*other) != first


def test_random_choices_are_uniform():
    choices = [random_choice(0, 0, position) for position in range(2000)]
    for name in ("time", "top", "left"):
        values = [getattr(choice, name) for choice in choices]
        counts, _ = np.histogram(values, bins=10, range=(0, 1))
        # 200 expected; 5 standard deviations are 67.
        assert abs(counts - 200).max() < 67
    assert abs(sum(choice.flip for choice in choices) - 1000) < 112
