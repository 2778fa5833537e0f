import builtins
import codecs

import pytest

from keras_av.data import read_subtitles

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Hello</i> <font color="#fff">world</font>
{\\an8}second line

2
00:00:02,000 --> 01:00:04,000
Über & <b>alles</b> a < b
1985
"""
SPANS = [
    (1.0, 2.5, "Hello world second line"),
    (2.0, 3604.0, "Über & alles a < b 1985"),
]
VTT = """WEBVTT - a title
Kind: captions

NOTE not said

STYLE
::cue { color: red }

id-1
00:01.000 --> 00:02.500 align:start position:0%
<v Roger Bingham>We are in <c.yellow>New</c> York</v>

00:00:02.600 --> 00:00:04.000
auto<00:00:03.000><c> captions</c> &amp; more &lt;3
"""


def write(folder, name, data):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    "data",
    [
        SRT,
        SRT.replace("\n", "\r\n"),
        codecs.BOM_UTF8 + SRT.encode(),
        codecs.BOM_UTF8 + b"\n" + SRT.encode(),
        SRT.encode("utf-16"),
        "\n\n" + SRT + "\n\n",
    ],
    ids=[
        "plain",
        "crlf",
        "utf-8 bom",
        "bom and blank",
        "utf-16",
        "blank lines",
    ],
)
def test_srt(tmp_path, data):
    assert read_subtitles(write(tmp_path, "a.srt", data)) == SPANS


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_vtt(tmp_path, end):
    path = write(tmp_path, "a.VTT", VTT.replace("\n", end))
    assert read_subtitles(path) == [
        (1.0, 2.5, "We are in New York"),
        (2.6, 4.0, "auto captions & more <3"),
    ]


def test_spans_come_in_the_order_of_time(tmp_path):
    first, second = SRT.split("\n\n")
    path = write(tmp_path, "a.srt", f"{second.strip()}\n\n{first}\n")
    assert read_subtitles(path) == SPANS


def test_spans_without_words_are_left_out(tmp_path):
    empty = "\n3\n00:00:05,000 --> 00:00:06,000\n<i> </i>\n"
    path = write(tmp_path, "a.srt", SRT + empty)
    assert read_subtitles(path) == SPANS


@pytest.mark.parametrize(
    "name, data, message",
    [
        ("a.srt", "", "the file is empty"),
        ("a.vtt", " \n", "the file is empty"),
        ("a.vtt", "WEBVTT\n", "it holds no words"),
        ("a.srt", "hello there", "cannot be read as subtitles"),
        ("a.vtt", SRT, "cannot be read as subtitles"),
        ("a.srt", SRT.encode("latin-1"), "no UTF-8 at byte 1.*Save it as"),
        ("a.srt", bytes(range(256)), "no UTF-8 at byte 128"),
        (
            "a.srt",
            SRT.replace(
                "00:00:01,000 --> 00:00:02,500", "00:00:03,0 --> 00:00:02,500"
            ),
            "end after that. Received: 3.0 to 2.5, 'Hello",
        ),
        (
            "a.srt",
            SRT.replace("00:00:01,000", "00:0x:01,000"),
            "2 lines have the arrow of a span.*but 1 spans can be",
        ),
        ("a.txt", SRT, "no subtitle file"),
    ],
)
def test_refuses_by_name(tmp_path, name, data, message):
    path = write(tmp_path, name, data)
    with pytest.raises(ValueError, match=message) as caught:
        read_subtitles(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_no_fault_of_its_content(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_subtitles(tmp_path / "a.srt")


def test_tells_how_to_install_what_reads(tmp_path, monkeypatch):
    usual = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "webvtt":
            raise ImportError(name)
        return usual(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        ImportError, match=r"pip install 'keras_av\[subtitles\]"
    ):
        read_subtitles(write(tmp_path, "a.srt", SRT))
