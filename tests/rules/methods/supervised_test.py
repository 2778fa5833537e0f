"""Learning from labels."""

import json

import pytest

from keras_av import rules


@pytest.mark.slow
def test_what_is_left(classifier, hearing):
    for model, key in ((classifier, "video"), (hearing, "audio")):
        assert model.classifier_key == key and model.has_classifier
        assert model.classifier.is_file()
        assert model.backbone(key).output_shape[0] is None


@pytest.mark.slow
def test_accuracy(tmp_path, classifier, hearing):
    for name, model in (("seen", classifier), ("heard", hearing)):
        scores = rules.evaluate(tmp_path / name, model=model, num_clips=2)
        assert 0 <= scores.values()["top_1"] <= 1
        assert scores.chance()["top_1"] == 1 / 8
        assert (tmp_path / name / "confusion.png").is_file()


@pytest.mark.slow
def test_only_the_classifier_may_learn(tmp_path, learning, classifier):
    encoder = rules.trained_encoder(model=classifier, modality="video")
    tuned = rules.supervised(
        tmp_path / "tuned", encoder=encoder, train_encoder=False, **learning
    )
    before, after = (
        m.backbone("video").get_weights() for m in (classifier, tuned)
    )
    assert all((a == b).all() for a, b in zip(before, after))


@pytest.mark.slow
def test_images(tmp_path, learning):
    encoder = rules.listen_to_look_image(depth=10, width=2)
    model = rules.supervised(tmp_path / "image", encoder=encoder, **learning)
    assert model.classifier_key == "video"
    scores = rules.evaluate(tmp_path / "accuracy", model=model)
    text = (tmp_path / "accuracy" / "scores.json").read_text()
    assert json.loads(text)["scores"] == scores.values()


@pytest.mark.slow
def test_without_a_classifier_there_is_no_accuracy(tmp_path, stage1):
    with pytest.raises(ValueError, match="linear_probe"):
        rules.evaluate(tmp_path, model=stage1)
    with pytest.raises(ValueError, match="num_clips must be at least 1"):
        rules.evaluate.plan(
            tmp_path, model=_any_classifier(stage1), num_clips=0
        )


def _any_classifier(model):
    import dataclasses

    return dataclasses.replace(model, classifier_key="video")
