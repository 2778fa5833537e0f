"""What models add to a page."""

import pytest

from keras_av.report import RunPage
from keras_av.rules.model_page import add_model

pytestmark = pytest.mark.slow_on_tensorflow


def page_of(model, tmp_path):
    page = RunPage("model")
    add_model(page, model)
    page.write(tmp_path / "page.html")
    return (tmp_path / "page.html").read_text("utf-8")


def test_two_towers_show_what_finds_what(stage1, tmp_path):
    page = page_of(stage1, tmp_path)
    for said in (
        "<h2>While training</h2>",
        "<h2>What a sound finds</h2>",
        "<h2>Nearest by sight</h2>",
        "<h2>Memory banks</h2>",
        "rule = sscl",
        "updates = ",
        "8 clips read",
    ):
        assert said in page, said
    assert "Confusion" not in page


def test_a_classifier_shows_what_it_confuses(classifier, tmp_path):
    page = page_of(classifier, tmp_path)
    assert "<h2>Confusion of classes</h2>" in page
    assert "What a sound finds" not in page
    assert "rule = supervised" in page


def test_a_student_takes_whole_batches(student, tmp_path):
    assert "Confusion of classes" in page_of(student, tmp_path)
