import h5py
import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import RandomResizedCrop
from keras_av.methods import CompositionalContrastive, TeacherTargets
from tests import harness

CLASSES, DIM, FEATURES, BATCH = 4, 6, 10, 8
TAU = {"image": 0.1, "audio": 0.5}
SHAPES = {
    "student": (FEATURES, DIM),
    "classifier": (DIM, CLASSES),
    "composition": (2 * DIM, DIM),
    "head": (DIM, CLASSES),
}


def video_net():
    return keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(DIM)])


def model(teachers=("image", "audio"), **options):
    keras.utils.set_random_seed(0)
    return CompositionalContrastive(
        video_net(), CLASSES, dict.fromkeys(teachers), **options
    )


def clips(num=BATCH, seed=0):
    random = np.random.default_rng(seed)
    return {
        "video": random.normal(size=(num, FEATURES)).astype("float32"),
        "teacher_image": random.normal(size=(num, DIM)).astype("float32"),
        "teacher_audio": random.normal(size=(num, DIM)).astype("float32"),
        "has_audio": np.arange(num) != 5,
        "label": np.arange(num) % 3,
        "index": np.arange(num),
    }


# The definition in float64, with gradients by differences.


def log_softmax(x):
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def nce(x, y, labels, tau):
    p = np.exp(log_softmax(unit(x) @ unit(y).T / tau))
    same = labels[:, None] == labels
    near = (np.where(same, -np.log(p), 0).sum(1)) / same.sum(1)
    far = (np.where(same, 0, -np.log(1 - p)).sum(1)) / (~same).sum(1)
    return (near + far).mean()


def cross_entropy(logits, labels):
    return -log_softmax(logits)[np.arange(len(labels)), labels].mean()


def half_jeffreys(a, b):
    p, q = log_softmax(a), log_softmax(b)
    return 0.5 * ((np.exp(p) - np.exp(q)) * (p - q)).sum(1).mean()


def apply(layer, x):
    return x @ layer[0] + layer[1]


def composed(params, name, teacher, video):
    both = np.concatenate([unit(teacher), unit(video)], axis=1)
    return teacher + apply(params[f"{name}_composition"], both)


def objectives(params, fixed, batch, teachers, names=None):
    """The student's loss, and each composition's with `x_v` constant."""
    names = names or teachers
    video = apply(params["student"], batch["video"])
    logits = apply(params["classifier"], video)
    still = apply(fixed["student"], batch["video"])
    still_logits = apply(fixed["classifier"], still)
    labels = batch["label"]
    student = cross_entropy(logits, labels)
    own = {}
    for name in teachers:
        keep = np.ones(len(labels), bool)
        if name == "audio":
            keep = batch["has_audio"]
        t, y = batch[f"teacher_{name}"][keep], labels[keep]
        tau = TAU[name]

        def both(a, b, y=y, tau=tau):
            return nce(a, b, y, tau) + nce(b, a, y, tau)

        v, z = video[keep], logits[keep]
        m = composed(params, name, t, v)
        head = params[f"{name}_classifier"]
        student += (1 / len(teachers)) * (
            both(v, m) + both(v, t) + half_jeffreys(z, apply(head, m))
        )
        v, z = still[keep], still_logits[keep]
        m = composed(params, name, t, v)
        own[name] = (
            cross_entropy(apply(head, m), y)
            + both(v, m)
            + both(m, t)
            + half_jeffreys(z, apply(head, m))
        )
    return student, own


def expected_gradients(params, batch, teachers, leak):
    def total(changed, wanted):
        student, own = objectives(changed, params, batch, teachers)
        kind = wanted.split("_")[0]
        if kind not in teachers:
            return student
        return own[kind] + (student if leak else 0.0)

    found, step = {}, 1e-5
    for name, arrays in params.items():
        found[name] = [np.zeros_like(array) for array in arrays]
        for array, gradient in zip(arrays, found[name]):
            for place in np.ndindex(array.shape):
                sides = []
                for sign in (step, -step):
                    kept = array[place]
                    changed = {
                        n: [a.copy() for a in w] for n, w in params.items()
                    }
                    which = [a is array for a in arrays].index(True)
                    changed[name][which][place] = kept + sign
                    sides.append(total(changed, name))
                gradient[place] = (sides[0] - sides[1]) / (2 * step)
    return found


