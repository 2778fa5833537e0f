import dataclasses

import numpy as np
import pytest

from keras_av.data import ClipChoice, ClipSpec
from keras_av.data.clip.clip_window import (
    Extent,
    even_choice,
    hop_windows,
    place_window,
    random_choice,
)

SPEC = ClipSpec(num_frames=4, frame_stride=2, size=112, audio_seconds=0.28)
EXTENT = Extent(10.0, 25.0, 128, 171, sound_end=10.0)
PICTURE = ClipSpec(num_frames=16, frame_stride=1, size=112, audio_seconds=0)
LENGTHS = (5, 10, 16, 17, 20, 31, 32, 33, 40, 47, 48, 100)


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


def extent_of(num_frames, rate=25.0, sound_end=None):
    return Extent(num_frames / rate, rate, 128, 171, sound_end)


def frames(window, rate=25.0):
    return np.round(window.times * rate).astype(int).tolist()


@pytest.mark.parametrize("rate", [25.0, 30000 / 1001, 10.0])
@pytest.mark.parametrize("num_frames", LENGTHS)
def test_sliding_windows_are_those_of_the_original(vectors, num_frames, rate):
    extent = extent_of(num_frames, rate)
    windows = list(hop_windows(PICTURE, extent, None, "loop"))
    golden = vectors("ccl_temporal")[f"slide_{num_frames}"] - 1
    assert [frames(window, rate) for window in windows] == golden.tolist()
    assert {w.too_short for w in windows} == {num_frames < 16}


def even_starts(spec, num_frames, total):
    return [
        frames(place_window(spec, extent_of(num_frames), choice))[0]
        for choice in (even_choice(number, total) for number in range(total))
    ]


@pytest.mark.parametrize("num_frames", LENGTHS)
def test_the_middle_is_that_of_the_original(vectors, num_frames):
    """Which rounds down where this takes either of the two nearest."""
    got = frames(place_window(PICTURE, extent_of(num_frames), ClipChoice()))
    golden = vectors("ccl_temporal")[f"center_{num_frames}"] - 1
    if num_frames < 16 or num_frames % 2 == 0:
        assert got == golden.tolist()
    else:
        assert got[0] - golden[0] in (0, 1)


@pytest.mark.parametrize("num_frames", [n for n in LENGTHS if n >= 20])
def test_even_clips_are_near_those_of_the_original(vectors, num_frames):
    """Which rounds their distance up, and may lose the last frame to that."""
    golden = vectors("ccl_temporal")[f"even_{num_frames}"][:, 0] - 1
    got = even_starts(PICTURE, num_frames, 3)
    assert got[0] == 0 and got[-1] == num_frames - 16
    assert abs(np.array(got) - golden).max() <= 1


@pytest.mark.parametrize("num_frames", [5, 8, 9, 20, 80, 160])
def test_ten_clips_start_as_in_a_linspace_of_frames(vectors, num_frames):
    """The original rounds down, this to the nearest."""
    spec = ClipSpec(num_frames=8, frame_stride=1, size=112, audio_seconds=0)
    got = np.array(even_starts(spec, num_frames, 10))
    golden = vectors("avid_chunk_starts")[f"nf{num_frames}"]
    exact = np.linspace(0, max(num_frames - 8, 0), 10)
    assert abs(got - exact).max() <= 0.5 + 1e-9
    np.testing.assert_array_equal(np.floor(exact + 1e-9), golden)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("num_frames", [1, 2, 7, 12, 29, 50])
def test_sliding_windows_cover_everything_once(num_frames, stride):
    spec = ClipSpec(4, stride, size=112, audio_seconds=0)
    windows = hop_windows(spec, extent_of(num_frames), None, "loop")
    numbers = [frames(window) for window in windows]
    step, span = 4 * stride, 3 * stride + 1
    assert [n[0] for n in numbers] == list(range(0, num_frames, step))
    for start, *others in numbers:
        left = num_frames - start
        assert others == [start + i * stride % left for i in (1, 2, 3)]
    assert all(max(n) - min(n) == span - 1 for n in numbers[:-1])


def test_sliding_windows_that_overlap_end_with_the_file():
    windows = hop_windows(PICTURE, extent_of(32), 8 / 25, "loop")
    assert [frames(w)[0] for w in windows] == [0, 8, 16]
    windows = list(hop_windows(PICTURE, extent_of(33), 8 / 25, "loop"))
    assert [frames(w)[0] for w in windows] == [0, 8, 16, 24]
    assert frames(windows[-1]) == [*range(24, 33), *range(24, 31)]


@pytest.mark.parametrize("error", [-0.4, 0.4])
def test_rounded_durations_make_no_window_of_their_own(error):
    extent = Extent((32 + error) / 25, 25.0, 128, 171)
    windows = list(hop_windows(PICTURE, extent, None, "loop"))
    assert [frames(w) for w in windows] == [[*range(16)], [*range(16, 32)]]


