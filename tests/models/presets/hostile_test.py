"""Presets that ask for all memory, endless time, or files of others."""

import json
import pathlib
import shutil
import time

import keras
import pytest

from keras_av.models import Preset, ResNetBackbone

MANY = 10**9
PEAK = pathlib.Path("/proc/self/clear_refs")


def layer(name, module="keras.layers", /, **config):
    registered = f"keras_av>{name}" if module == "keras_av.layers" else None
    return {
        "module": module,
        "class_name": name,
        "config": config,
        "registered_name": registered,
    }


def nested(depth):
    inner = layer("Identity")
    for _ in range(depth):
        inner = layer("Sequential", "keras", name="s", layers=[inner])
    return inner


def of_a_file(lookup):
    """The config of a layer that finds its vocabulary in some file."""
    entry = keras.saving.serialize_keras_object(lookup)
    config = entry["config"]
    config.update(vocabulary=__file__, vocabulary_size=None)
    return layer(entry["class_name"], **config)


FLAT = layer("Flatten")
# A batch of 83 of them, as Keras takes on PyTorch, is 3 GB.
REPEATED = [FLAT, layer("RepeatVector", n=3000)]
PICTURE = [
    layer("GlobalAveragePooling1D"),
    layer("Reshape", target_shape=[32, 32, 3]),
]
# Layers that only have a call make what they are told to, once they are
# called: nothing is called when a preset is loaded.
IN_CALLS = {
    "upsampling": [layer("UpSampling2D", size=10**6)],
    "resizing": [layer("Resizing", height=10**6, width=10**6)],
    "repeating": [FLAT, layer("RepeatVector", n=MANY), *PICTURE],
    "padding": [layer("ZeroPadding2D", padding=MANY)],
    "a pipeline": [layer("Pipeline", layers=REPEATED), *PICTURE],
    "bins": [layer("Discretization", num_bins=MANY)],
    "hashing": [layer("Hashing", num_bins=10**12)],
    "augmentations": [layer("RandAugment", num_ops=MANY)],
    "chains": [layer("AugMix", num_chains=MANY, chain_depth=MANY)],
    "pooling": [layer("AveragePooling2D", pool_size=MANY, padding="same")],
}
REFUSED = {
    "embedding": [
        FLAT,
        layer("Embedding", input_dim=MANY, output_dim=1000),
        layer("GlobalAveragePooling1D"),
        layer("Dense", units=3072),
        layer("Reshape", target_shape=[32, 32, 3]),
    ],
    "dense": [layer("Dense", units=10**10)],
    "kernel": [layer("Conv2D", filters=3, kernel_size=10**5, padding="same")],
    "filters": [layer("Conv2D", filters=MANY, kernel_size=1)],
    "transposed": [layer("Conv2DTranspose", filters=MANY, kernel_size=3)],
    "separable": [
        layer(
            "SeparableConv2D", filters=3, kernel_size=1, depth_multiplier=MANY
        )
    ],
    "einsum": [
        layer(
            "EinsumDense", equation="abcd,de->abce", output_shape=[32, 32, MANY]
        )
    ],
    "recurrent": [FLAT, layer("RepeatVector", n=4), layer("GRU", units=MANY)],
    "unrolled": [
        FLAT,
        layer("RepeatVector", n=10**5),
        layer("SimpleRNN", units=1, unroll=True),
    ],
    "attention": [
        *REPEATED,
        layer("AttentionPooling", "keras_av.layers", hidden_dim=MANY),
    ],
    "spectra": [*REPEATED, layer("SpectrogramPooling", "keras_av.layers")],
    "no call": [*REPEATED, layer("Layer"), *PICTURE],
    "identity matrix": [
        layer(
            "Dense",
            units=MANY,
            kernel_initializer=layer("Identity", "keras.initializers"),
        )
    ],
    "spectrogram": [
        FLAT,
        layer("MelSpectrogram", num_mel_bins=10**5, fft_length=10**6),
    ],
    "log mel": [
        FLAT,
        layer("LogMelSpectrogram", "keras_av.layers", num_mel_bins=10**7),
    ],
    "nested": [nested(300)],
    "a saved model": [
        layer("TFSMLayer", filepath="/tmp", call_endpoint="serve")
    ],
    "a program": [layer("JaxLayer", call_fn=layer("exec", "builtins"))],
    "words of a file": [of_a_file(keras.layers.StringLookup(vocabulary=["a"]))],
    "numbers of a file": [
        of_a_file(keras.layers.IntegerLookup(vocabulary=[1]))
    ],
    "text of a file": [
        of_a_file(keras.layers.TextVectorization(vocabulary=["a"]))
    ],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A preset without checksums."""
    folder = tmp_path_factory.mktemp("whole") / "preset"
    same = keras.Sequential([keras.layers.Identity()])
    ResNetBackbone(10, 2, (32, 32, 3), preprocessor=same).save_to_preset(folder)
    (folder / "metadata.json").unlink()
    return folder


def hostile(whole, folder, layers):
    """The preset with other layers in its preprocessor."""
    shutil.copytree(whole, folder)
    path = folder / "config.json"
    entry = json.loads(path.read_text())
    config = entry["config"]["preprocessor"]["config"]
    config["layers"] = [
        one for one in config["layers"] if one["class_name"] == "InputLayer"
    ] + layers
    path.write_text(json.dumps(entry))
    return folder


def most_megabytes():
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    raise AssertionError("Linux tells it")


@pytest.fixture
def frugal():
    """Fails what takes more than half a gigabyte, or ten seconds."""
    if PEAK.exists():
        PEAK.write_text("5")
        before = most_megabytes()
    start = time.process_time()
    yield
    assert time.process_time() - start < 10
    if PEAK.exists():
        assert most_megabytes() - before < 500


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("name", IN_CALLS)
def test_what_is_large_when_called_is_loaded(whole, tmp_path, name, frugal):
    folder = hostile(whole, tmp_path / "preset", IN_CALLS[name])
    model = Preset.from_preset(folder)
    assert model.output_shape == (None, 16)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_large_when_loaded_is_refused(whole, tmp_path, name, frugal):
    folder = hostile(whole, tmp_path / "preset", REFUSED[name])
    with pytest.raises(ValueError, match=str(folder)) as error:
        Preset.from_preset(folder)
    assert "no weights" in str(error.value) or "describes no" in str(
        error.value
    )
