import re

import numpy as np
import pytest

from keras_av.data.generated.benchmark.sound_facts import (
    NUM_KINDS,
    WORDS,
    SoundFacts,
)
from keras_av.data.generated.benchmark.task import NUMBERS

FACTS = SoundFacts(tempo=3, swing=1, pitch=0, decay=2, brightness=1)


def test_there_are_192_combinations_of_what_can_be_heard():
    every = SoundFacts.every()
    assert len(every) == len(set(every)) == 4 * 2 * 4 * 3 * 2
    assert len({facts.name for facts in every}) == len(every)
    assert FACTS.name == "hastily_limping_rumbling_ringing_bright"
    for words in WORDS.values():
        assert list(words) == list(SoundFacts._fields)
        heard = [NUMBERS[name] for name in words]
        assert set(heard) == {"motion", "sound"}
        assert list(map(len, words.values())) == [4, 2, 4, 3, 2]


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("kind", range(NUM_KINDS))
def test_a_sentence_says_what_is_heard(language, kind):
    generator = np.random.default_rng(0)
    said = [FACTS.sentence(language, kind, generator) for _ in range(20)]
    for sentence in said:
        found = re.findall(r"\w+", sentence)
        for name, words in WORDS[language].items():
            right = words[getattr(FACTS, name)]
            there = [word for word in words if word in found]
            # What is not heard is said of all or of none.
            others = len(set(there) - {right})
            assert right in there and others == (1 if kind in (1, 2) else 0)
    # Which other word it is, is drawn.
    assert len(set(said)) == (1 if kind in (0, 3) else len(set(said)))
    assert (len(set(said)) > 1) == (kind in (1, 2))


def test_words_in_another_order_say_something_else():
    """A bag of words cannot tell these two apart."""

    class Fixed:
        def integers(self, low, high):
            return 1

    other = SoundFacts(tempo=3, swing=0, pitch=0, decay=2, brightness=0)
    for language in WORDS:
        for kind in (1, 2):
            one, two = (
                facts.sentence(language, kind, Fixed())
                for facts in (FACTS, other)
            )
            assert one != two
            bags = [sorted(re.findall(r"\w+", s.lower())) for s in (one, two)]
            assert bags[0] == bags[1]


def test_the_golden_sentences():
    generator = np.random.default_rng(0)
    assert FACTS.sentence("en", 0, generator) == (
        "A body hops hastily, and each strike is rumbling, bright and ringing, "
        "in limping time."
    )
    assert FACTS.sentence("de", 3, generator) == (
        "Man hört Schläge, dröhnend, nachklingend und hell; im Takt hinkend "
        "folgen sie hastig aufeinander."
    )


def test_numbers_are_within_what_their_word_is_for():
    generator = np.random.default_rng(0)
    for facts in SoundFacts.every():
        numbers = dict(zip(NUMBERS, facts.draw_numbers(generator)))
        assert 0 <= min(numbers.values()) and max(numbers.values()) <= 1
        for name, number in facts._asdict().items():
            count = len(WORDS["en"][name])
            place = numbers[name] * count
            # Not beside the border to another word.
            assert number + 0.199 < place < number + 0.801
