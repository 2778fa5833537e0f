"""What every layer, loss, backbone and method has to stand.

Each check takes a function that makes the object anew, and inputs. A file of
tests calls the one of its kind, and adds what its object alone promises.
"""

import contextlib
import json

import keras
import numpy as np
from keras import ops

from keras_av.callbacks import Backup
from keras_av.models import Backbone
from tests.gradients import compiled, gradients

# How to run a step whose values alone matter: tracing it takes longer, save
# on JAX, which compiles each operation by itself else.
ONE_STEP = (
    {"jit_compile": True}
    if keras.backend.backend() == "jax"
    else {"run_eagerly": True}
)
HALF = {"mixed_float16": 1e-2, "mixed_bfloat16": 5e-2}
# Policies that a method is trained under; JAX compiles it anew for each.
TRAINED_HALF = (
    ["mixed_bfloat16"] if keras.backend.backend() == "jax" else list(HALF)
)


@contextlib.contextmanager
def dtype_policy(policy):
    """Objects made inside have this policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def numpy(tree):
    return keras.tree.map_structure(
        lambda x: ops.convert_to_numpy(ops.cast(x, "float32")), tree
    )


def plain(config):
    """A config as a file holds it."""
    return json.loads(json.dumps(config))


def assert_close(found, expected, **tolerance):
    keras.tree.map_structure(
        lambda a, b: np.testing.assert_allclose(a, b, **tolerance),
        found,
        expected,
    )


def check_config(thing):
    """What `get_config` says, as a file holds it, makes the same again."""
    check_registered(thing)
    config = thing.get_config()
    again = type(thing).from_config(plain(config))
    assert plain(again.get_config()) == plain(config)


def check_registered(thing):
    """Files of it name it as what it is in this package."""
    if type(thing).__module__.startswith("keras_av."):
        name = keras.saving.get_registered_name(type(thing))
        assert name == f"keras_av>{type(thing).__name__}"


def check_layer(make, *inputs, folder, dtype=None, training=False):
    """A layer's shapes, config, files and half precision.

    Args:
        make: `make(dtype=...)` gives the layer.
        *inputs: What the layer is called on: arrays, or lists of such.
        folder: An empty folder.
        dtype: dtype of the result, whatever the policy; None for the compute
            dtype.
        training: Argument of the call.
    """
    layer = make()
    expected = numpy(layer(*inputs, training=training))
    check_config(layer)
    specs = keras.tree.map_structure(
        lambda x: keras.Input(x.shape[1:], dtype=x.dtype.name), inputs
    )
    outputs = layer(*specs, training=training)
    assert outputs.shape[1:] == expected.shape[1:]
    model = keras.Model(keras.tree.flatten(specs), outputs)
    model.save(folder / "layer.keras")
    loaded = keras.saving.load_model(folder / "layer.keras")
    again = loaded(keras.tree.flatten(inputs))
    assert_close(numpy(again), expected, rtol=1e-5, atol=1e-6)
    for policy, tolerance in HALF.items():
        half = make(dtype=policy)
        half(*inputs, training=training)
        half.set_weights(layer.get_weights())
        found = half(*inputs, training=training)
        wanted = dtype or keras.DTypePolicy(policy).compute_dtype
        assert keras.backend.standardize_dtype(found.dtype) == wanted
        scale = np.abs(expected).max()
        assert_close(numpy(found), expected, atol=tolerance * scale)


def check_loss(loss, *arrays):
    """A loss of samples: finite values and gradients, float32 from halves.

    Args:
        loss: Function of tensors of the arrays' shapes to one value for each
            sample.
        *arrays: Float arrays whose first axis is the samples.
    """
    ones = [np.ones_like(x) for x in arrays]
    cases = [
        arrays,
        [0 * x for x in arrays],
        ones,
        [ones[0], *arrays[1:]],
        [0 * arrays[0], *arrays[1:]],
        [arrays[0], *(0 * x for x in arrays[1:])],
        [x[:1] for x in arrays],
        [1e4 * arrays[0], *(1e-4 * x for x in arrays[1:])],
    ]

    def mean(*x):
        return ops.mean(loss(*x))

    loss = compiled(loss)
    for case in cases:
        found = gradients(mean, *case)
        assert all(np.isfinite(gradient).all() for gradient in found)
        values = loss(*(x.astype("float32") for x in case))
        assert np.isfinite(numpy(values)).all()
    for dtype in ("float16", "bfloat16"):
        half = [ops.cast(ops.convert_to_tensor(1e3 * x), dtype) for x in arrays]
        values = loss(*half)
        assert keras.backend.standardize_dtype(values.dtype) == "float32"
        assert np.isfinite(numpy(values)).all()


def check_backbone(make, inputs, folder, policies=tuple(HALF), tolerance=0.05):
    """A backbone's preset and file, and that half precision roughly agrees.

    Args:
        make: `make()` gives the backbone under the current dtype policy.
        inputs: Array of a batch.
        folder: An empty folder.
        policies: Policies of half precision that it runs under.
        tolerance: Difference of half precision that is allowed, as a share
            of the largest descriptor.
    """
    encoder = make()
    expected = numpy(encoder(inputs))
    scale = np.abs(expected).max()
    for policy in policies:
        with dtype_policy(policy):
            half = make()
        half.set_weights(encoder.get_weights())
        found = half(inputs)
        assert keras.backend.standardize_dtype(found.dtype) == "float32"
        assert_close(numpy(found), expected, atol=tolerance * scale)
        assert np.abs(numpy(found) - expected).max() > 0
    random = np.random.default_rng(1)
    # Statistics too, so that a lost one shows.
    encoder.set_weights(
        [
            w + 0.1 * np.abs(random.standard_normal(w.shape))
            for w in encoder.get_weights()
        ]
    )
    expected = numpy(encoder(inputs))
    encoder.save_to_preset(folder / "preset")
    encoder.save(folder / "encoder.keras")
    names = {path.name for path in folder.iterdir()}
    assert names == {"preset", "encoder.keras"}
    for loaded in (
        type(encoder).from_preset(folder / "preset"),
        Backbone.from_preset(str(folder / "preset")),
        keras.saving.load_model(folder / "encoder.keras"),
    ):
        assert type(loaded) is type(encoder)
        assert plain(loaded.get_config()) == plain(encoder.get_config())
        np.testing.assert_array_equal(numpy(loaded(inputs)), expected)


def check_method(make, batch, folder):
    """One fit of a method; its files, config, losses and half precision.

    Args:
        make: `make()` gives the method under the current dtype policy.
        batch: Dict of arrays of clips, at least two batches of 4 and one
            clip more.
        folder: An empty folder.

    Returns:
        The trained model.
    """
    model = make()
    assert model.built
    check_registered(model)
    model.compile(keras.optimizers.SGD(1e-3), jit_compile="auto")
    history = model.fit(batch, batch_size=4, epochs=2, verbose=0).history
    assert {"loss", *model.loss_names} <= set(history)
    assert np.isfinite(history["loss"]).all()
    expected = numpy(model(batch))
    model.save(folder / "method.keras")
    loaded = keras.saving.load_model(folder / "method.keras")
    assert type(loaded) is type(model)
    assert plain(loaded.get_config()) == plain(model.get_config())
    assert_close(numpy(loaded(batch)), expected, rtol=1e-5, atol=1e-6)
    assert loaded.optimizer.iterations == model.optimizer.iterations
    for policy in TRAINED_HALF:
        with dtype_policy(policy):
            half = make()
            half.compile(keras.optimizers.SGD(1e-3), **ONE_STEP)
        logs = half.train_on_batch(batch, return_dict=True)
        assert np.isfinite(logs["loss"]), logs
        for weight in half.weights:
            assert np.isfinite(numpy(weight)).all(), weight.path
    return model


class _Killed(Exception):
    """In place of the end of the process."""


class _KillAt(keras.callbacks.Callback):
    """Ends a run at a step, counted from 1."""

    def __init__(self, step):
        super().__init__()
        self.left = step

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            raise _Killed


def check_resumes(make, batches, epochs, step, folder):
    """A run of a method that is killed at a step ends as one that is not.

    Args:
        make: `make()` gives the method, and `make(seed=7)` another one, of
            which nothing remains once a backup is read.
        batches: Dataset of batches.
        epochs: Epochs of the run.
        step: Step at which it is killed, after the first epoch.
        folder: An empty folder.
    """
    results = []
    for name, kill in (("whole", 99), ("killed", step)):
        model = make()
        model.compile(keras.optimizers.Adam(0.01), **ONE_STEP)
        for last in (_KillAt(kill), _KillAt(99)):
            backup = Backup(folder / name, delete_checkpoint=False)
            calls = [backup, last]
            try:
                model.fit(batches, epochs=epochs, callbacks=calls, verbose=0)
            except _Killed:
                assert name == "killed"
                model = make(seed=7)
                model.compile(keras.optimizers.Adam(0.01), **ONE_STEP)
        results.append([numpy(weight) for weight in model.weights])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