def weights_of(net):
    return {
        name: [
            np.asarray(w, "float64") for w in getattr(net, name).get_weights()
        ]
        for name in net.parts
    }


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("leak", [False, True])
@pytest.mark.parametrize(
    "teachers", [("image", "audio"), ("audio",), ()], ids=str
)
@pytest.mark.slow_on_tensorflow
def test_a_step_is_its_definition(teachers, leak):
    net, batch = model(teachers, leak=leak), clips()
    net.compile(keras.optimizers.SGD(1.0), **harness.ONE_STEP)
    before = weights_of(net)
    wide = {n: np.asarray(x, "float64") for n, x in batch.items()}
    wide |= {n: batch[n] for n in ("label", "has_audio")}
    student, own = objectives(before, before, wide, teachers)
    history = net.fit(batch, batch_size=BATCH, shuffle=False, verbose=0).history
    np.testing.assert_allclose(
        history["loss"][0], student + sum(own.values()), rtol=1e-4
    )
    for name in teachers:
        np.testing.assert_allclose(
            history[f"{name}_composition"][0], own[name], rtol=1e-4
        )
    after = weights_of(net)
    expected = expected_gradients(before, wide, teachers, leak)
    for name, gradients in expected.items():
        for a, b, gradient in zip(before[name], after[name], gradients):
            np.testing.assert_allclose(a - b, gradient, rtol=2e-3, atol=2e-5)


def losses_of(net, batch, training=True):
    found = net.compute_losses(batch, training)[0]
    return {name: float(value) for name, value in found.items()}


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.slow_on_tensorflow
def test_silent_clips_drop_out_of_the_audio_terms_alone():
    net, batch = model(), clips()
    kept = losses_of(net, batch)
    noise = {**batch, "teacher_audio": batch["teacher_audio"].copy()}
    noise["teacher_audio"][5] = np.nan
    assert losses_of(net, noise) == kept
    heard = losses_of(net, {**batch, "has_audio": np.ones(BATCH, bool)})
    for name, value in kept.items():
        assert (heard[name] == value) == (not name.startswith("audio")), name
    part = {n: x[batch["has_audio"]] for n, x in batch.items()}
    for name, value in losses_of(net, part).items():
        if name.startswith("audio"):
            np.testing.assert_allclose(value, kept[name], rtol=1e-5)


@pytest.mark.slow_on_tensorflow
def test_clips_without_a_label_or_weight_count_for_nothing():
    net, batch = model(), clips()
    half = losses_of(net, {n: x[:4] for n, x in batch.items()})
    unlabelled = {**batch, "label": np.r_[batch["label"][:4], [-1] * 4]}
    weighed = {**batch, "sample_weight": np.r_[np.ones(4), np.zeros(4)]}
    for changed in (unlabelled, weighed):
        for name, value in losses_of(net, changed).items():
            np.testing.assert_allclose(value, half[name], rtol=1e-5)


@pytest.mark.slow_on_tensorflow
def test_options():
    batch = clips()
    one = {"teachers": ("audio",)}
    plain = losses_of(model(**one), batch)
    half = losses_of(model(**one, teacher_weight=0.5), batch)
    for name in ("audio_contrast", "audio_divergence"):
        np.testing.assert_allclose(half[name], plain[name] / 2, rtol=1e-5)
    np.testing.assert_allclose(
        half["audio_composition"], plain["audio_composition"]
    )
    by_pair = [
        losses_of(model(**one, pairs=[pair]), batch)["audio_contrast"]
        for pair in ("video_composition", "video_teacher")
    ]
    np.testing.assert_allclose(sum(by_pair), plain["audio_contrast"], rtol=1e-5)
    mixed = losses_of(model(**one, convex_weight=0.3), batch)
    np.testing.assert_allclose(
        mixed["audio_contrast"], 0.7 * by_pair[0] + 0.3 * by_pair[1], rtol=1e-5
    )
    one_way = losses_of(model(**one, symmetric=False), batch)
    assert 0 < one_way["audio_contrast"] < plain["audio_contrast"]
    none = losses_of(model(**one, logit_divergence="none"), batch)
    assert none["audio_divergence"] == 0
    jsd = losses_of(model(**one, logit_divergence="jsd"), batch)
    assert 0 < jsd["audio_divergence"] < plain["audio_divergence"] / 4
    legacy = losses_of(model(**one, legacy_eps=True), batch)
    for name, value in plain.items():
        np.testing.assert_allclose(legacy[name], value, rtol=1e-3)
    sharp = losses_of(model(**one, temperatures={"audio": 0.1}), batch)
    assert sharp["audio_contrast"] > plain["audio_contrast"]


