"""Long videos, as rules."""

import pytest

from keras_av import rules


@pytest.fixture(scope="module")
def features(tmp_path_factory, student):
    return rules.clip_features(
        tmp_path_factory.mktemp("rules") / "features",
        model=student,
        dataset=rules.generated_long_dataset(num_train=8, num_test=8),
        hop=5.0,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "method, options",
    [
        (rules.skimming, {"output_kind": "both", "confidence": 0.9}),
        (rules.selected_clips, {"selection": "uniform"}),
    ],
)
def test_accuracy(tmp_path, features, method, options):
    scores = method(
        tmp_path,
        features=features,
        optimizer=rules.sgd(l2_weight=0.1, rate_factors={"classifier": 0.1}),
        epochs=1,
        num_steps=2,
        batch_size=4,
        length_range=[2, 4],
        **options,
    )
    found = scores.values()
    assert all(0 <= found.pop(name) <= 1 for name in ("accuracy", "mAP"))
    # The two that are chosen, or all.
    (batch,) = features.sequences(False, 8)
    clips = 2 if "selection" in options else batch["mask"].numpy().sum() / 8
    assert found.pop("images") == found.pop("sounds") == clips
    assert 0 < found.pop("MFLOPs") and not found
    assert (tmp_path / "classifier.keras").is_file()


@pytest.mark.slow
def test_mistakes_are_refused(tmp_path, features, classifier, student):
    with pytest.raises(ValueError, match="from listen_to_look"):
        rules.clip_features(tmp_path, model=classifier)
    with pytest.raises(ValueError, match="hop must be positive"):
        rules.clip_features(tmp_path, model=student, hop=0.0)
    settings = {
        "features": features,
        "optimizer": rules.adam(),
        "epochs": 1,
        "batch_size": 4,
    }
    with pytest.raises(ValueError, match="num_steps must be at least 1"):
        rules.skimming(tmp_path, **settings, num_steps=0)
    with pytest.raises(ValueError, match="length_range must be two numbers"):
        rules.selected_clips(
            tmp_path, **settings, num_steps=1, length_range=[200]
        )
