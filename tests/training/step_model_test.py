import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import PartitionFunction
from keras_av.methods import Supervised
from keras_av.training import Phase, StepModel, batch_mean
from tests import harness
from tests.training import toy

BACKEND = keras.backend.backend()


def fit(model, epochs=2, optimizer=None, callbacks=None, data=None, **options):
    optimizer = optimizer or keras.optimizers.Adam(1e-2)
    model.compile(optimizer=optimizer, jit_compile=options.pop("jit", "auto"))
    data = data or toy.dataset()
    history = model.fit(
        data, epochs=epochs, callbacks=callbacks, verbose=0, **options
    )
    return history.history


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


@pytest.mark.backend
@pytest.mark.parametrize(
    "bank", [True, pytest.param(False, marks=pytest.mark.slow)]
)
@pytest.mark.slow_on_tensorflow
@pytest.mark.slow_on_jax
def test_learns(bank):
    losses = fit(toy.model(bank=bank), epochs=12)["loss"]
    assert losses[-1] < losses[1] - 0.3


class Counted(StepModel):
    """Counts its training steps in `commit`."""

    def __init__(self):
        super().__init__(loss_names=["square"])
        self.dense = keras.layers.Dense(1)
        self.dense.build((None, 12))
        self.steps_done = self.add_weight(
            shape=(), initializer="zeros", trainable=False
        )
        self.built = True

    def call(self, batch, training=False):
        return self.dense(batch["video"])

    def compute_losses(self, batch, training):
        y = self(batch, training=training)
        return {"square": batch_mean(ops.sum(y**2, axis=1))}, y

    def commit(self, batch, outputs):
        self.steps_done.assign_add(1.0)


@pytest.mark.backend
def test_commits_after_each_step_of_training_alone():
    model = Counted()
    fit(model, epochs=1)
    assert float(model.steps_done) == 4
    model.evaluate(toy.dataset(), verbose=0)
    assert float(model.steps_done) == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"run_eagerly": True},
        {"steps_per_execution": 2},
        {"jit_compile": True},
        {"jit_compile": False},
    ],
    ids=lambda options: next(iter(options)),
)
def test_ways_to_run_agree(options):
    if BACKEND == "torch" and "run_eagerly" not in options:
        pytest.skip("torch.compile takes minutes; Keras refuses the others")
    histories = []
    for arguments in ({"jit_compile": "auto"}, options):
        model = toy.model()
        model.compile(optimizer="sgd", **arguments)
        history = model.fit(toy.dataset(), epochs=2, verbose=0)
        histories.append(history.history["loss"])
    np.testing.assert_allclose(*histories, rtol=1e-4)


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.slow_on_tensorflow
def test_mixed_precision(policy):
    with harness.dtype_policy(policy):
        model = toy.model()
    losses = fit(model, epochs=8)["loss"]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[1]
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")


@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
@pytest.mark.backend
@pytest.mark.parametrize(
    "options", [{"global_clipnorm": 0.1}, {"gradient_accumulation_steps": 2}]
)
def test_optimizer_options(options):
    plain, other = toy.model(), toy.model()
    fit(plain, optimizer=keras.optimizers.SGD(0.1))
    fit(other, optimizer=keras.optimizers.SGD(0.1, **options))
    kernels = [
        ops.convert_to_numpy(m.video_head.output_layer.kernel)
        for m in (plain, other)
    ]
    assert np.isfinite(kernels[1]).all()
    assert np.abs(kernels[0] - kernels[1]).max() > 1e-6


@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
@pytest.mark.slow_on_jax
def test_accumulating_over_two_batches_is_one_twice_as_large():
    kwargs = {"bank": False, "loss_weights": {"in_batch": 1.0}}
    halves, whole = toy.model(**kwargs), toy.model(**kwargs)
    for model in (halves, whole):
        # Statistics of a batch depend on its size.
        for tower in (model.video_encoder, model.audio_encoder):
            tower.layers[1].trainable = False
    data = {k: np.concatenate([v[:8], v[:8]]) for k, v in toy.clips().items()}
    steps = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    fit(halves, 1, steps, data=data, batch_size=8, shuffle=False)
    once = {k: v[:8] for k, v in data.items()}
    fit(whole, 1, keras.optimizers.SGD(0.1), data=once, batch_size=8)
    a, b = toy.state(halves), toy.state(whole)
    for x, y in zip(a.values(), b.values()):
        np.testing.assert_allclose(x, y, atol=1e-5)


