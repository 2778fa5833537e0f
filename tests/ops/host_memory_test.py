import keras
import numpy as np
import pytest

from keras_av.ops.host_memory import host_memory
from keras_av.ops.rows import read_rows, write_rows

pytestmark = pytest.mark.backend
BACKEND = keras.backend.backend()


def host_rows():
    with host_memory():
        return keras.Variable(np.eye(4, 3), trainable=False)


def row(number):
    return keras.ops.convert_to_tensor(np.array([number], "int32"))


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow")
@pytest.mark.parametrize("compiled", [False, True])
def test_rows_of_the_host_are_used_on_another_device(compiled):
    import tensorflow as tf

    # The second processor stands for an accelerator.
    with tf.device("CPU:1"):
        rows = host_rows()

        def step():
            write_rows(rows, row(2), keras.ops.ones((1, 3)))
            return read_rows(rows, row(2)) * 2.0

        got = (tf.function(step) if compiled else step)()
    assert rows.value.device.endswith("CPU:0")
    assert got.device.endswith("CPU:1")
    np.testing.assert_array_equal(got, [[2, 2, 2]])


@pytest.mark.skipif(BACKEND != "torch", reason="PyTorch")
def test_rows_of_the_host_are_used_by_a_gpu():
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no GPU")
    rows = host_rows()
    write_rows(rows, row(2), keras.ops.ones((1, 3)))
    got = read_rows(rows, row(2))
    assert (rows.value.device.type, got.device.type) == ("cpu", "cuda")
    np.testing.assert_array_equal(got.cpu(), [[1, 1, 1]])


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow")
def test_replicas_are_refused():
    import tensorflow as tf

    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        with pytest.raises(ValueError, match="replicas.*Received: 2 replicas"):
            host_rows()


@pytest.mark.skipif(BACKEND != "jax", reason="JAX")
def test_jax_names_its_own_way():
    with pytest.raises(ValueError, match="keras.distribution.ModelParallel"):
        host_rows()
