"""Generated videos with transcripts of what is heard."""

import os
import pathlib
from typing import NamedTuple

import numpy as np

from keras_av.data.generated.benchmark.body import BODY_SECONDS, make_body
from keras_av.data.generated.benchmark.body_picture import render_body
from keras_av.data.generated.benchmark.body_sound import sound_body
from keras_av.data.generated.benchmark.sound_facts import (
    NUM_KINDS,
    WORDS,
    SoundFacts,
)
from keras_av.data.generated.cached_set import cached_set, in_threads
from keras_av.data.generated.event import SPLITS
from keras_av.data.manifest.manifest import Manifest
from keras_av.data.media.write_video import write_video
from keras_av.data.transcripts.span import Span
from keras_av.data.transcripts.transcripts import Transcripts

# Increase whenever the content of a file changes: all results are void then.
_VERSION = 1
_FPS, _SIZE, _SAMPLING_RATE = 16, 40, 16000
# Of all facts, those that only test clips have.
_TEST_SHARE = 0.25


def generated_transcripts(
    cache_dir: str | os.PathLike[str] | None = None,
    num_train: int = 768,
    num_test: int = 192,
    seed: int = 0,
) -> Manifest:
    """Generate videos, and sentences in two languages on how they sound.

    A body hops for two seconds as in `generated_benchmark`, and each strike on
    the floor is heard. In English and in German a sentence says how it sounds:
    its tempo, its time, its pitch, how long it rings and how bright it is, 192
    combinations in all. Each class is a combination, and those of test clips
    are not those of training clips: every word is known, but no sentence. Half
    of the sentences also say what is not heard, as in "low, not high", where
    words without their order say nothing.

    `transcripts.csv`, beside the videos, is for `Transcripts.from_csv`. Files
    are written once, to a separate folder for each set of arguments; this is
    safe for several processes at the same time. The folder may be deleted.

    Args:
        cache_dir: Folder for the dataset. Defaults to the environment variable
            `KERAS_AV_CACHE`, or else `~/.cache/keras_av`.
        num_train: Number of training clips. Defaults to 768.
        num_test: Number of test clips. Defaults to 192.
        seed: Non-negative integer seed. Defaults to 0.

    Returns:
        A `Manifest` with the splits `"train"` and `"test"`.

    Raises:
        ValueError: If a number is negative, or there are no clips.

    Examples:

    >>> from keras_av.data import Transcripts, generated_transcripts
    >>> files = generated_transcripts(num_train=4, num_test=4)
    >>> transcripts = Transcripts.from_csv(f"{files.root}/transcripts.csv")
    >>> print(transcripts.where("en").sentences(files.where(split="test"))[0])
    A body hops ..., and each strike is ...
    """
    counts = {"train": num_train, "test": num_test}
    if min(*counts.values(), seed) < 0 or not any(counts.values()):
        raise ValueError(
            "num_train, num_test and seed must not be negative, and there must "
            f"be clips. Received: num_train={num_train}, num_test={num_test}, "
            f"seed={seed}"
        )
    return cached_set(
        f"transcripts_v{_VERSION}_{num_train}_{num_test}_{seed}",
        cache_dir,
        lambda folder: _write_all(folder, counts, seed),
    )


class _Clip(NamedTuple):
    """What is heard in a clip, the kind of its sentences, and seeds."""

    facts: SoundFacts
    kind: int
    entropy: tuple[int, int, int]


def _write_all(folder: pathlib.Path, counts: dict[str, int], seed: int) -> None:
    files = {
        f"{split}_{number:04d}.mp4": _Clip(
            facts, kind, (seed, SPLITS.index(split), number)
        )
        for split, count in counts.items()
        for number, (facts, kind) in enumerate(_facts(split, count, seed))
    }
    every = SoundFacts.every()
    Manifest(
        folder,
        list(files),
        [every.index(clip.facts) for clip in files.values()],
        [SPLITS[clip.entropy[1]] for clip in files.values()],
        class_names=[facts.name for facts in every],
    ).to_csv(folder / "manifest.csv")
    spans = {path: _spans(clip) for path, clip in files.items()}
    Transcripts(spans).to_csv(folder / "transcripts.csv")

    def write(path: str) -> None:
        facts, _, entropy = files[path]
        generator = np.random.default_rng([*entropy, 0])
        body = make_body(facts.draw_numbers(generator), entropy)
        write_video(
            folder / path,
            render_body(body, BODY_SECONDS, _FPS, _SIZE),
            _FPS,
            sound_body(body, BODY_SECONDS, _SAMPLING_RATE),
            _SAMPLING_RATE,
        )

    in_threads(write, files)


def _facts(split: str, count: int, seed: int) -> list[tuple[SoundFacts, int]]:
    """What is heard in each clip of a split, and the kind of its sentences.

    Every combination comes in turn, and with another kind in the next turn.
    """
    every = SoundFacts.every()
    order = np.random.default_rng([seed, 5]).permutation(len(every))
    first = round(_TEST_SHARE * len(every))
    own = order[:first] if split == "test" else order[first:]
    return [
        (every[own[number % len(own)]], number + number // len(own))
        for number in range(count)
    ]


def _spans(clip: _Clip) -> dict[str, list[Span]]:
    """A sentence in each language, of another kind in each."""
    generator = np.random.default_rng([*clip.entropy, 4])
    spans = {}
    for place, language in enumerate(WORDS):
        kind = (clip.kind + place) % NUM_KINDS
        sentence = clip.facts.sentence(language, kind, generator)
        spans[language] = [Span(0.0, BODY_SECONDS, sentence)]
    return spans
