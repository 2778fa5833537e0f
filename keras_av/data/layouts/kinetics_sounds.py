"""The classes of Kinetics-Sounds.

Arandjelović and Zisserman (2017, Look, Listen and Learn) chose 34 classes of
an early Kinetics that can be heard. The 31 here are those that Kinetics-400
has, under its names; typing, fingerpicking and patting are not in it.

>>> from keras_av.data import KINETICS_SOUNDS
>>> len(KINETICS_SOUNDS)
31
"""

_PLAYED = """
    accordion, bagpipes, bass guitar, clarinet, drums, guitar, harmonica,
    keyboard, organ, piano, saxophone, trombone, trumpet, violin, xylophone
"""
_OTHERS = """
    blowing nose, blowing out candles, bowling, chopping wood,
    dribbling basketball, laughing, mowing lawn, ripping paper,
    shoveling snow, shuffling cards, singing, stomping grapes, tap dancing,
    tapping guitar, tapping pen, tickling
"""


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


KINETICS_SOUNDS: tuple[str, ...] = tuple(
    sorted([*_names(_OTHERS), *(f"playing {n}" for n in _names(_PLAYED))])
)
