import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import FusionMLP
from keras_av.models import ImageAudioEncoder
from tests import harness


def image_encoder():
    return keras.Sequential(
        [keras.Input((6, 6, 3)), keras.layers.GlobalAveragePooling2D()]
    )


def audio_encoder():
    return keras.Sequential([keras.Input((20,)), keras.layers.Dense(4)])


def encoder(**options):
    fusion = FusionMLP(5, 8, keras.initializers.GlorotUniform(0))
    return ImageAudioEncoder(
        image_encoder(), audio_encoder(), fusion, **options
    )


def clips(num=3):
    random = np.random.default_rng(0)
    return {
        "video": random.random((num, 4, 6, 6, 3)).astype("float32"),
        "audio": random.normal(size=(num, 20)).astype("float32"),
    }


@pytest.mark.parametrize("frame", [0, 2, -1])
def test_sees_one_frame_and_hears(frame):
    model, batch = encoder(frame=frame), clips()
    found = keras.tree.map_structure(ops.convert_to_numpy, model(batch))
    image = batch["video"][:, frame].mean(axis=(1, 2))
    np.testing.assert_allclose(found["image"], image, rtol=1e-5)
    audio = ops.convert_to_numpy(model.audio_encoder(batch["audio"]))
    np.testing.assert_allclose(found["audio"], audio, rtol=1e-5)
    fused = ops.convert_to_numpy(model.fusion([image, audio]))
    np.testing.assert_allclose(found["fused"], fused, rtol=1e-4, atol=1e-6)
    still = {"image": batch["video"][:, frame], "audio": batch["audio"]}
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(still)["fused"]), found["fused"], atol=1e-6
    )


def test_a_silent_clip_has_zeros_for_its_sound():
    model, batch = encoder(), clips()
    mask = np.array([True, False, True])
    found = model({**batch, "has_audio": mask})
    audio = ops.convert_to_numpy(found["audio"])
    assert not audio[1].any() and audio[0].any() and audio[2].any()
    louder = {**batch, "has_audio": mask}
    louder["audio"] = batch["audio"] * np.where(mask, 1, 9)[:, None]
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(louder)["fused"]),
        ops.convert_to_numpy(found["fused"]),
        atol=1e-6,
    )


def test_one_sense_alone():
    deaf = ImageAudioEncoder(image_encoder(), fusion=FusionMLP(5, 8))
    assert set(deaf({"video": clips()["video"]})) == {"image", "fused"}
    blind = ImageAudioEncoder(None, audio_encoder(), FusionMLP(5, 8))
    assert set(blind({"audio": clips()["audio"]})) == {"audio", "fused"}
    with pytest.raises(ValueError, match="neither"):
        ImageAudioEncoder()


def test_a_missing_key_is_named():
    with pytest.raises(ValueError, match=r"reads the keys \['audio'\]"):
        encoder()({"video": clips()["video"]})


def test_inside_another_model_and_saved(tmp_path):
    model, batch = encoder(), clips()
    inputs = {
        "image": keras.Input((6, 6, 3), name="image"),
        "audio": keras.Input((20,), name="audio"),
    }
    outputs = keras.layers.Dense(2)(model(inputs)["fused"])
    outer = keras.Model(inputs, outputs)
    outer.save(tmp_path / "outer.keras")
    loaded = keras.saving.load_model(tmp_path / "outer.keras")
    still = {"image": batch["video"][:, 0], "audio": batch["audio"]}
    np.testing.assert_allclose(
        loaded.predict(still, verbose=0),
        outer.predict(still, verbose=0),
        atol=1e-5,
    )


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(policy):
    with harness.dtype_policy(policy):
        model = encoder()
    for value in model(clips()).values():
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        assert np.isfinite(ops.convert_to_numpy(value)).all()