@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
def test_sample_weights_leave_clips_out():
    data = toy.clips()
    keep = np.arange(toy.NUM_CLIPS) % 4 != 0
    weighted, smaller = toy.model(dropout=0.0), toy.model()
    for model in (weighted, smaller):
        model.compile(optimizer="sgd")
    batch = {**data, "sample_weight": keep.astype("float32")}
    a = weighted.evaluate(batch, batch_size=32, verbose=0, return_dict=True)
    embeddings = smaller.predict(data, verbose=0)
    scores = embeddings["video"] @ embeddings["audio"].T / 0.07
    log_rows = np.log(np.exp(scores).sum(1)) - np.diag(scores)
    log_columns = np.log(np.exp(scores).sum(0)) - np.diag(scores)
    expected = ((log_rows + log_columns) / 2)[keep].mean()
    np.testing.assert_allclose(a["loss"], expected, rtol=1e-4)
    # Beside the batch they mean the same.
    b = weighted.evaluate(
        data,
        data["label"],
        sample_weight=keep.astype("float32"),
        batch_size=32,
        verbose=0,
        return_dict=True,
    )
    np.testing.assert_allclose(a["loss"], b["loss"], rtol=1e-6)


def test_predict_gives_unit_vectors_in_order():
    model = toy.model()
    data = toy.clips()
    embeddings = model.predict(toy.dataset(batch_size=5), verbose=0)
    assert embeddings["video"].shape == (toy.NUM_CLIPS, 128)
    np.testing.assert_allclose(
        np.linalg.norm(embeddings["audio"], axis=1), 1.0, rtol=1e-4
    )
    alone = model.predict({"video": data["video"][7:8]}, verbose=0)
    np.testing.assert_allclose(
        alone["video"][0], embeddings["video"][7], atol=1e-5
    )


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize(
    "kwargs",
    [
        {"dropout": 0.3},
        pytest.param({"bank": False}, marks=pytest.mark.slow),
        pytest.param(
            {"partition": PartitionFunction("ema")}, marks=pytest.mark.slow
        ),
    ],
    ids=["bank", "in_batch", "binary"],
)
@pytest.mark.slow_on_tensorflow
def test_a_saved_model_goes_on_bit_for_bit(tmp_path, kwargs):
    model = toy.model(**kwargs)
    fit(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_same(toy.state(model), toy.state(loaded))
    for m in (model, loaded):
        m.fit(toy.dataset(), epochs=2, verbose=0)
    assert_same(toy.state(model), toy.state(loaded))


class Interrupt(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
def test_backup_and_restore_resumes_bit_for_bit(tmp_path):
    whole = toy.model(dropout=0.3)
    fit(whole, epochs=4)
    backup = keras.callbacks.BackupAndRestore
    with pytest.raises(KeyboardInterrupt):
        callbacks = [backup(tmp_path / "backup"), Interrupt(2)]
        fit(toy.model(dropout=0.3), epochs=4, callbacks=callbacks)
    resumed = toy.model(dropout=0.3)
    fit(resumed, epochs=4, callbacks=[backup(tmp_path / "backup")])
    assert_same(toy.state(whole), toy.state(resumed))


@pytest.mark.slow_on_tensorflow
def test_a_dataset_is_told_the_epoch():
    seen = []
    data = toy.dataset()
    data.set_epoch = seen.append
    fit(toy.model(), epochs=3, data=data, initial_epoch=1)
    assert seen == [1, 2]


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_losses_that_are_off_are_logged_as_nan():
    history = fit(toy.model(loss_weights={"video_uni": 1.0}), epochs=1)
    assert np.isfinite(history["video_uni"]).all()
    assert np.isnan(history["audio_cross"]).all()
    np.testing.assert_allclose(history["loss"], history["video_uni"])


def test_batches_count_by_their_clips():
    class Mean(StepModel):
        def compute_losses(self, batch, training):
            return {"mean": batch_mean(batch["x"])}, None

    model = Mean(loss_names=["mean"])
    model.built = True
    model.compile(optimizer="sgd", run_eagerly=True)
    x = {"x": np.arange(5, dtype="float32")}
    logs = model.evaluate(x, batch_size=4, verbose=0, return_dict=True)
    assert logs == {"loss": 2.0, "mean": 2.0}


def test_penalties_count():
    model = toy.model()
    kernel = model.video_head.output_layer.kernel
    kernel.regularizer = keras.regularizers.L2(0.5)
    penalty = 0.5 * float(ops.sum(ops.square(kernel)))
    model.compile(optimizer="sgd")
    logs = model.evaluate(toy.dataset(32), verbose=0, return_dict=True)
    np.testing.assert_allclose(
        logs["loss"], logs["in_batch"] + penalty, rtol=1e-5
    )


def test_an_undeclared_loss_is_refused():
    class Wrong(StepModel):
        def compute_losses(self, batch, training):
            return {"other": ops.sum(batch["video"])}, None

    model = Wrong(loss_names=["declared"])
    model.built = True
    model.compile(optimizer="sgd", run_eagerly=True)
    with pytest.raises(ValueError, match="other"):
        model.test_on_batch(toy.clips())


def test_a_batch_that_is_no_dict_is_refused():
    model = toy.model()
    model.compile(optimizer="sgd", run_eagerly=True)
    with pytest.raises(ValueError, match="dicts"):
        model.test_on_batch(toy.clips()["video"])


@pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow's graph")
def test_no_weight_is_written_before_all_gradients_are_there():
    import tensorflow as tf

    model = toy.model()
    model.compile(optimizer="sgd", jit_compile=False)
    model.make_train_function()
    step = tf.function(model.train_step, jit_compile=False, autograph=False)
    graph = step.get_concrete_function(next(iter(toy.dataset()))).graph
    writes = [
        op for op in graph.get_operations() if op.type == "AssignSubVariableOp"
    ]
    learned = model.trainable_variables
    assert len(writes) == len(learned)
    for write in writes:
        # The loss, and the gradient of each weight, in one place.
        waits = [len(op.control_inputs) for op in _ancestors(write)]
        assert max(waits) >= 1 + len(learned)


def _ancestors(op):
    """What an operation of a graph comes after."""
    found, left = set(), [op]
    while left:
        op = left.pop()
        before = [x.op for x in op.inputs] + list(op.control_inputs)
        left += [other for other in before if other not in found]
        found.update(before)
    return found


class OwnWeight(StepModel):
    """A method with a weight that is in no layer."""

    def __init__(self):
        super().__init__(loss_names=["loss"])
        self.scale = self.add_weight(shape=(), initializer="ones")
        self.built = True


@pytest.mark.backend
def test_a_weight_in_no_layer_is_saved(tmp_path):
    model, loaded = OwnWeight(), OwnWeight()
    model.scale.assign(3.0)
    model.save_weights(tmp_path / "model.weights.h5")
    loaded.load_weights(tmp_path / "model.weights.h5")
    assert float(ops.convert_to_numpy(loaded.scale)) == 3.0


def test_a_phase_has_parts_and_losses_of_the_model():
    model = toy.model(bank=False)
    model.begin_phase(Phase("joint", 1, ["video_head"], ["in_batch"]))
    assert model.active_losses == {"in_batch"}
    for parts, losses, message in (
        (["head"], ["in_batch"], r"Unknown parts: \['head'\]"),
        (["video_head"], ["nce"], r"Unknown losses: \['nce'\]"),
    ):
        with pytest.raises(ValueError, match=message):
            model.begin_phase(Phase("joint", 1, parts, losses))


def test_labels_to_validate_on_are_checked_before_the_first_step():
    clips = toy.clips()
    model = Supervised(toy.tower(12, 1))
    model.compile(optimizer="sgd")
    steps = []
    told = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: steps.append(batch)
    )
    wrong = clips | {"label": clips["label"] + 8}
    with pytest.raises(ValueError, match="num_classes=8, but .* up to 10"):
        model.fit(clips, validation_data=wrong, callbacks=[told], verbose=0)
    assert not steps
