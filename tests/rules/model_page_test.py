"""What models add to a page."""

import numpy as np
import pytest
import tensorflow as tf

from keras_av.report import RunPage
from keras_av.rules.model_page import _banks, add_model
from tests.training import toy

pytestmark = pytest.mark.slow_on_tensorflow


def page_of(model, tmp_path):
    page = RunPage("model")
    add_model(page, model)
    page.write(tmp_path / "page.html")
    return (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_banks_are_named_with_what_is_written():
    model = toy.model()
    model.video_bank.written.assign(np.arange(toy.NUM_CLIPS) < 8)
    rows = float(toy.NUM_CLIPS)
    assert _banks(model) == {
        "video_bank": {"rows": rows, "share written": 0.25},
        "audio_bank": {"rows": rows, "share written": 0.0},
    }


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


def test_test_clips_without_sound_are_told(stage1, tmp_path, monkeypatch):
    heard = type(stage1.dataset).test_clips

    def unheard(*args):
        clips = heard(*args)
        silent = clips.map(
            lambda batch: {
                **batch,
                "has_audio": tf.zeros_like(batch["has_audio"]),
            }
        )
        silent.report = clips.report
        return silent

    monkeypatch.setattr(type(stage1.dataset), "test_clips", unheard)
    page = page_of(stage1, tmp_path)
    assert "No test clip has sound." in page
    assert "Map of the embeddings" not in page
    assert "<h2>Memory banks</h2>" in page and "8 clips read" in page


def test_a_classifier_shows_what_it_confuses(classifier, tmp_path):
    page = page_of(classifier, tmp_path)
    assert "<h2>Confusion of classes</h2>" in page
    assert "What a sound finds" not in page
    assert "rule = supervised" in page


def test_a_student_takes_whole_batches(student, tmp_path):
    assert "Confusion of classes" in page_of(student, tmp_path)
