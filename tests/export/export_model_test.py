"""Networks in their files, opened here by their runtimes."""

import importlib.util
import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from keras_av.export import export_model
from keras_av.methods import Supervised
from tests.export.networks import (
    by_patches,
    fused,
    hearing,
    seeing,
    seeing_in_steps,
)

RANDOM = np.random.default_rng(0)
# Other numbers of clips and other lengths than those of the check.
SOUND = RANDOM.normal(0, 0.1, (5, 20000)).astype("float32")
IMAGE = RANDOM.integers(0, 256, (5, 48, 80, 3), "uint8")
VIDEO = RANDOM.integers(0, 256, (5, 8, 32, 32, 3), "uint8")
HEARD = np.arange(5) % 2 == 0
BATCHES = {
    seeing: {"video": VIDEO},
    hearing: {"audio": SOUND},
    by_patches: {"audio": SOUND},
    fused: {"image": IMAGE, "audio": SOUND, "has_audio": HEARD},
}
# The lines of the card, in a process of their own.
READ = """
import numpy as np, sys
batch = dict(np.load(sys.argv[1]))
{code}
np.save(sys.argv[2], np.asarray(output))
assert "keras_av" not in sys.modules
"""


def served(folder, batch):
    """What someone gets who follows the card, where there is no Keras."""
    text = (folder / "README.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]
    for name in batch:
        code = f"{name} = batch[{name!r}]\n{code}"
    np.savez(folder / "batch.npz", **batch)
    done = subprocess.run(
        [sys.executable, "-c", READ.format(code=code), "batch.npz", "out.npy"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    return np.load(folder / "out.npy")


def expected(model, batch):
    if len(batch) > 1:
        return ops.convert_to_numpy(model(batch)["fused"])
    return ops.convert_to_numpy(model(*batch.values()))


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "make, format",
    [
        pytest.param(fused, "tf_saved_model", marks=pytest.mark.slow),
        (fused, "onnx"),
        pytest.param(fused, "litert", marks=pytest.mark.slow),
        (fused, "openvino"),
        pytest.param(seeing, "onnx", marks=pytest.mark.slow),
        (seeing, "litert"),
        pytest.param(by_patches, "onnx", marks=pytest.mark.slow),
    ],
)
def test_the_card_leads_to_what_keras_computes(make, format, tmp_path):
    model, batch = make(), BATCHES[make]
    report = export_model(model, tmp_path / "it", format)
    assert report.difference < 1e-4
    card = json.loads((tmp_path / "it" / "card.json").read_text())
    assert list(card["inputs"]) == list(batch)
    frames = [card["inputs"].get(name) for name in ("video", "image")]
    assert all(one[1] == "uint8" for one in frames if one)
    wanted = expected(model, batch)
    found = served(tmp_path / "it", batch)
    np.testing.assert_allclose(found, wanted, atol=1e-4 * np.abs(wanted).max())
    assert not list(tmp_path.glob(".it*"))


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_from_every_backend(tmp_path):
    pytest.importorskip("ai_edge_litert")
    model = hearing()
    export_model(model, tmp_path / "it", "litert")
    wanted = expected(model, {"audio": SOUND})
    found = served(tmp_path / "it", {"audio": SOUND})
    np.testing.assert_allclose(found, wanted, atol=1e-3 * np.abs(wanted).max())


def clips(num_batches):
    """Clips of classes that differ in brightness."""
    for _ in range(num_batches):
        label = np.arange(10) % 3 - (np.arange(10) == 9)
        video = RANDOM.integers(0, 20, (10, 8, 32, 32, 3))
        video += 80 * np.maximum(label, 0)[:, None, None, None, None]
        yield {"video": video.astype("uint8"), "label": label}


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "make, format, precision, share",
    [
        (seeing, "onnx", "float16", 0.6),
        pytest.param(seeing, "litert", "float16", 0.6, marks=pytest.mark.slow),
        pytest.param(
            seeing, "openvino", "float16", 0.6, marks=pytest.mark.slow
        ),
        pytest.param(
            seeing_in_steps,
            "litert",
            "int8_weights",
            0.5,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_fewer_bits(make, format, precision, share, tmp_path):
    model = make()
    sides = list(clips(4)), list(clips(2))
    report = export_model(model, tmp_path / "it", format, precision, sides)
    # Clips of class -1 are left out.
    assert report.num_clips == (36, 18)
    assert report.before["linear"] > 0.9
    assert abs(report.after["linear"] - report.before["linear"]) < 0.1
    # Not only the name of the precision.
    assert 1e-6 < report.difference
    whole = 4 * model.count_params()
    weights = sum(
        file.stat().st_size
        for file in (tmp_path / "it").iterdir()
        if file.suffix in (".onnx", ".tflite", ".bin")
    )
    assert weights < share * whole + 30_000
    assert "| recall@5 |" in (tmp_path / "it" / "README.md").read_text()
    found = served(tmp_path / "it", {"video": VIDEO})
    wanted = expected(model, {"video": VIDEO})
    np.testing.assert_allclose(found, wanted, atol=0.05 * np.abs(wanted).max())


@pytest.mark.slow_on_tensorflow
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the layer is TensorFlow's"
)
def test_a_file_that_computes_something_else_is_not_kept(tmp_path):
    from tests.export.broken_layer import BrokenLayer

    model = keras.Sequential([keras.Input((4,)), BrokenLayer()])
    with pytest.raises(ValueError, match="differs from Keras by 0.5 of"):
        export_model(model, tmp_path / "it")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow_on_tensorflow
def test_eight_bits_hear_what_is_quiet(tmp_path):
    time = np.arange(16000) / 16000
    label = np.arange(30) % 3
    # A loud low tone, and a quiet one that tells the class.
    tones = 3000 + 1000 * label[:, None] + RANDOM.normal(0, 20, (30, 1))
    audio = (
        np.sin(400 * np.pi * time) / 2 + np.sin(2 * np.pi * tones * time) / 500
    )
    clips = [{"audio": audio.astype("float32"), "label": label}]
    folder = tmp_path / "it"
    report = export_model(
        hearing(8), folder, "litert", "int8_weights", (clips, clips)
    )
    assert report.before["knn"] == report.after["knn"] == 1.0
    assert report.difference < 0.03


@pytest.mark.slow
def test_a_file_that_kept_its_32_bits_is_not_called_one_of_8(tmp_path):
    with pytest.raises(ValueError, match="8 bits to 0 of .* weights"):
        export_model(seeing(), tmp_path / "it", "litert", "int8_weights")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "format, precision, words",
    [
        ("tflite", "float32", "litert"),
        ("litert", "int4", "int8_weights"),
        ("onnx", "int8_weights", "8-bit"),
        ("openvino", "int8_weights", "quantizes"),
        ("tf_saved_model", "float16", "float32"),
    ],
)
def test_what_there_is_not_is_refused(format, precision, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        export_model(seeing(), tmp_path / "it", format, precision)


def test_a_missing_runtime_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"onnxruntime.*keras_av\[onnx\]"):
        export_model(hearing(), tmp_path / "it", "onnx")


def test_what_has_no_one_output_is_refused(tmp_path):
    method = Supervised(seeing(), "video")
    with pytest.raises(ValueError, match="no known inputs"):
        export_model(method, tmp_path / "it")
    inputs = keras.Input((3,))
    two = keras.Model(inputs, [keras.layers.Dense(n)(inputs) for n in (1, 2)])
    with pytest.raises(ValueError, match="2 outputs"):
        export_model(two, tmp_path / "it")


def test_only_an_export_is_replaced_and_only_when_asked(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValueError, match="is no export"):
        export_model(seeing(), tmp_path / "mine", overwrite=True)
    (tmp_path / "mine" / "card.json").touch()
    with pytest.raises(ValueError, match="overwrite=True"):
        export_model(seeing(), tmp_path / "mine")


def test_what_a_killed_export_left_is_removed_and_put_back(tmp_path):
    left = tmp_path / ".served-abcd1234"
    (left / "old").mkdir(parents=True)
    (left / "old" / "card.json").touch()
    (left / ".scratch.lock").touch()
    with pytest.raises(ValueError, match="which holds an export"):
        export_model(seeing(), tmp_path / "served")
    assert [path.name for path in tmp_path.iterdir()] == ["served"]


def test_clips_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Expected \['audio'\]"):
        export_model(hearing(), tmp_path / "it", clips=(clips(1), clips(1)))
    silent = [{"video": VIDEO, "label": np.full(5, -1)}]
    with pytest.raises(ValueError, match="train clips without any label"):
        export_model(seeing(), tmp_path / "it", clips=(silent, silent))
    assert not list(tmp_path.iterdir())
