import h5py
import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import FusionMLP
from keras_av.losses import soft_targets
from keras_av.methods import ListenToLook, TeacherTargets
from keras_av.models import ImageAudioEncoder, with_descriptor
from tests import harness

CLASSES, DIM = 4, 6


def teacher(seed=0):
    """Has batch statistics and dropout, which have to rest."""
    initializer = keras.initializers.GlorotUniform(seed)
    network = keras.Sequential(
        [
            keras.Input((3, 5, 5, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(DIM, kernel_initializer=initializer),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(CLASSES, kernel_initializer=initializer),
        ]
    )
    return with_descriptor(network)


def student(image=True, audio=True):
    look = keras.Sequential(
        [
            keras.Input((5, 5, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(8, "relu"),
        ]
    )
    listen = keras.Sequential(
        [keras.Input((10,)), keras.layers.Dense(8, "relu")]
    )
    fusion = FusionMLP(DIM, 16, "glorot_uniform")
    return ImageAudioEncoder(
        look if image else None, listen if audio else None, fusion
    )


def model(kl_weight=2.0, **options):
    keras.utils.set_random_seed(0)
    options = {"teacher": teacher(), **options}
    return ListenToLook(
        options.pop("student", None) or student(),
        kl_weight=kl_weight,
        **options,
    )


def clips(num=32):
    random = np.random.default_rng(0)
    frames = random.normal(size=(num, 1, 5, 5, 3)).repeat(3, axis=1)
    return {
        "video": frames.astype("float32"),
        "audio": random.normal(size=(num, 10)).astype("float32"),
        "index": np.arange(num, dtype="int32"),
        "label": random.integers(0, CLASSES, num).astype("int32"),
    }


def numpy(tree):
    return keras.tree.map_structure(ops.convert_to_numpy, tree)


@pytest.mark.backend
@pytest.mark.parametrize("l1_reduction", ["sum", "mean"])
@pytest.mark.parametrize("kl_form", ["cross_entropy", "kl"])
@pytest.mark.parametrize("temperature", [1.0, 3.0])
@pytest.mark.slow_on_jax
def test_losses_are_their_definition(l1_reduction, kl_form, temperature):
    net, batch = model(label_weight=0.5), clips(8)
    net.l1_reduction, net.kl_form = l1_reduction, kl_form
    net.temperature = temperature
    losses, outputs = net.compute_losses(batch, training=False)
    targets = numpy(net.teacher(batch))
    f, s = numpy(net.describe(batch)), numpy(outputs["logits"])
    l1 = abs(f - targets["descriptor"]).sum(1)
    if l1_reduction == "mean":
        l1 = l1 / DIM
    soft = numpy(soft_targets(s, targets["logits"], temperature, kl_form))
    log_p = s - np.log(np.exp(s).sum(1, keepdims=True))
    ce = -log_p[np.arange(8), batch["label"]]
    expected = {
        "l1": l1.mean(),
        "kl": 2 * soft.mean(),
        "cross_entropy": 0.5 * ce.mean(),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(float(losses[name]), value, rtol=1e-4)


@pytest.mark.slow
def test_learns_from_the_teacher_alone():
    net, batch = model(), clips()
    del batch["label"]
    net.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    before = net.evaluate(batch, verbose=0, return_dict=True)
    frozen = net.teacher.network.get_weights()
    net.fit(batch, epochs=60, batch_size=16, verbose=0)
    after = net.evaluate(batch, verbose=0, return_dict=True)
    assert after["l1"] < 0.5 * before["l1"]
    assert after["teacher_kl"] < 0.5 * before["teacher_kl"]
    assert after["agreement"] > 0.7
    for a, b in zip(frozen, net.teacher.network.get_weights()):
        np.testing.assert_array_equal(a, b)


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_the_teacher_never_learns():
    net = model()
    own = {id(v) for v in net.teacher.network.variables}
    assert not own & {id(v) for v in net.trainable_variables}
    batch = clips(4)
    calm = numpy(net.teacher.network(batch["video"], training=False))
    got = numpy(net.teacher(batch))
    for name, value in calm.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-6)


@pytest.mark.slow_on_tensorflow
def test_the_teacher_is_not_in_the_files(tmp_path):
    net, batch = model(), clips(4)
    net.compile("adam", **harness.ONE_STEP)
    net.fit(batch, verbose=0)
    net.save(tmp_path / "net.keras")
    net.save_weights(tmp_path / "net.weights.h5")
    names = []
    with h5py.File(tmp_path / "net.weights.h5") as file:
        file.visititems(
            lambda name, item: names.append((name, getattr(item, "shape", 0)))
        )
    assert any("image_audio_encoder" in name for name, _ in names)
    # The kernel of the teacher's first layer.
    assert not any(shape == (3 * 5 * 5 * 3, DIM) for _, shape in names)
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    assert loaded.teacher is None
    np.testing.assert_allclose(
        loaded.predict(batch, verbose=0),
        net.predict(batch, verbose=0),
        atol=1e-5,
    )
    with pytest.raises(ValueError, match="set_teacher"):
        loaded.compute_losses(batch, training=True)
    loaded.set_teacher(teacher())
    loaded.compile("adam", **harness.ONE_STEP)
    loaded.fit(batch, verbose=0)


@pytest.mark.slow_on_tensorflow
def test_kept_targets_are_those_of_the_running_teacher(tmp_path):
    import tensorflow as tf

    batch = clips()
    dataset = tf.data.Dataset.from_tensor_slices(batch).batch(8)
    targets = TeacherTargets.compute(teacher(), dataset)
    targets.save(tmp_path / "targets.npz")
    kept = TeacherTargets.load(tmp_path / "targets.npz").attach(dataset)
    running, resting = model(), model(teacher=None, num_classes=CLASSES)
    for net in (running, resting):
        net.student.set_weights(running.student.get_weights())
        net.classifier.set_weights(running.classifier.get_weights())
        net.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    expected = running.evaluate(dataset, verbose=0, return_dict=True)
    found = resting.evaluate(kept, verbose=0, return_dict=True)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4)


@pytest.mark.parametrize("image", [True, False])
def test_silent_clips(image):
    """They are seen; a student that only listens learns nothing of them."""
    net = model(student=student(image=image))
    batch = clips(8)
    mask = np.arange(8) % 2 == 0
    changed = {**batch, "video": batch["video"].copy()}
    changed["video"][~mask] += 1
    first, second = (
        net.compute_losses({**b, "has_audio": mask}, training=False)[0]
        for b in (batch, changed)
    )
    same = np.isclose(float(first["l1"]), float(second["l1"]))
    assert same == (not image)
    none = {**batch, "has_audio": np.zeros(8, bool)}
    for value in net.compute_losses(none, training=True)[0].values():
        assert np.isfinite(float(value))


def test_unlabelled_clips_and_weights():
    net, batch = model(kl_weight=0.0, label_weight=1.0), clips(8)
    batch["label"][4:] = -1
    half = {name: value[:4] for name, value in batch.items()}
    assert set(net.compute_losses(batch, False)[0]) == {"l1", "cross_entropy"}
    np.testing.assert_allclose(
        float(net.compute_losses(batch, False)[0]["cross_entropy"]),
        float(net.compute_losses(half, False)[0]["cross_entropy"]),
        rtol=1e-5,
    )
    weighed = {**batch, "sample_weight": np.r_[np.ones(4), np.zeros(4)]}
    np.testing.assert_allclose(
        float(net.compute_losses(weighed, False)[0]["l1"]),
        float(net.compute_losses(half, False)[0]["l1"]),
        rtol=1e-5,
    )


def test_a_teacher_of_single_frames():
    frame = keras.Sequential(
        [keras.Input((5, 5, 3)), keras.layers.GlobalAveragePooling2D()]
    )
    inputs = keras.Input((3, 5, 5, 3))
    x = keras.layers.TimeDistributed(frame)(inputs)
    x = keras.layers.GlobalAveragePooling1D()(x)
    x = keras.layers.Dense(DIM)(x)
    network = keras.Model(inputs, [x, keras.layers.Dense(CLASSES)(x)])
    net = model(teacher=network)
    net.compile("adam", **harness.ONE_STEP)
    net.fit(clips(8), verbose=0)


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(num_classes=3), "4 classes, and a student with 6 and 3"),
        (dict(kl_form="js"), "kl_form"),
        (dict(l1_reduction="max"), "l1_reduction"),
        (dict(temperature=0.0), "temperature"),
        (dict(teacher=None), "num_classes must be given"),
        (dict(kl_weight=-1.0), "kl_weight must not be negative"),
    ],
)
def test_refuses_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        model(**options)


def test_a_teacher_without_a_descriptor_is_refused():
    plain = keras.Sequential(
        [keras.Input((3, 5, 5, 3)), keras.layers.Flatten()]
    )
    with pytest.raises(ValueError, match="with_descriptor"):
        model(teacher=plain)


def test_a_functional_student_takes_its_own_inputs():
    inputs = {
        "image": keras.Input((5, 5, 3), name="image"),
        "audio": keras.Input((10,), name="audio"),
    }
    parts = [keras.layers.Flatten()(x) for x in inputs.values()]
    fused = keras.layers.Dense(DIM)(keras.layers.Concatenate()(parts))
    network = model(student=keras.Model(inputs, fused))
    batch = clips()
    batch["image"] = batch["video"][:, 0]
    assert network(batch).shape == (32, CLASSES)
    del batch["audio"]
    with pytest.raises(ValueError, match="without .'audio'."):
        network(batch)


@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
@pytest.mark.slow_on_jax
def test_stands(tmp_path):
    harness.check_method(lambda: model(kl_weight=100.0), clips(9), tmp_path)
