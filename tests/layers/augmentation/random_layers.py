"""What all layers of random changes promise."""

import keras
import numpy as np
from keras import ops


def eager(layer, inputs):
    """What the layer makes of inputs in training, operation by operation."""
    return ops.convert_to_numpy(layer(inputs, training=True))


def train(layer, inputs):
    """The same; JAX would compile each operation by itself, for seconds."""
    if keras.backend.backend() == "jax":
        return compiled(layer, inputs)
    return eager(layer, inputs)


def compiled(layer, inputs, jit_compile=False):
    """The same from one graph, on the backends that have such."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        run = tf.function(
            lambda x: layer(x, training=True), jit_compile=jit_compile
        )
        return run(tf.constant(inputs)).numpy()
    if keras.backend.backend() == "jax":
        import jax

        def stateless(state, x):
            mapping = zip(layer.non_trainable_variables, state)
            with keras.StatelessScope(state_mapping=mapping):
                return layer(x, training=True)

        state = [v.value for v in layer.non_trainable_variables]
        return np.asarray(jax.jit(stateless)(state, inputs))
    return eager(layer, inputs)


def check(make, inputs, tmp_path):
    """`make(seed=..., dtype=...)` is a layer that changes these inputs."""
    layer = make(seed=1)
    first, then = eager(layer, inputs), eager(layer, inputs)
    assert (first != then).any()
    np.testing.assert_array_equal(first, eager(make(seed=1), inputs))
    assert (first != train(make(seed=2), inputs)).any()
    in_graph = compiled(make(seed=1), inputs)
    np.testing.assert_allclose(in_graph, first, rtol=1e-4, atol=1e-3)
    # XLA draws other numbers than TensorFlow.
    by_xla = compiled(make(seed=1), inputs, jit_compile=True)
    assert by_xla.shape == first.shape and np.isfinite(by_xla).all()
    assert first.shape == tuple(layer.compute_output_shape(inputs.shape))
    model = keras.Sequential([keras.Input(inputs.shape[1:]), layer])
    assert model.output_shape[1:] == first.shape[1:]
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras").layers[0]
    assert loaded.get_config() == layer.get_config()


def check_half(make, inputs, dtype=None):
    """Half precision is the rounded float32, unless it is always `dtype`."""
    full = eager(make(seed=1), inputs)
    for policy in ("mixed_float16", "mixed_bfloat16"):
        half = make(seed=1, dtype=policy)(inputs, training=True)
        expected = dtype or keras.DTypePolicy(policy).compute_dtype
        assert keras.backend.standardize_dtype(half.dtype) == expected
        rounded = ops.cast(ops.cast(full, expected), "float32")
        np.testing.assert_array_equal(
            ops.convert_to_numpy(ops.cast(half, "float32")),
            ops.convert_to_numpy(rounded),
        )
