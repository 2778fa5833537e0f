import numpy as np
import pytest
import tensorflow as tf

from keras_av.data import ClipSpec, Manifest, Span, Transcripts, clips, prepare
from keras_av.data.readers.spoken_clips import check_text

FPS = 16
# Words of a quarter of a second each: "0 1 2 ..." of three seconds.
WORDS = [Span(n / 4, (n + 1) / 4, str(n)) for n in range(12)]
SPEC = ClipSpec(num_frames=3, size=16, audio_seconds=0.5)


@pytest.fixture(scope="module")
def files(tmp_path_factory, numbered):
    folder = tmp_path_factory.mktemp("spoken")
    for name, source in (
        ("a.mp4", numbered(48)),
        ("b.mp4", numbered(48)),
        ("c.mp4", numbered(48, sound=False)),
        ("d.mp4", numbered(4)),
    ):
        (folder / name).write_bytes(source.read_bytes())
    (folder / "e.mp4").write_text("no video")
    return Manifest.from_folder(folder)


def said(numbers):
    """Words of the quarters of which half is within the half second."""
    first = numbers[0] / FPS
    # The sound is centered on frames that span (2 * 2 + 1) / 16 seconds.
    start = first + 5 / FPS / 2 - 0.25
    start = min(max(start, 0.0), 2.5)
    inside = [
        w.text
        for w in WORDS
        if min(w.end, start + 0.5) - max(w.start, start) >= 0.125
    ]
    return " ".join(inside)


def test_the_words_are_those_of_the_window(files, numbers, tmp_path):
    two = files.subset([0, 1])
    transcripts = Transcripts({"a.mp4": {"en": WORDS}, "b.mp4": {"en": WORDS}})
    options = dict(training=True, repeats=6, transcripts=transcripts)
    dataset = clips(two, SPEC, 2, **options)
    assert dataset.transcripts is transcripts
    expected, windows = [], set()
    for batch in dataset.as_numpy_iterator():
        assert batch["has_text"].all()
        for video, text in zip(batch["video"], batch["text"]):
            seen = numbers(video)
            assert text.decode() == said(seen)
            windows.add(seen[0])
            expected.append(text)
    assert len(windows) > 6
    prepared = prepare(two, tmp_path / "set", SPEC, 1, verbose=False)
    # In memory, from shards, and from shards in a graph.
    for some, cache in ((two, True), (prepared, True), (prepared, False)):
        dataset = clips(some, SPEC, 2, cache=cache, **options)
        found = [text for batch in dataset for text in batch["text"].numpy()]
        assert found == expected


@pytest.mark.parametrize(
    "spec, expected",
    [
        # Of sound alone the middle half second of three.
        (ClipSpec(num_frames=0, audio_seconds=0.5), "5 6"),
        # Without sound the frames: 17 of 48, from number 15 or 16.
        (ClipSpec(num_frames=9, size=16, audio_seconds=0), "4 5 6 7"),
    ],
)
def test_the_window_is_that_of_the_sound_or_else_of_the_frames(
    files, spec, expected
):
    transcripts = Transcripts({"a.mp4": {"en": WORDS}})
    batch = next(
        iter(clips(files.subset([0]), spec, 1, transcripts=transcripts))
    )
    assert batch["text"].numpy().tolist() == [expected.encode()]


def test_clips_without_words_are_told_and_masked(files):
    transcripts = Transcripts(
        {
            "a.mp4": {"en": [Span(2.8, 3.0, "too late")]},
            "b.mp4": {"en": WORDS},
            "c.mp4": {"en": [Span(0.0, 3.0, "seen")]},
            # Its end is that of the file, a quarter of a second.
            "d.mp4": {"en": [Span(0, 0.25, "short"), Span(0.2, 0.6, "no")]},
        }
    )
    dataset = clips(files, SPEC, 5, transcripts=transcripts)
    batch = next(dataset.as_numpy_iterator())
    assert batch["index"].tolist() == [0, 1, 2, 3]
    assert batch["has_text"].tolist() == [False, True, True, True]
    assert batch["text"][0] == b"" and batch["text"][2:].tolist() == [
        b"seen",
        b"short",
    ]
    counts = dataset.report.as_dict()
    assert counts["delivered"] == 4
    assert counts["reasons"]["no_transcript"] == 1
    assert dict(counts["files"]["a.mp4"]["reasons"])["no_transcript"] == 1
    assert "no_transcript: 1" in dataset.report.summary()


def test_a_language_is_drawn_in_training_and_preferred_otherwise(files):
    spans = {tag: [Span(0, 3, tag)] for tag in ("de", "en", "fr")}
    transcripts = Transcripts({"a.mp4": spans, "b.mp4": {"fr": spans["fr"]}})
    two = files.subset([0, 1])
    sound = ClipSpec(num_frames=0, audio_seconds=0.5)

    def texts(training, **options):
        dataset = clips(
            two,
            sound,
            2,
            training,
            repeats=20,
            cache=True,
            transcripts=transcripts,
            **options,
        )
        # Two epochs.
        rows = [row for _ in range(2) for row in dataset.unbatch()]
        return [(int(r["index"]), r["text"].numpy().decode()) for r in rows]

    drawn = texts(True, num_workers=1)
    assert drawn == texts(True, num_workers=3) != texts(True, seed=1)
    assert {text for index, text in drawn if index == 1} == {"fr"}
    of_first = [text for index, text in drawn if index == 0]
    assert of_first[:20] != of_first[20:]
    for tag in spans:
        assert 4 < of_first.count(tag) < 24
    assert {text for index, text in texts(False) if index == 0} == {"de"}
    transcripts = transcripts.where(["en", "de"])
    assert {text for index, text in texts(False) if index == 0} == {"en"}


def test_tokens_in_place_of_strings(files):
    transcripts = Transcripts({"a.mp4": {"en": [Span(0, 3, "hello")]}})

    def lengths(strings):
        count = tf.strings.length(strings)
        return tf.stack([count, tf.zeros_like(count)], axis=1)

    dataset = clips(
        files.subset([0, 1]),
        SPEC,
        2,
        transcripts=transcripts,
        tokenizer=lengths,
    )
    batch = next(dataset.as_numpy_iterator())
    np.testing.assert_array_equal(batch["text"], [[5, 0], [0, 0]])
    assert batch["has_text"].tolist() == [True, False]


def test_a_resumed_epoch_has_the_same_words(files):
    transcripts = Transcripts({"a.mp4": {"de": WORDS, "en": WORDS[::2]}})

    def dataset():
        return clips(
            files.subset([0, 1]),
            SPEC,
            2,
            True,
            repeats=6,
            transcripts=transcripts,
        )

    whole = dataset()
    batches = list(whole.as_numpy_iterator())
    again = dataset()
    again.set_epoch(0, whole.position(0, 2))
    rest = list(again.as_numpy_iterator())
    assert len(rest) == len(batches) - 2
    for one, other in zip(batches[2:], rest):
        np.testing.assert_array_equal(one["text"], other["text"])


def test_refuses_what_does_not_go_together():
    transcripts = Transcripts({"a.mp4": {"en": WORDS}})
    check_text(None, transcripts, None)
    check_text("tensorflow-io", None, None)
    with pytest.raises(ValueError, match="tokenizer is for the words"):
        check_text(None, None, lambda strings: strings)
    with pytest.raises(ValueError, match="Leave engine or transcripts out"):
        check_text("tensorflow-io", transcripts, None)
