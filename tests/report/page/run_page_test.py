import html.parser
import re

import numpy as np
import pytest

from keras_av.report import RunPage
from keras_av.report.page.scatter import COLORS


class Reader(html.parser.HTMLParser):
    """Elements, and whether each that is opened is closed."""

    VOID = ("meta", "rect", "polyline", "img")

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes.append(dict(attrs))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes.append(dict(attrs))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(path):
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    assert reader.open == []
    return reader


@pytest.fixture
def whole(tmp_path):
    rng = np.random.default_rng(0)
    batch = {
        "video": rng.integers(0, 255, (5, 2, 16, 16, 3), "uint8"),
        "audio": 0.1 * rng.standard_normal((5, 8000)),
        "index": np.arange(5),
        "label": np.arange(5) % 2,
    }
    pairs = {"video": np.eye(5), "audio": np.eye(5), "index": np.arange(5)}
    page = RunPage("A <b>run</b>")
    page.add_table(
        {"one": {"knn": 0.5, "probe": (0.25, 0.125)}, "chance": {"knn": 0.125}}
    )
    page.add_curves(
        {
            "epoch": [0, 1],
            "loss": [2.0, 1.0],
            "gap": [np.nan] * 2,
            "knn_chance": [0.1] * 2,
        }
    )
    page.add_pairs(pairs, [batch], class_names=["cat", "dog"])
    page.add_text("Data", "2 clips read\n  <script>.mp4: silent x 1")
    path = tmp_path / "report.html"
    page.write(path)
    return path


def test_is_one_whole_file_that_asks_for_nothing(whole):
    reader, text = read(whole), whole.read_text("utf-8")
    assert "script" not in reader.seen and "link" not in reader.seen
    assert not re.findall(r"(?:src|href)=\"(?!data:)", text)
    assert "://" not in text and len(text) < 1_000_000
    videos = [
        found
        for tag, found in zip(reader.seen, reader.attributes)
        if tag == "video"
    ]
    # Five rows for each direction, of a query and four answers, and four of
    # neighbours in each modality.
    assert len(videos) == 2 * 25 + 2 * 20
    assert all(v["aria-label"] and v["poster"] for v in videos)


def test_says_what_was_measured(whole):
    text = whole.read_text("utf-8")
    for said in ("0.500", "0.250 ± 0.125", "loss", "cat", "dog", "alignment"):
        assert said in text
    for name in ("gap", "knn_chance"):
        assert f"<figcaption>{name}" not in text
    assert "A &lt;b&gt;run&lt;/b&gt;" in text and "<script>" not in text
    for name in ("keras_av", "Keras", "backend", "Python"):
        assert re.search(rf"{name} \w", text)


def test_is_there_after_a_run_that_was_killed_at_once(tmp_path):
    page = RunPage("Killed")
    page.add_curves({"epoch": [], "loss": []})
    page.write(tmp_path / "report.html")
    read(tmp_path / "report.html")
    assert "Nothing was measured yet" in (tmp_path / "report.html").read_text()


def test_results_stand_beside_what_is_asked_for(tmp_path):
    def clip(text):
        frames = np.zeros((2, 16, 16, 3))
        return {"video": frames, "audio": np.zeros(4000), "text": text}

    page = RunPage("Search")
    found = [clip(f"file <{k}>") for k in range(5)]
    page.add_results("Finds", clip("asked"), found, sampling_rate=8000)
    page.write(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    # Five results, in rows of at most four, each beside the query.
    assert read(tmp_path / "page.html").seen.count("video") == 7
    assert text.count("<figcaption>asked</figcaption>") == 2
    assert all(f"file &lt;{k}&gt;</figcaption>" in text for k in range(5))


def test_confusion_is_shaded_by_its_share(tmp_path):
    page = RunPage("Classes")
    page.add_confusion(np.array([[3, 1], [0, 0]]), ["a", "<b>"])
    page.write(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    read(tmp_path / "page.html")
    shades = re.findall(
        r"var\(--line\) (\d+)%, var\(--paper\)\)\">(\d+)<", text
    )
    assert shades == [("30", "3"), ("10", "1"), ("0", "0"), ("0", "0")]
    assert '<th scope="row">&lt;b&gt;</th>' in text


def test_moments_that_were_chosen_stand_out(tmp_path):
    page = RunPage("Skimming")
    page.add_moments(np.zeros((5, 8, 8, 3)), [3, 0, 3, -1])
    page.write(tmp_path / "page.html")
    found = read(tmp_path / "page.html")
    pictures = [one["alt"] for one in found.attributes if "alt" in one]
    assert pictures == [
        "moment 1, chosen as number 2",
        "moment 2",
        "moment 3",
        "moment 4, chosen as number 1",
        "moment 5",
    ]


def test_cost_and_answers(tmp_path):
    page = RunPage("Students")
    columns = {
        "teacher": {"MFLOPs": 40, "accuracy": 0.8},
        "<b>": {"MFLOPs": 4, "accuracy": 0.7},
        "chance": {"accuracy": 0.5},
    }
    page.add_cost(columns)
    batch = {
        "video": np.zeros((3, 2, 16, 16, 3)),
        "audio": np.zeros((3, 8000)),
        "label": np.array([0, 1, 1]),
    }
    page.add_answers(
        {"teacher": np.array([0, 1, 1]), "student": np.array([0, 1, 0])},
        [batch],
        ["cat", "<dog>"],
    )
    page.write(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert read(tmp_path / "page.html").seen.count("video") == 3
    assert "1 of 3 clips are taken for different classes" in text
    first = text.index("&lt;dog&gt;; teacher: &lt;dog&gt;, student: cat")
    assert first < text.index("cat; teacher: cat, student: cat")
    assert "&lt;b&gt;: 0.7 at 4" in text and "MFLOPs" in text


def test_a_table_says_how_many_clips_it_is_of(tmp_path):
    page = RunPage("a run")
    columns = {"one": {"knn": 0.25}, "chance": {"knn": 0.125}}
    page.add_table(columns, num_clips=16)
    page.write(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "<p>Test clips: 16</p>" in text
    assert "<p>Too few to tell from chance: one, knn</p>" in text


def luminance(color):
    """Of WCAG 2.2."""
    parts = np.array([int(part, 16) / 255 for part in split(color)])
    low = parts <= 0.04045
    linear = np.where(low, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def schemes(text):
    """Colors by name, of light and of dark paper."""
    return [
        dict(re.findall(r"--(\w+): (#\w+)", found))
        for found in re.findall(r":root \{([^}]*)\}", text)
    ]


def test_what_is_read_and_drawn_stands_out(whole):
    found = schemes(whole.read_text("utf-8"))
    assert len(found) == 2 and contrast("#fff", "#000") == 21
    for scheme in found:
        paper = scheme["paper"]
        for name in ("ink", "good"):
            assert contrast(scheme[name], paper) >= 4.5, name
        assert contrast(scheme["ink"], scheme["soft"]) >= 4.5
        for color in (*COLORS, scheme["line"]):
            assert contrast(color, paper) >= 3, color
        # The darkest cell of a confusion, of which two fifths are the line.
        assert contrast(scheme["ink"], mixed(scheme["line"], paper)) >= 4.5


def mixed(color, paper, share=0.4):
    return "#" + "".join(
        f"{round(share * int(one, 16) + (1 - share) * int(other, 16)):02x}"
        for one, other in zip(*(split(name) for name in (color, paper)))
    )


def split(color):
    digits = color[1:] if len(color) > 4 else "".join(2 * c for c in color[1:])
    return [digits[k : k + 2] for k in (0, 2, 4)]
