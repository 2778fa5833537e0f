import importlib.util

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from PIL import Image

from keras_av.callbacks import KNNProbe, TensorBoardClips
from keras_av.methods import AudioTextContrastive, CrossModalContrastive
from tests.harness import ONE_STEP

NUM = 9
SILENT = 4


def model():
    video = keras.Sequential(
        [keras.Input((2, 8, 8, 3)), layers.Flatten(), layers.Dense(4)]
    )
    audio = keras.Sequential([keras.Input((1024,)), layers.Dense(4)])
    method = CrossModalContrastive(video, audio, seed=0)
    method.compile(optimizer="adam", **ONE_STEP)
    return method


def batch():
    rng = np.random.default_rng(0)
    return {
        "video": rng.integers(0, 255, (NUM, 2, 8, 8, 3)).astype("float32"),
        "audio": 0.3 * rng.standard_normal((NUM, 1024)).astype("float32"),
        # Not their places.
        "index": np.arange(NUM, dtype="int32") + 20,
        "label": np.array([0, 1, -1] * 3, "int32"),
        "has_audio": np.arange(NUM) != SILENT,
    }


def summaries(folder):
    """Values of TensorBoard's files: pairs of tag and step, and tensors."""
    found = {}
    for path in sorted(folder.glob("*tfevents*")):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                made = tf.make_ndarray(value.tensor)
                found[value.tag, event.step] = made
    return found


@pytest.mark.slow_on_tensorflow
def test_shows_what_sounds_find_after_every_second_epoch(tmp_path):
    clips = batch()
    board = TensorBoardClips(
        tmp_path, [clips], ["dog", "big\tbell"], 8000, frequency=2
    )
    trained = tf.data.Dataset.from_tensors(clips)
    model().fit(trained, epochs=4, callbacks=[board], verbose=0)
    found = summaries(tmp_path / "clips")
    # The sounds stay the same.
    pictures = [("audio_to_video", 1), ("audio_to_video", 3)]
    assert sorted(found) == [*pictures, ("sounds", 1)]
    # Width, height, and the picture of six queries and seven columns.
    width, height, picture = found["audio_to_video", 3]
    assert (int(width), int(height)) == (1050, 900)
    assert tf.io.decode_png(picture).shape[:2] == (900, 1050)
    heard = found["sounds", 1][:, 0]
    kept = np.delete(np.arange(NUM), SILENT)
    assert len(heard) == 6
    sound, rate = tf.audio.decode_wav(heard[-1])
    assert int(rate) == 8000
    np.testing.assert_allclose(
        sound[:, 0], clips["audio"][kept[-1]].clip(-1, 1), atol=1e-4
    )
    rows = (tmp_path / "clips" / "metadata.tsv").read_text().splitlines()
    names = ["dog", "big bell", "none"] * 3
    assert rows[0] == "modality\tclass\tclip"
    assert rows[1:] == [
        f"{modality}\t{names[k]}\t{20 + k}"
        for modality in ("video", "audio")
        for k in kept
    ]


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_the_projector_has_the_embeddings_of_the_model(tmp_path):
    from google.protobuf import text_format
    from tensorboard.plugins import projector

    clips, method = batch(), model()
    board = TensorBoardClips(tmp_path, [clips])
    board.set_model(method)
    board.on_epoch_end(0)
    folder = tmp_path / "clips"
    config = text_format.Parse(
        (folder / "projector_config.pbtxt").read_text(),
        projector.ProjectorConfig(),
    )
    (entry,) = config.embeddings
    points = np.loadtxt(folder / entry.tensor_path, delimiter="\t")
    made = method({name: clips[name] for name in ("video", "audio")})
    for name, part in zip(("video", "audio"), np.split(points, 2)):
        expected = np.delete(
            keras.ops.convert_to_numpy(made[name]), SILENT, axis=0
        )
        np.testing.assert_allclose(part, expected, atol=1e-5)
    side = entry.sprite.single_image_dim[0]
    with Image.open(folder / entry.sprite.image_path) as square:
        # Sixteen points in a square of four.
        assert square.size == (4 * side, 4 * side)
        corner = np.asarray(square)[-side:, -side:]
    last = clips["video"][-1, 1].astype("uint8")
    small = np.asarray(Image.fromarray(last).resize((side, side)))
    np.testing.assert_array_equal(corner, small)


def test_clips_are_encoded_once_with_probes(tmp_path):
    passes = []

    class Counted:
        def __iter__(self):
            passes.append(1)
            return iter([batch()])

    clips = Counted()
    method = model()
    probe = KNNProbe(clips, clips, modality="video", k=1)
    board = TensorBoardClips(tmp_path, clips)
    for callback in (probe, board):
        callback.set_model(method)
    probe.measure()
    before = len(passes)
    board.on_epoch_end(0)
    # Sounds are encoded, and the frames are looked at.
    assert len(passes) - before == 2


def test_what_is_no_pair_of_encoders_is_refused(tmp_path):
    encoder = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    board = TensorBoardClips(tmp_path, [])
    with pytest.raises(ValueError, match="Received: Sequential"):
        board.set_model(encoder)
    # It shows frames.
    words = AudioTextContrastive(encoder, keras.models.clone_model(encoder))
    with pytest.raises(ValueError, match="Received: AudioTextContrastive"):
        board.set_model(words)


def test_a_missing_tensorboard_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"keras_av\[tensorboard\]"):
        TensorBoardClips(tmp_path, [])
