"""What is heard of a body, in words."""

import itertools
from typing import NamedTuple

import numpy as np

from keras_av.data.generated.benchmark.task import NUMBERS
from keras_av.ops.types import Array

# What can be heard of each number, from its lowest to its highest values.
WORDS = {
    "en": {
        "tempo": ("slowly", "leisurely", "quickly", "hastily"),
        "swing": ("even", "limping"),
        "pitch": ("rumbling", "low", "high", "shrill"),
        "decay": ("dry", "brief", "ringing"),
        "brightness": ("dull", "bright"),
    },
    "de": {
        "tempo": ("langsam", "gemächlich", "rasch", "hastig"),
        "swing": ("gleichmäßig", "hinkend"),
        "pitch": ("dröhnend", "tief", "hoch", "schrill"),
        "decay": ("trocken", "knapp", "nachklingend"),
        "brightness": ("dumpf", "hell"),
    },
}
_SIZES = {name: len(words) for name, words in WORDS["en"].items()}
# Sentences of the second and third kind also say what is not heard, so that
# the order of their words decides.
_SENTENCES = {
    "en": (
        "A body hops {tempo}, and each strike is {pitch}, {brightness} and "
        "{decay}, in {swing} time.",
        "It is {pitch}, not {not_pitch}, {brightness}, not {not_brightness}, "
        "and {decay}, not {not_decay}; it hops {tempo}, not {not_tempo}, in "
        "{swing} rather than {not_swing} time.",
        "Not {not_tempo} but {tempo} it strikes, in {swing} and not in "
        "{not_swing} time: not {not_decay} but {decay}, not {not_brightness} "
        "but {brightness}, not {not_pitch} but {pitch}.",
        "You hear {pitch} strikes, {decay} and {brightness}; in {swing} time "
        "they follow each other {tempo}.",
    ),
    "de": (
        "Ein Körper hüpft {tempo}, und jeder Schlag ist {pitch}, {brightness} "
        "und {decay}, im Takt {swing}.",
        "Es ist {pitch}, nicht {not_pitch}, {brightness}, nicht "
        "{not_brightness}, und {decay}, nicht {not_decay}; es hüpft {tempo}, "
        "nicht {not_tempo}, im Takt eher {swing} als {not_swing}.",
        "Nicht {not_tempo}, sondern {tempo} schlägt es auf, im Takt {swing} "
        "und nicht {not_swing}: nicht {not_decay}, sondern {decay}, nicht "
        "{not_brightness}, sondern {brightness}, nicht {not_pitch}, sondern "
        "{pitch}.",
        "Man hört Schläge, {pitch}, {decay} und {brightness}; im Takt {swing} "
        "folgen sie {tempo} aufeinander.",
    ),
}
NUM_KINDS = len(_SENTENCES["en"])
# Numbers keep away from the borders of what a word is for.
_MARGIN = 0.2


class SoundFacts(NamedTuple):
    """Which word is right for each number of a body that can be heard.

    Args:
        tempo: Number of the word for the tempo, from 0.
        swing: Likewise for the swing.
        pitch: Likewise for the pitch.
        decay: Likewise for the decay.
        brightness: Likewise for the brightness.
    """

    tempo: int
    swing: int
    pitch: int
    decay: int
    brightness: int

    @classmethod
    def every(cls) -> "list[SoundFacts]":
        """All there are, in order."""
        ranges = [range(_SIZES[name]) for name in cls._fields]
        return [cls(*numbers) for numbers in itertools.product(*ranges)]

    @property
    def name(self) -> str:
        """The words in English, joined by underscores."""
        words = WORDS["en"]
        return "_".join(words[n][k] for n, k in self._asdict().items())

    def draw_numbers(self, generator: np.random.Generator) -> Array:
        """Numbers of a body of which this is heard, `(7,)`.

        Args:
            generator: Random generator.
        """
        shares = dict(zip(NUMBERS, generator.random(len(NUMBERS))))
        for name, number in self._asdict().items():
            inside = _MARGIN + (1 - 2 * _MARGIN) * shares[name]
            shares[name] = (number + inside) / _SIZES[name]
        return np.array([shares[name] for name in NUMBERS])

    def sentence(
        self, language: str, kind: int, generator: np.random.Generator
    ) -> str:
        """A sentence that says this.

        Args:
            language: `"en"` or `"de"`.
            kind: Number of the kind of sentence, below `NUM_KINDS`.
            generator: Random generator of what is not heard.
        """
        words, said = WORDS[language], {}
        for name, number in self._asdict().items():
            said[name] = words[name][number]
            step = int(generator.integers(1, _SIZES[name]))
            other = (number + step) % _SIZES[name]
            said[f"not_{name}"] = words[name][other]
        return _SENTENCES[language][kind].format(**said)
