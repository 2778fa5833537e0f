"""Listen to Look, as a rule."""

import pytest

from keras_av import rules
from keras_av.models import Preset


def test_what_is_left(tmp_path, student):
    assert student.modalities == ("image", "audio")
    preset = Preset.from_preset(student.folder / "student")
    assert preset.units == 16
    scores = rules.evaluate(tmp_path, model=student)
    assert 0 <= scores.values()["top_1"] <= 1


def test_one_sense_and_descriptors_alone(tmp_path, learning, classifier, audio):
    model = rules.listen_to_look(
        tmp_path / "x",
        **learning,
        teacher=classifier,
        audio_encoder=audio,
        kl_weight=0.0,
    )
    assert model.modalities == ("audio",)


def test_mistakes_are_refused(tmp_path, learning, classifier, hearing, audio):
    for options, message in (
        ({"teacher": hearing, "audio_encoder": audio}, "a classifier of video"),
        ({"teacher": classifier}, "Give an image_encoder"),
        (
            {"teacher": classifier, "image_encoder": audio},
            "image_encoder must be an encoder of image",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            rules.listen_to_look(tmp_path / "x", **learning, **options)
