"""Listen to Look, as a rule."""

import operator

import numpy as np
import pytest

from keras_av import rules
from keras_av.models import Preset


@pytest.mark.slow
def test_what_is_left(tmp_path, student):
    assert student.modalities == ("image", "audio")
    preset = Preset.from_preset(student.folder / "student")
    assert preset.units == 16
    scores = rules.evaluate(tmp_path, model=student)
    assert 0 <= scores.values()["top_1"] <= 1


@pytest.mark.slow
def test_one_sense_and_descriptors_alone(tmp_path, learning, classifier, audio):
    model = rules.listen_to_look(
        tmp_path / "x",
        **learning,
        teacher=classifier,
        audio_encoder=audio,
        kl_weight=0.0,
    )
    assert model.modalities == ("audio",)


@pytest.mark.slow
@pytest.mark.parametrize("train_encoders", [False, True])
def test_fine_tuning(tmp_path, learning, student, train_encoders):
    options = {k: learning[k] for k in ("optimizer", "epochs", "batch_size")}
    model = rules.fine_tune_student(
        tmp_path, model=student, train_encoders=train_encoders, **options
    )

    def moved(read):
        before, after = (read(one) for one in (student, model))
        assert len(before) == len(after) > 0
        return any(np.any(a != b) for a, b in zip(before, after))

    assert moved(lambda one: one.load_classifier().classifier.get_weights())
    assert moved(lambda one: one.load_classifier().student.fusion.get_weights())
    # Moving means and variances stay, too.
    for name in student.modalities:
        read = operator.methodcaller("backbone", name)
        assert moved(lambda one, r=read: r(one).get_weights()) == train_encoders
        assert model.backbone(name).trainable


@pytest.mark.slow
def test_fine_tuning_for_other_classes(tmp_path, learning, student):
    dataset = rules.generated_dataset(
        num_train=16, num_test=8, exclude_classes=["metal_ball"]
    )
    model = rules.fine_tune_student(
        tmp_path / "tuned",
        model=student,
        dataset=dataset,
        **{k: learning[k] for k in ("optimizer", "epochs", "batch_size")},
    )
    scores = rules.evaluate(tmp_path / "scores", model=model)
    assert 0 <= scores.values()["top_1"] <= 1


@pytest.mark.slow
def test_only_students_are_fine_tuned(tmp_path, learning, classifier):
    with pytest.raises(ValueError, match="from listen_to_look"):
        rules.fine_tune_student(
            tmp_path, model=classifier, optimizer=rules.adam(), epochs=1
        )


@pytest.mark.slow
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
            rules.listen_to_look(
                tmp_path / "x", kl_weight=1.0, **learning, **options
            )
