import importlib.util

import numpy as np
import pytest

from keras_av.data import Manifest, Span, Transcripts

INF = float("inf")


def belongs(span, start, end):
    """The rule in plain words, for one span."""
    common = min(span[1], end) - max(span[0], start)
    shorter = min(span[1] - span[0], end - start)
    return common > 0 and common >= shorter / 2


@pytest.mark.parametrize(
    "span, inside",
    [
        ((2.0, 3.0), True),  # within the window of 2 to 4
        ((1.5, 2.5), True),  # just half of the span
        ((1.4, 2.4), False),
        ((3.5, 4.5), True),
        ((3.6, 4.6), False),
        ((0.0, 9.0), True),  # all of the window
        ((0.0, 3.0), True),  # just half of the window
        ((0.0, 2.9), False),
        ((3.0, INF), True),
        ((3.1, INF), False),
        ((4.0, 5.0), False),  # beside it
        ((0.0, 2.0), False),
        ((3.3, 3.4), True),
    ],
)
def test_a_span_belongs_by_half(span, inside):
    transcripts = Transcripts({"a.mp4": {"en": [Span(*span, "said")]}})
    found = transcripts.spoken("a.mp4", 2.0, 4.0)
    assert found == ({"en": "said"} if inside else {})
    assert belongs(span, 2.0, 4.0) == inside


def test_spoken_is_the_rule_over_random_windows():
    rng = np.random.default_rng(0)
    starts = rng.uniform(0, 20, 40)
    ends = starts + rng.uniform(0.1, 6, 40)
    spans = [Span(*two, f"w{n}") for n, two in enumerate(zip(starts, ends))]
    transcripts = Transcripts({"a.mp4": {"en": spans}})
    for start, seconds in zip(rng.uniform(0, 25, 50), rng.uniform(0.1, 5, 50)):
        end = start + seconds
        expected = [s.text for s in sorted(spans) if belongs(s, start, end)]
        found = transcripts.spoken("a.mp4", start, end)
        assert found.get("en", "").split() == expected


def test_overlapping_spans_are_joined_in_the_order_of_their_starts():
    spans = [Span(1.5, 2.5, "two"), Span(1.0, 3.0, "one"), Span(9, 10, "no")]
    # However a language is written, it is one.
    for two in ({"EN": spans}, {"EN": spans[:1], "en": spans[1:]}):
        transcripts = Transcripts({"a.mp4": two})
        assert transcripts.spoken("a.mp4", 0.5, 3.5) == {"en": "one two"}
    assert transcripts.spoken("b.mp4", 0.5, 3.5) == {}


def test_languages_are_chosen_in_the_order_asked_for():
    spans = {tag: [Span(0, 1, tag)] for tag in ("en-us", "eng", "de", "fr")}
    transcripts = Transcripts({"a.mp4": spans, "b.mp4": {"fr": spans["fr"]}})
    assert transcripts.languages == ("de", "en-us", "eng", "fr")
    chosen = transcripts.where(language=["en", "DE"])
    assert list(chosen.spoken("a.mp4", 0, 1)) == ["en-us", "de"]
    assert list(transcripts.spoken("a.mp4", 0, 1)) == sorted(spans)
    files = Manifest("root", ["a.mp4", "b.mp4", "c.mp4"])
    assert chosen.covers(files).tolist() == [True, False, False]
    assert transcripts.covers(files).tolist() == [True, True, False]
    assert transcripts.where("fr").sentences() == ["fr", "fr"]
    assert transcripts.sentences(files.subset([1])) == ["fr"]
    with pytest.raises(ValueError, match="No transcript is in .'it'.*'fr'"):
        transcripts.where("it")


