import pytest

from keras_av.data.generated.event import CLASSES
from keras_av.data.generated.script import MIN_SECONDS, draw_script


def scripts(split="train", seconds=40.0):
    for kind in CLASSES:
        for number in range(15):
            yield kind, draw_script(kind, split, number, seconds, 0)


@pytest.mark.parametrize("seconds", [MIN_SECONDS, 40.0])
def test_stretches_follow_one_another_inside_the_video(seconds):
    for kind, script in scripts(seconds=seconds):
        events = [s for s in script if s.kind == "event"]
        assert 2 <= len(events) <= 3 and 2 <= len(script) - len(events) <= 4
        assert {s.event.kind for s in events} == {kind}
        assert len({s.event.seed for s in script}) == 1
        end = 0.0
        for stretch in script:
            assert stretch.start >= end - 0.02
            assert 2.0 <= stretch.seconds <= 3.0
            end = stretch.start + stretch.seconds
        assert end <= seconds + 0.02


def test_places_and_kinds_are_random():
    found = [script for _, script in scripts()]
    assert {s.kind for script in found for s in script} == {
        "event",
        "body",
        "noise",
    }
    starts = [script[0].start for script in found]
    assert min(starts) < 2 and max(starts) > 10
    bodies = [s for script in found for s in script if s.kind == "body"]
    assert {s.event.kind for s in bodies} == set(CLASSES)


def test_events_of_train_and_test_come_from_different_cells():
    def numbers(split):
        return {
            int(32 * s.event.vigour)
            for _, script in scripts(split)
            for s in script
        }

    train, test = numbers("train"), numbers("test")
    assert len(train) > 10 and not train & test


def test_is_the_same_again():
    first = draw_script("pulse", "test", 3, 40.0, 0)
    assert draw_script("pulse", "test", 3, 40.0, 0) == first
    for other in (
        draw_script("pulse", "test", 4, 40.0, 0),
        draw_script("pulse", "test", 3, 40.0, 1),
        draw_script("glide", "test", 3, 40.0, 0),
    ):
        assert other != first
