import keras
import numpy as np
import pytest
from scipy.special import softmax

from keras_av.data import (
    ClipSpec,
    Manifest,
    clips,
    long_clips,
    prepare,
    write_video,
)
from keras_av.evaluation import predict_videos
from keras_av.methods import Supervised


def test_mean_of_the_softmax_over_clips():
    logits = np.array([[9.0, 0, 0], [0, 1, 0], [0, 1, 0], [800.0, 0, 0]])
    model = keras.Sequential([keras.Input((3,)), keras.layers.Rescaling(1.0)])
    batch = {
        "video": logits,
        "index": np.array([4, 4, 4, 1]),
        "label": np.array([0, 0, 0, 2]),
    }
    got = predict_videos(model, [batch])
    expected = [[1, 0, 0], softmax(logits[:3], axis=1).mean(axis=0)]
    np.testing.assert_allclose(got["probabilities"], expected, atol=1e-6)
    # Averaging logits would choose the first class by far.
    np.testing.assert_array_equal(got["index"], [1, 4])
    np.testing.assert_array_equal(got["label"], [2, 0])


def test_mean_of_the_logits():
    logits = np.array([[9.0, 0, 0], [0, 1, 0], [0, 1, 0]])
    model = keras.Sequential([keras.Input((3,)), keras.layers.Rescaling(1.0)])
    batch = {"video": logits, "index": np.array([4, 4, 4])}
    got = predict_videos(model, [batch], average="logits")
    assert set(got) == {"logits", "index"}
    np.testing.assert_allclose(got["logits"], [[3, 2 / 3, 0]], rtol=1e-6)
    with pytest.raises(ValueError, match="'probabilities', 'logits'"):
        predict_videos(model, [batch], average="votes")


def test_a_model_that_takes_the_whole_batch():
    classifier = keras.Sequential(
        [keras.Input((3,)), keras.layers.Rescaling(2.0)]
    )
    model = Supervised(classifier, key="audio", multi_label=True)
    batch = {
        "audio": np.eye(3)[[0, 1, 2, 2]],
        "index": np.array([1, 1, 0, 0]),
        "label": np.array([[1, 0, 0], [1, 0, 0], [0, 1, 1], [0, 1, 1]]),
    }
    got = predict_videos(model, [batch], key=None, average="logits")
    np.testing.assert_allclose(got["logits"], [[0, 0, 2], [1, 1, 0]])
    np.testing.assert_array_equal(got["label"], [[0, 1, 1], [1, 0, 0]])


def test_sliding_windows_of_files_of_any_length(tmp_path):
    """From the decoder to the mean, windows as those of the original."""
    lengths = (5, 16, 20, 40)
    for length in lengths:
        levels = 10 + 5 * np.arange(length)
        frames = np.broadcast_to(
            levels[:, None, None, None], (length, 32, 32, 3)
        )
        path = tmp_path / "class" / f"{length:02d}.mp4"
        path.parent.mkdir(exist_ok=True)
        write_video(path, frames.astype("uint8"), 16)
    spec = ClipSpec(16, 1, size=28, audio_seconds=0)
    manifest = Manifest.from_folder(tmp_path)
    dataset = long_clips(manifest, spec, None, batch_size=3, tail="loop")
    model = keras.Sequential(
        [
            keras.Input((16, 28, 28, 3)),
            keras.layers.Rescaling(1 / 5, -2.0),
            keras.layers.GlobalAveragePooling3D(),
        ]
    )
    got = predict_videos(model, dataset, average="logits")
    np.testing.assert_array_equal(got["index"], range(len(lengths)))
    loops = [
        [[*range(5)] * 3 + [0]],
        [range(16)],
        [range(16), [16, 17, 18, 19] * 4],
        [range(16), range(16, 32), [*range(32, 40)] * 2],
    ]
    expected = [np.mean([np.mean(w) for w in windows]) for windows in loops]
    np.testing.assert_allclose(got["logits"][:, 0], expected, atol=0.3)


@pytest.mark.filterwarnings("error:The structure of")
def test_a_functional_model_takes_its_own_inputs():
    inputs = {name: keras.Input((3,), name=name) for name in ("a", "b")}
    model = keras.Model(inputs, keras.layers.Add()(list(inputs.values())))
    batch = {"a": np.eye(3), "b": np.eye(3), "index": np.arange(3)}
    got = predict_videos(model, [batch], key=None, average="logits")
    np.testing.assert_allclose(got["logits"], 2 * np.eye(3))
    del batch["b"]
    with pytest.raises(ValueError, match="without .'b'."):
        predict_videos(model, [batch], key=None)


def test_a_prepared_set_scores_as_its_files(tmp_path):
    root, spec = tmp_path / "files", ClipSpec(num_frames=2, size=24)
    for number in range(4):
        (root / str(number % 2)).mkdir(parents=True, exist_ok=True)
        frames = np.full((20, 32, 32, 3), 50 * number, np.uint8)
        write_video(root / f"{number % 2}/{number}.mp4", frames, 10)
    (root / "1/3.mp4").write_bytes(b"not a video")
    files = Manifest.from_folder(root)
    made = prepare(files, tmp_path / "made", spec, num_workers=1, verbose=False)
    model = keras.Sequential(
        [
            keras.Input(spec.video_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.GlobalAveragePooling3D(),
        ]
    )
    expected, got = (
        predict_videos(model, clips(f, spec, 2, repeats=3), average="logits")
        for f in (files, made)
    )
    assert got["index"].tolist() == expected["index"].tolist() == [0, 1, 2]
    assert got["label"].tolist() == expected["label"].tolist() == [0, 0, 1]
    np.testing.assert_allclose(
        got["logits"][:, 1], [0, 100 / 255, 50 / 255], atol=3 / 255
    )
    # One level of brightness is what JPEG may change.
    np.testing.assert_allclose(
        got["logits"], expected["logits"], atol=1.5 / 255
    )