DROP = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.1, 0.01])


def stepped(rate, iterations=5, **options):
    """Logs and changes of weights of a step after a number of steps."""
    net, batch = model(**options), clips()
    net.compile(keras.optimizers.SGD(rate), **harness.ONE_STEP)
    net.optimizer.build(net.trainable_variables)
    net.optimizer.iterations.assign(iterations)
    before = [ops.convert_to_numpy(v) for v in net.trainable_variables]
    logs = net.train_on_batch(batch, return_dict=True)
    return logs, {
        f"{i} {v.path}": ops.convert_to_numpy(v) - old
        for i, (v, old) in enumerate(zip(net.trainable_variables, before))
    }


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "leak", [True, pytest.param(False, marks=pytest.mark.slow)]
)
def test_with_the_schedules_of_the_original_compositions_keep_the_rate(leak):
    plain, low = stepped(0.01, leak=leak)
    _, high = stepped(0.1, leak=leak)
    logs, found = stepped(DROP, leak=leak, legacy_schedules=True)
    for name, change, slow, fast in changes(found, low, high):
        kept = "image" in name or "audio" in name
        expected = fast if kept else slow
        np.testing.assert_allclose(change, expected, rtol=1e-3, atol=1e-6)
    # What is logged is the loss, not what is differentiated.
    for name, value in plain.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-5)
    _, shared = stepped(DROP, leak=leak)
    for _, change, slow in changes(shared, low):
        np.testing.assert_allclose(change, slow, rtol=1e-3, atol=1e-6)


def changes(*steps):
    """The name of each weight, and its change in each of the steps."""
    assert len({len(step) for step in steps}) == 1
    return zip(steps[0], *(step.values() for step in steps))


def test_schedules_of_the_original_need_sgd():
    net = model(legacy_schedules=True)
    net.compile(keras.optimizers.Adam(DROP), **harness.ONE_STEP)
    with pytest.raises(ValueError, match="SGD only. Received: .* Adam"):
        net.train_on_batch(clips())


class Shift(keras.layers.Layer):
    """Stands for a random layer: what it does can be foreseen."""

    def call(self, inputs, training=False):
        return inputs + 1.0 if training else inputs


def test_augmentation_is_one_view_for_student_and_image_teacher():
    look = keras.Sequential([keras.Input((5, 5, 3)), keras.layers.Flatten()])
    student = keras.Sequential(
        [keras.Input((2, 5, 5, 3)), keras.layers.Flatten()]
    )
    student.add(keras.layers.Dense(75))
    net = CompositionalContrastive(
        student, CLASSES, {"image": look}, augmentation=Shift()
    )
    plain = CompositionalContrastive(student, CLASSES, {"image": look})
    for a, b in zip(net.weights, plain.weights):
        a.assign(b)
    frame = np.random.default_rng(0).normal(size=(BATCH, 1, 5, 5, 3))
    video = np.repeat(frame, 2, axis=1).astype("float32")
    batch = {"video": video, "label": np.arange(BATCH) % 3}
    found, _ = net.compute_losses(batch, training=True)
    shifted = {**batch, "video": video + 1}
    expected, _ = plain.compute_losses(shifted, training=True)
    for name, value in expected.items():
        np.testing.assert_allclose(float(found[name]), float(value), rtol=1e-5)
    # In validation there is none.
    found, _ = net.compute_losses(batch, training=False)
    expected, _ = plain.compute_losses(batch, training=False)
    for name, value in expected.items():
        np.testing.assert_allclose(float(found[name]), float(value), rtol=1e-5)


def test_a_student_that_augments_by_itself_warns():
    look = keras.Sequential([keras.Input((5, 5, 3)), keras.layers.Flatten()])
    crop = RandomResizedCrop(5, name="crop")
    student = keras.Sequential([keras.Input((2, 5, 5, 3)), crop])
    student.add(keras.layers.Flatten())
    student.add(keras.layers.Dense(75))
    with pytest.warns(UserWarning, match=r"by \['crop'\], which the teacher"):
        CompositionalContrastive(student, CLASSES, {"image": look})


