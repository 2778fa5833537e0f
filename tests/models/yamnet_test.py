import h5py
import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import yamnet_log_mel
from keras_av.models import Backbone, YAMNetBackbone, yamnet

_RNG = np.random.default_rng(0)


def published(network):
    """Weights at random, as the authors and as a folded graph have them."""
    arrays = []
    for weight in network.weights:
        scale = np.sqrt(2 / max(1, np.prod(weight.shape[:-1])))
        array = scale * _RNG.standard_normal(weight.shape)
        variance = weight.name == "moving_variance"
        arrays.append(np.abs(array) + 0.5 if variance else array)
    return [array.astype("float32") for array in arrays]


def write_h5(path, network, arrays):
    with h5py.File(path, "w") as file:
        weights = iter(arrays)
        for layer in network.layers:
            place = layer.name.replace("_bn", "/bn").replace("_", "/", 1)
            for weight in layer.weights:
                name = f"{place}/{place}/{weight.name}:0"
                file[name] = next(weights)
        file["dense/dense/kernel:0"] = np.zeros((1024, 521))


def write_onnx(path, network, arrays):
    """Batch normalization folded into the convolution before it."""
    import onnx

    nodes, tensors, number = [], [], 0
    kernel, weights = None, iter(arrays)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            beta, mean, variance = (next(weights) for _ in range(3))
            scale = 1 / np.sqrt(variance + 1e-4)
            kernel = kernel * scale[:, None, None, None]
            folded = [kernel, beta - mean * scale]
            names = [f"w{number}", f"b{number}"]
            for name, tensor in zip(names, folded):
                array = tensor.astype("float32")
                tensors.append(onnx.numpy_helper.from_array(array, name))
            nodes.append(
                onnx.helper.make_node(
                    "Conv", [f"x{number}", *names], [f"x{number + 1}"]
                )
            )
            number += 1
        elif layer.weights:
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            axes = (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)
            kernel = next(weights).transpose(axes)
    graph = onnx.helper.make_graph(nodes, "yamnet", [], [], tensors)
    onnx.save(onnx.helper.make_model(graph), str(path))


@pytest.mark.slow_on_tensorflow
def test_both_published_forms_are_the_same_network(tmp_path):
    pytest.importorskip("onnx")
    network = YAMNetBackbone().get_layer("patches").network
    arrays = published(network)
    write_h5(tmp_path / "yamnet.h5", network, arrays)
    write_onnx(tmp_path / "yamnet.onnx", network, arrays)
    plain = yamnet(tmp_path / "yamnet.h5")
    for a, b in zip(plain.get_layer("patches").network.get_weights(), arrays):
        np.testing.assert_array_equal(a, b)
    folded = yamnet(tmp_path / "yamnet.onnx")
    sound = 0.1 * _RNG.standard_normal((2, 20000)).astype("float32")
    expected = ops.convert_to_numpy(plain(sound))
    np.testing.assert_allclose(
        ops.convert_to_numpy(folded(sound)),
        expected,
        atol=1e-4 * np.abs(expected).max(),
    )


@pytest.mark.slow_on_tensorflow
def test_files_of_other_networks_are_refused(tmp_path):
    pytest.importorskip("onnx")
    with pytest.raises(ValueError, match="yamnet.h5"):
        yamnet()
    with pytest.raises(ValueError, match="Expected a file"):
        yamnet(tmp_path / "none.h5")
    network = YAMNetBackbone().get_layer("patches").network
    arrays = published(network)
    arrays[-1][0] = np.nan
    write_h5(tmp_path / "nan.h5", network, arrays)
    arrays[-1] = np.ones(3, "float32")
    write_h5(tmp_path / "wide.h5", network, arrays)
    (tmp_path / "torn.h5").write_bytes(b"no file of HDF5")
    (tmp_path / "torn.onnx").write_bytes(b"no graph")
    for name in ("nan.h5", "wide.h5", "torn.h5", "torn.onnx"):
        with pytest.raises(ValueError, match=name):
            yamnet(tmp_path / name)


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
def test_is_the_mean_over_patches_of_silence_and_sound(tmp_path):
    encoder = YAMNetBackbone()
    network = encoder.get_layer("patches").network
    network.set_weights(published(network))
    sound = 0.1 * _RNG.standard_normal((2, 16000)).astype("float32")
    # Two patches: 16,000 samples, and silence up to 15,600 + 7,680.
    padded = np.pad(sound, ((0, 0), (0, 7280)))
    mel = ops.convert_to_numpy(yamnet_log_mel()(padded))
    patches = [network(mel[:, start : start + 96]) for start in (0, 48)]
    expected = np.mean([ops.convert_to_numpy(p) for p in patches], axis=0)
    got = ops.convert_to_numpy(encoder(sound))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(got, expected, atol=1e-5 * scale)
    encoder.save_to_preset(tmp_path / "preset")
    loaded = Backbone.from_preset(tmp_path / "preset")
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(sound)), got)
    assert encoder.count_params() == 3217344
