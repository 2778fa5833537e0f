import keras
import numpy as np
import pytest
from keras import ops

from keras_av.evaluation import skim_videos
from keras_av.layers import FusionMLP
from keras_av.methods import Skimming
from keras_av.models import ImageAudioEncoder

LENGTHS = (9, 2, 5)


def student():
    """Of dense layers, which count what they encode."""
    counts = {"image": 0, "audio": 0}
    encoders = []
    for name, shape in (("image", (4, 4, 3)), ("audio", (30,))):
        encoder = keras.Sequential(
            [
                keras.Input(shape),
                keras.layers.Flatten(),
                keras.layers.Dense(6, "tanh", name=f"{name}_dense"),
            ]
        )
        encode = encoder.predict_on_batch

        def predict(x, name=name, encode=encode):
            counts[name] += len(x)
            return encode(x)

        encoder.predict_on_batch = predict
        encoders.append(encoder)
    fusion = FusionMLP(6, 8, keras.initializers.GlorotUniform(2))
    return ImageAudioEncoder(*encoders, fusion, frame=1), counts


def clips(seed=0):
    random = np.random.default_rng(seed)
    index = np.repeat([4, 0, 7], LENGTHS).astype("int32")
    return {
        "video": random.normal(size=(16, 2, 4, 4, 3)).astype("float32"),
        "audio": random.normal(size=(16, 30)).astype("float32"),
        "has_audio": random.random(16) > 0.3,
        "index": index,
        "position": np.concatenate([np.arange(n) for n in LENGTHS]),
        "label": index % 3,
    }


def batched(columns, size):
    for start in range(0, 16, size):
        yield {k: v[start : start + size] for k, v in columns.items()}


def skimmer(fusion, **options):
    sizes = {"hidden_units": 8, "key_units": 4, "num_steps": 4, "seed": 3}
    options = {"hard": True, "index": "image", **sizes, **options}
    return Skimming(3, 6, fusion, **options)


def all_features(encoder, columns):
    """What the skimmer reads if everything is encoded beforehand."""
    found = encoder(columns)
    longest = max(LENGTHS)
    places = np.cumsum([0, *LENGTHS])
    banks = {"mask": np.arange(longest) < np.array(LENGTHS)[:, None]}
    for name in ("image", "audio"):
        values = ops.convert_to_numpy(found[name])
        bank = np.zeros((3, longest, 6), "float32")
        for row, (start, length) in enumerate(zip(places, LENGTHS)):
            bank[row, :length] = values[start : start + length]
        banks[f"{name}_features"] = bank
    return banks


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("size", [16, 3])
@pytest.mark.parametrize("mask_selected", [False, True])
def test_gives_what_all_features_give(size, mask_selected):
    encoder, counts = student()
    model = skimmer(encoder.fusion, mask_selected=mask_selected)
    columns = clips()
    banks = all_features(encoder, columns)
    expected = model(banks)
    found = skim_videos(model, encoder, batched(columns, size))
    np.testing.assert_allclose(
        found["logits"], ops.convert_to_numpy(expected["logits"]), atol=1e-5
    )
    assert found["index"].tolist() == [4, 0, 7]
    assert found["label"].tolist() == [1, 0, 1]
    # The last choice is not looked at.
    chosen = ops.convert_to_numpy(expected["image_index"])[:, :-1]
    assert found["chosen"].tolist() == chosen.tolist()
    assert found["num_sounds"].tolist() == [len(set(row)) for row in chosen]
    assert found["num_images"].tolist() == list(LENGTHS)
    counted = model.encoded(expected, banks["mask"])
    assert counted[0].tolist() == list(LENGTHS)
    assert counted[1].tolist() == found["num_sounds"].tolist()
    heard = [
        columns["has_audio"][start + np.unique(row)].sum()
        for start, row in zip(np.cumsum([0, *LENGTHS]), chosen)
    ]
    assert counts == {"image": 16, "audio": sum(heard)}


def test_a_thin_index_is_cheaper_than_what_is_looked_at():
    encoder, counts = student()
    model = skimmer(encoder.fusion, interpolate=3)
    columns = {k: v[:9] for k, v in clips().items()}
    found = skim_videos(model, encoder, [columns])
    banks = {k: v[:1] for k, v in all_features(encoder, clips()).items()}
    expected = model(banks)
    np.testing.assert_allclose(
        found["logits"], ops.convert_to_numpy(expected["logits"]), atol=1e-5
    )
    chosen = set(ops.convert_to_numpy(expected["image_index"])[0, :-1])
    assert found["num_images"] == len(chosen | {0, 3, 6}) == counts["image"]
    counted = model.encoded(expected, banks["mask"])
    assert [int(one[0]) for one in counted] == [counts["image"], len(chosen)]


def test_who_is_sure_stops():
    encoder, counts = student()
    model = skimmer(encoder.fusion, confidence=0.0)
    found = skim_videos(model, encoder, [clips()])
    banks = all_features(encoder, clips())
    assert model.encoded(model(banks), banks["mask"])[1].tolist() == [0] * 3
    assert found["num_steps"].tolist() == [1, 1, 1]
    assert counts["audio"] == 0 and found["num_sounds"].sum() == 0
    # Never sure: every step.
    model = skimmer(encoder.fusion, confidence=1.1)
    assert (skim_videos(model, encoder, [clips()])["num_steps"] == 4).all()


def test_what_was_chosen_ends_where_a_video_does():
    encoder, _ = student()
    model = skimmer(encoder.fusion, confidence=0.0)
    after_one = skim_videos(model, encoder, [clips()])["logits"]
    shares = np.exp(after_one) / np.exp(after_one).sum(axis=1, keepdims=True)
    sure = np.median(shares.max(axis=1))
    model = skimmer(encoder.fusion, confidence=float(sure))
    found = skim_videos(model, encoder, [clips()])
    assert len(set(found["num_steps"])) > 1
    looked = found["chosen"] >= 0
    assert looked.sum(axis=1).tolist() == (found["num_steps"] - 1).tolist()
    assert (np.diff(looked.astype(int), axis=1) <= 0).all()


@pytest.mark.parametrize("options", [{"hard": False}, {"index": "both"}])
def test_refuses_who_looks_at_everything(options):
    encoder, _ = student()
    with pytest.raises(ValueError, match="must choose single clips"):
        skim_videos(skimmer(encoder.fusion, **options), encoder, [clips()])


def test_refuses_half_a_student_and_no_clips():
    encoder, _ = student()
    model = skimmer(encoder.fusion)
    with pytest.raises(ValueError, match="at least one clip"):
        skim_videos(model, encoder, [])
    half = ImageAudioEncoder(encoder.image_encoder, None, FusionMLP(6, 8))
    with pytest.raises(ValueError, match="one of them alone"):
        skim_videos(model, half, [clips()])