@pytest.mark.slow
@pytest.mark.parametrize("scaled", [False, True])
def test_legacy_schedules_train_with_a_constant_rate(scaled):
    logs = []
    for legacy in (False, True):
        net = model(legacy_schedules=legacy)
        optimizer = keras.optimizers.SGD(0.01)
        if scaled:
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        net.compile(optimizer, jit_compile=False)
        batch = clips()
        logs.append(
            net.fit(batch, batch_size=BATCH, epochs=2, verbose=0).history
        )
    for name, values in logs[0].items():
        np.testing.assert_allclose(logs[1][name], values, rtol=1e-5)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "change",
    [
        dict(label=np.zeros(BATCH, int)),
        dict(has_audio=np.zeros(BATCH, bool)),
        dict(label=np.full(BATCH, -1)),
        dict(teacher_audio=np.zeros((BATCH, DIM), "float32")),
    ],
    ids=["one class", "all silent", "no labels", "zero embeddings"],
)
@pytest.mark.parametrize(
    "num", [1, pytest.param(BATCH, marks=pytest.mark.slow)]
)
def test_degenerate_batches_train(change, num):
    net = model()
    batch = {n: x[:num] for n, x in {**clips(), **change}.items()}
    net.compile(keras.optimizers.SGD(1.0), **harness.ONE_STEP)
    for _ in range(2):
        assert np.isfinite(net.train_on_batch(batch, return_dict=True)["loss"])
    for weight in net.get_weights():
        assert np.isfinite(weight).all()


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_a_silent_clip_has_any_embedding():
    net, batch = model(("audio",)), clips()
    expected = losses_of(net, batch)
    batch["teacher_audio"][~batch["has_audio"]] = np.nan
    assert losses_of(net, batch) == expected
    net.compile(keras.optimizers.SGD(1.0), **harness.ONE_STEP)
    net.fit(batch, batch_size=BATCH, verbose=0)
    for weight in net.get_weights():
        assert np.isfinite(weight).all()


@pytest.mark.slow
def test_huge_logits_are_finite():
    net, batch = model(), clips()
    for layer in (net.classifier, net.audio_classifier, net.image_classifier):
        layer.set_weights([1e4 * w for w in layer.get_weights()])
    net.compile(keras.optimizers.SGD(1e-3), **harness.ONE_STEP)
    net.fit(batch, verbose=0)
    for weight in net.get_weights():
        assert np.isfinite(weight).all()