@pytest.mark.parametrize("alignment", ["start", "center", "end"])
def test_sound_of_sliding_windows_stays_inside_the_file(alignment):
    spec = ClipSpec(
        16, 1, size=112, audio_seconds=1.0, audio_alignment=alignment
    )
    extent = extent_of(40, sound_end=1.6)
    windows = list(hop_windows(spec, extent, None, "loop"))
    assert [frames(w)[0] for w in windows] == [0, 16, 32]
    offset = {"start": 0, "center": -0.18, "end": -0.36}[alignment]
    expected = np.clip(np.array([0, 0.64, 1.28]) + offset, 0, 0.6)
    np.testing.assert_allclose([w.sound_start for w in windows], expected)
    assert all(w.sound_seconds == 1.0 and not w.too_short for w in windows)


def test_sliding_windows_of_sound_alone():
    spec = ClipSpec(num_frames=0, audio_seconds=2.0)
    for seconds, starts in ((5.0, [0, 2, 3]), (4.0, [0, 2]), (0.5, [0])):
        extent = Extent(seconds, sound_end=seconds)
        windows = list(hop_windows(spec, extent, None, "loop"))
        assert [w.sound_start for w in windows] == starts
        assert windows[0].too_short == (seconds < 2)


def test_clips_begin_on_the_grid_of_the_frame_rate():
    spec = ClipSpec(num_frames=4, fps=12.5, audio_seconds=0.3)
    extent = Extent(7.3, 29.97, 128, 171, sound_end=7.4)
    for time in np.linspace(0, 1, 23):
        times = place_window(spec, extent, ClipChoice(time)).times * 12.5
        np.testing.assert_allclose(times, np.round(times), atol=1e-9)


def test_random_choices_go_on_drawing_what_they_drew():
    generator = np.random.Generator(
        np.random.Philox(
            key=np.array([3, 0], np.uint64),
            counter=np.array([0, 0, 1, 2], np.uint64),
        )
    )
    time, top, left, flip = generator.random(4)
    choice = random_choice(3, 1, 2)
    assert (choice.time, choice.top, choice.left) == (time, top, left)
    assert choice.flip == (flip < 0.5)


def test_strides_vary_from_clip_to_clip():
    spec = ClipSpec(num_frames=4, frame_stride=3, size=112, stride_jitter=2)
    strides = []
    for number in range(500):
        window = place_window(spec, EXTENT, random_choice(0, 0, number))
        (stride,) = set(np.round(np.diff(window.times) * 25).astype(int))
        strides.append(stride)
        # The sound is of the middle, as long as ever.
        middle = window.times.mean() + 0.5 / 25
        inside = 0.6 < middle < 9.4
        if inside:
            assert window.sound_start + 0.5 == pytest.approx(middle)
        assert window.sound_seconds == 1.0
        assert 0 <= window.times[0] and window.times[-1] < 10
    values, counts = np.unique(strides, return_counts=True)
    assert values.tolist() == [1, 2, 3, 4, 5] and counts.min() > 70
    for share, stride in ((0.0, 1), (0.5, 3), (1.0, 5)):
        window = place_window(spec, EXTENT, ClipChoice(stride=share))
        np.testing.assert_allclose(np.diff(window.times) * 25, stride)


def test_frames_are_displaced_one_by_one():
    spec = ClipSpec(num_frames=6, frame_stride=4, size=112, frame_jitter=2)
    still = ClipSpec(num_frames=6, frame_stride=4, size=112)
    moves = []
    for number in range(300):
        choice = random_choice(0, 0, number)
        window = place_window(spec, EXTENT, choice)
        plain = place_window(still, EXTENT, choice)
        moves.append(np.round((window.times - plain.times) * 25).astype(int))
        assert (np.diff(window.times) >= 0).all()
        assert plain.times[0] - 1e-9 <= window.times[0]
        assert window.times[-1] <= plain.times[-1] + 1e-9
        assert window.sound_start == plain.sound_start
    inner = np.stack(moves)[:, 1:-1]
    values, counts = np.unique(inner, return_counts=True)
    assert values.tolist() == [-2, -1, 0, 1, 2] and counts.min() > 180
    assert abs(np.corrcoef(inner.T) - np.eye(4)).max() < 0.2
    # None of it outside of training.
    for choice in (ClipChoice(), even_choice(1, 3)):
        jittered, plain = (
            place_window(s, EXTENT, choice).times for s in (spec, still)
        )
        np.testing.assert_array_equal(jittered, plain)


def test_short_files_are_looped_at_any_stride():
    spec = ClipSpec(
        num_frames=8, frame_stride=4, size=112, stride_jitter=2, frame_jitter=1
    )
    extent = Extent(0.4, 25.0, 128, 171, sound_end=0.4)
    for number in range(50):
        window = place_window(spec, extent, random_choice(1, 0, number))
        assert window.too_short
        assert 0 <= window.times.min() and window.times.max() < 0.4


def test_what_is_placed_stays_in_its_place():
    choice = ClipChoice()
    window = place_window(SPEC, EXTENT, choice)
    for one, name in ((EXTENT, "rate"), (choice, "time"), (window, "flip")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, name, 0.0)
