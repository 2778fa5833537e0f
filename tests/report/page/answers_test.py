import numpy as np
import pytest

from keras_av.report.page.answers import Answers


def batches(num):
    for label in range(num):
        yield {
            "video": np.full((1, 2, 16, 16, 3), label),
            "audio": np.zeros((1, 8000)),
            "label": np.array([label]),
        }


def test_differing_answers_come_first_and_each_stands_by_its_clip():
    names = [f"class {k}" for k in range(12)]
    one = np.arange(12)
    other = np.where(one % 5 == 4, 0, one)
    found = Answers({"a": one, "b": other}, batches(12), names, 16000)
    texts = [shown.text for shown in found.shown()]
    assert texts[:2] == [
        "class 4; a: class 4, b: class 0",
        "class 9; a: class 9, b: class 0",
    ]
    assert texts[2] == "class 0; a: class 0, b: class 0" and len(texts) == 10
    assert found.note.startswith("2 of 12 clips")


def test_a_clip_without_a_label_has_no_class():
    batch = next(batches(1)) | {"label": np.array([-1])}
    found = Answers({"a": [0]}, [batch], ["cat"], 16000)
    assert found.shown()[0].text == "no class; a: cat"


def test_clips_that_are_only_seen_play():
    batch = next(batches(1))
    del batch["audio"]
    shown = Answers({"a": [0]}, [batch], ["cat"], 16000).shown()[0]
    assert shown.source.movie and shown.source.poster


def test_refuses_too_few_answers():
    with pytest.raises(ValueError, match="each of the 3 clips"):
        Answers({"a": np.zeros(2)}, batches(3), ["cat"], 16000)