def networks():
    look = keras.Sequential(
        [
            keras.Input((5, 5, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(DIM),
            keras.layers.BatchNormalization(),
        ]
    )
    listen = keras.Sequential([keras.Input((20,)), keras.layers.Dense(DIM)])
    return {"image": look, "audio": listen}


def real_clips(num=BATCH):
    random = np.random.default_rng(0)
    return {
        "video": random.normal(size=(num, 4, 5, 5, 3)).astype("float32"),
        "audio": random.normal(size=(num, 20)).astype("float32"),
        "label": np.arange(num) % CLASSES,
        "index": np.arange(num),
    }


def taught(teachers, **options):
    keras.utils.set_random_seed(0)
    student = keras.Sequential(
        [
            keras.Input((4, 5, 5, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(DIM),
        ]
    )
    return CompositionalContrastive(student, CLASSES, teachers, **options)


@pytest.mark.slow
def test_teachers_are_not_in_the_files(tmp_path):
    teachers, batch = networks(), real_clips()
    net = taught(teachers, convex_weight=0.4, leak=True, seed=3)
    net.compile("sgd", **harness.ONE_STEP)
    frozen = {name: t.get_weights() for name, t in teachers.items()}
    net.fit(batch, verbose=0, epochs=2)
    for name, weights in frozen.items():
        for a, b in zip(weights, teachers[name].get_weights()):
            np.testing.assert_array_equal(a, b)
    net.save(tmp_path / "net.keras")
    net.save_weights(tmp_path / "net.weights.h5")
    shapes = []
    with h5py.File(tmp_path / "net.weights.h5") as file:
        file.visititems(
            lambda _, item: shapes.append(getattr(item, "shape", 0))
        )
    assert (4 * 5 * 5 * 3, DIM) in shapes
    assert (5 * 5 * 3, DIM) not in shapes and (20, DIM) not in shapes
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    configs = [n.get_config() for n in (loaded, net)]
    for config in configs:
        del config["student"]
    assert configs[0] == configs[1]
    np.testing.assert_allclose(
        loaded.predict(batch, verbose=0),
        net.predict(batch, verbose=0),
        atol=1e-5,
    )
    with pytest.raises(ValueError, match="no audio teacher"):
        loaded.compute_losses(batch, training=True)
    assert set(losses_of(loaded, batch, training=False)) == {"cross_entropy"}
    for name, network in teachers.items():
        loaded.set_teacher(name, network)
    expected, got = (losses_of(n, batch, training=False) for n in (net, loaded))
    for name, value in expected.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-5)


@pytest.mark.slow_on_tensorflow
def test_an_image_teacher_sees_one_frame_of_the_batch():
    net, batch = taught({"image": networks()["image"]}, seed=0), real_clips()
    calm = losses_of(net, batch, training=False)
    middle = {**batch, "image": batch["video"][:, 2]}
    assert losses_of(net, middle, training=False) == calm
    by_frame = [
        losses_of(net, {**batch, "image": batch["video"][:, i]})[
            "image_contrast"
        ]
        for i in range(4)
    ]
    seen = {losses_of(net, batch)["image_contrast"] for _ in range(16)}
    assert {round(x, 4) for x in seen} == {round(x, 4) for x in by_frame}


def test_kept_embeddings_stand_for_the_teacher():
    import tensorflow as tf

    listen, batch = networks()["audio"], real_clips()
    dataset = tf.data.Dataset.from_tensor_slices(batch).batch(BATCH)
    kept = TeacherTargets.compute(listen, dataset, "audio", ["teacher_audio"])
    running = taught({"audio": listen})
    resting = taught({"audio": None})
    for name in resting.parts:
        weights = getattr(running, name).get_weights()
        getattr(resting, name).set_weights(weights)
    (attached,) = kept.attach(dataset).as_numpy_iterator()
    expected = losses_of(running, batch)
    for name, value in losses_of(resting, attached).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-5)


@pytest.mark.slow
def test_learns_from_teachers_who_know_the_classes():
    random = np.random.default_rng(0)
    centres = random.normal(size=(CLASSES, DIM))
    labels = np.arange(64) % CLASSES
    batch = {
        "video": random.normal(size=(64, FEATURES)).astype("float32"),
        "label": labels,
        "teacher_audio": centres[labels].astype("float32"),
    }
    batch["video"][:, :CLASSES] += 3 * np.eye(CLASSES)[labels]
    net = model(("audio",))
    net.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    first = net.evaluate(batch, verbose=0, return_dict=True)
    net.fit(batch, batch_size=32, epochs=40, verbose=0)
    last = net.evaluate(batch, verbose=0, return_dict=True)
    assert last["audio_contrast"] < 0.8 * first["audio_contrast"]
    assert last["accuracy"] > 0.9


@pytest.mark.slow_on_tensorflow
def test_a_frozen_part():
    from keras_av.training import Phase

    net, batch = model(), clips()
    net.compile("sgd", **harness.ONE_STEP)
    moving = [p for p in net.parts if not p.startswith("audio")]
    net.fit(batch, verbose=0)
    net.begin_phase(Phase("still", 1, moving, net.loss_names))
    before = weights_of(net)
    net.fit(batch, verbose=0)
    for name, arrays in weights_of(net).items():
        same = all(map(np.array_equal, arrays, before[name]))
        assert same == (name not in moving), name


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(teachers=("touch",)), "'touch'"),
        (dict(pairs=["video_audio"]), "video_audio"),
        (dict(logit_divergence="kl"), "'kl'"),
        (dict(convex_weight=2.0), "convex_weight=2.0"),
        (dict(temperatures={"audio": 0.0}), "temperatures"),
    ],
)
def test_refuses_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        model(**options)


def test_refuses_what_does_not_fit():
    net, batch = model(), clips()
    wide = keras.Sequential([keras.Input((20,)), keras.layers.Dense(DIM + 1)])
    with pytest.raises(ValueError, match="6 features.* with 7"):
        net.set_teacher("audio", wide)
    with pytest.raises(ValueError, match="model must be one of"):
        model(("image",)).set_teacher("audio", wide)
    with pytest.raises(ValueError, match="teacher_image"):
        net.compute_losses({**batch, "teacher_image": np.ones((8, 3))}, True)
    del batch["label"]
    with pytest.raises(ValueError, match="'label'"):
        net.compute_losses(batch, True)
    assert ops.shape(net(batch)) == (BATCH, CLASSES)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    harness.check_method(model, clips(9), tmp_path)