def test_a_table_is_read_as_it_was_written(tmp_path):
    spans = {
        "a.mp4": {
            "en": [Span(0.1, 2.25, 'said, "so"'), Span(3.0, INF, "two\nlines")],
            "de": [Span(0.0, 1.0, "Über")],
        },
        "b/c.mp4": {"und": [Span(0.0, INF, "all")]},
    }
    path = tmp_path / "said.csv"
    Transcripts(spans).to_csv(path)
    again = Transcripts.from_csv(path)
    again.to_csv(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()
    assert again.spoken("a.mp4", 0, 9) == {
        "en": 'said, "so" two\nlines',
        "de": "Über",
    }
    assert again.spoken("b/c.mp4", 5, 6) == {"und": "all"}


def test_a_short_table_is_of_whole_files(tmp_path):
    path = tmp_path / "said.csv"
    path.write_text("\ufeffpath,text,more\na.mp4,hello,1\n", "utf-8")
    transcripts = Transcripts.from_csv(path)
    assert transcripts.spoken("a.mp4", 100, 101) == {"und": "hello"}


@pytest.mark.parametrize(
    "text, message",
    [
        ("path,words\na.mp4,hello\n", "a row has no 'text'"),
        ("path,text\n,hello\n", "a row has no 'path'"),
        ("path,text,start\na.mp4,hello,soon\n", "soon"),
        ("path,text,start,end\na.mp4,hello,2,1\n", "end after that"),
    ],
)
def test_refuses_a_wrong_table_by_name(tmp_path, text, message):
    path = tmp_path / "said.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        Transcripts.from_csv(path)
    assert str(path) in str(caught.value)


def test_refuses_silence():
    with pytest.raises(ValueError, match="Nothing is said in any file"):
        Transcripts({"a.mp4": {"en": []}})


needs_webvtt = pytest.mark.skipif(
    importlib.util.find_spec("webvtt") is None, reason="needs webvtt-py"
)


def subtitles(text, start="00:00:00,000", end="00:00:02,000"):
    return f"1\n{start} --> {end}\n{text}\n"


@needs_webvtt
def test_reads_what_is_beside_media_files(tmp_path):
    for name, text in {
        "talk.en.vtt": "WEBVTT\n\n"
        + subtitles("hello", "00:00.000", "00:02.000"),
        "talk.en.srt": subtitles("hello twice"),
        "talk.de.srt": subtitles("hallo"),
        "talk.pt-BR.srt": subtitles("oi"),
        "talk.srt": subtitles("who knows"),
        "talk.final.cut.srt": subtitles("of another file"),
        "talk.commentary.srt": subtitles("no language"),
        "other.en.srt": subtitles("of no file"),
        "talks.en.srt": subtitles("of the next"),
        "sub/deep.en.srt": subtitles("deep"),
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    names = ["gone/a.mp4", "mute.mp4", "sub/deep.wav", "talk.mp4", "talks.mp4"]
    files = Manifest(tmp_path, names)
    transcripts = Transcripts.beside(files)
    assert transcripts.spoken("talk.mp4", 0, 2) == {
        "en": "hello",
        "de": "hallo",
        "pt-br": "oi",
        "und": "who knows",
    }
    assert transcripts.spoken("talks.mp4", 0, 2) == {"en": "of the next"}
    assert transcripts.spoken("sub/deep.wav", 0, 2) == {"en": "deep"}
    assert transcripts.covers(files).tolist() == [
        False,
        False,
        True,
        True,
        True,
    ]
    twice = str(tmp_path / "talk.en.srt")
    assert list(transcripts.refused) == [twice]
    assert "of the same language" in transcripts.refused[twice]


@needs_webvtt
def test_files_that_cannot_be_read_are_told_and_left_out(tmp_path, caplog):
    (tmp_path / "a.en.srt").write_text(subtitles("good"))
    (tmp_path / "a.de.srt").write_bytes(subtitles("böse").encode("latin-1"))
    (tmp_path / "b.en.srt").write_text("")
    (tmp_path / "b.de.srt").write_text(
        subtitles("spät", "00:00:05,000", "00:00:03,000")
    )
    files = Manifest(tmp_path, ["a.mp4", "b.mp4"])
    transcripts = Transcripts.beside(files)
    assert transcripts.covers(files).tolist() == [True, False]
    refused = {
        name: str(tmp_path / name)
        for name in ("a.de.srt", "b.en.srt", "b.de.srt")
    }
    assert set(transcripts.refused) == set(refused.values())
    for path in refused.values():
        assert path in transcripts.refused[path]
        assert path in caplog.text
    # They are known to what is chosen of them, too.
    assert transcripts.where("en").refused == transcripts.refused
    with pytest.raises(ValueError, match="2 files that cannot be read.*empty"):
        Transcripts.beside(files.subset([1]))
