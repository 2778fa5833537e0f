import dataclasses

import pytest

from keras_av.data.generated.event import CLASSES, SPLITS, draw_event

NUMBERS = ("radius", "vigour", "tempo", "phase", "bounce")


def draw(split, name):
    events = [
        draw_event(kind, split, number, seed)
        for kind in CLASSES
        for number in range(40)
        for seed in (0, 1)
    ]
    values = [getattr(event, name) for event in events]
    if name == "radius":
        values = [(value - 0.06) / 0.08 for value in values]
    return values


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_the_splits_are_disjoint(name):
    cells = {
        split: {int(32 * value) for value in draw(split, name)}
        for split in SPLITS
    }
    assert cells["train"] == set(range(0, 32, 2))
    assert cells["test"] == set(range(1, 32, 2))


def test_draws_follow_from_their_arguments():
    event = draw_event("glide", "train", 3, 0)
    assert draw_event("glide", "train", 3, 0) == event
    for other in (
        draw_event("pulse", "train", 3, 0),
        draw_event("glide", "test", 3, 0),
        draw_event("glide", "train", 4, 0),
        draw_event("glide", "train", 3, 1),
    ):
        assert other.vigour != event.vigour and other.seed != event.seed


def test_events_cannot_be_changed():
    event = draw_event("glide", "train", 0, 0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.radius = 1.0
