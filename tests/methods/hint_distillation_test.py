import h5py
import keras
import numpy as np
import pytest
from keras import ops

from keras_av import losses
from keras_av.layers import ClipAugmentation
from keras_av.methods import Hint, HintDistillation
from keras_av.models import ResNetBackbone
from keras_av.training import Phase

CLASSES = 4


def network(width=4, size=8, classes=CLASSES, seed=0):
    """Has batch statistics and dropout, which rest in a teacher."""
    initializer = keras.initializers.GlorotUniform
    return keras.Sequential(
        [
            keras.Input((size, size, 3)),
            keras.layers.Conv2D(
                width,
                3,
                2,
                "same",
                kernel_initializer=initializer(seed),
                name="conv",
            ),
            keras.layers.BatchNormalization(momentum=0.5),
            keras.layers.ReLU(name="early"),
            keras.layers.Conv2D(
                2 * width,
                3,
                2,
                "same",
                kernel_initializer=initializer(seed + 1),
                name="late",
            ),
            keras.layers.GlobalAveragePooling2D(name="pool"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(classes, kernel_initializer=initializer(seed)),
        ]
    )


def encoder():
    layers = network(3).layers[:4]
    return keras.Sequential([keras.Input((8, 8, 3)), *layers])


HINTS = (Hint("early", "early"),)


def model(hints=HINTS, **options):
    keras.utils.set_random_seed(0)
    options = {"student": network(3), "teacher": network(6, seed=7), **options}
    keys = {"student_key": "image", "teacher_key": "image"}
    return HintDistillation(hints=hints, **{**keys, **options})


def clips(num=32, size=8):
    random = np.random.default_rng(0)
    return {
        "image": random.normal(size=(num, size, size, 3)).astype("float32"),
        "label": random.integers(0, CLASSES, num).astype("int32"),
    }


def numpy(tree):
    return keras.tree.map_structure(ops.convert_to_numpy, tree)


def value(net, batch, name):
    return float(net.compute_losses(batch, training=False)[0][name])


def maps(net, batch):
    return (
        numpy(net.tapped(batch, training=False)),
        numpy(net.teacher(batch)),
    )


def test_each_loss_is_its_definition():
    hints = [
        Hint("early", "early"),
        Hint("late", "early", "attention_transfer", weight=5.0),
        Hint("pool", "pool", "relational"),
        Hint("late", "pool", match="pool"),
        Hint("early", "early", losses.similarity_preserving),
    ]
    net, batch = model(hints, kd_weight=0.9, label_weight=0.1), clips(8)
    found = numpy(net.compute_losses(batch, training=False)[0])
    student, teacher = maps(net, batch)
    by_name = net.regressors.by_name
    assert set(by_name) == {"hint_1", "hint_4"}
    x = by_name["hint_1"](student["early"])
    means = [
        100 * losses.hint_loss(x, teacher["early"]),
        5 * losses.attention_transfer(student["early"], teacher["late"]),
        losses.relational(student["pool"], teacher["pool"]),
        100
        * losses.hint_loss(
            by_name["hint_4"](student["pool"]),
            teacher["late"].mean((1, 2)),
        ),
        losses.similarity_preserving(student["early"], teacher["early"]),
    ]
    expected = {
        f"hint_{i}": numpy(mean).mean() for i, mean in enumerate(means, 1)
    }
    soft = losses.soft_targets(student[""], teacher[""], 4.0, "kl")
    expected["kd"] = 0.9 * 16 * numpy(soft).mean()
    log_p = numpy(ops.log_softmax(student[""]))
    right = log_p[np.arange(8), batch["label"]]
    expected["cross_entropy"] = -0.1 * right.mean()
    assert set(found) == set(expected)
    for name, number in expected.items():
        np.testing.assert_allclose(found[name], number, rtol=1e-4)


def test_golden_soft_labels(vectors):
    golden = vectors("kd_zoo")
    num = golden["kd_ys"].shape[1]

    def identity():
        inputs = keras.Input((num,))
        return keras.Model(inputs, keras.layers.Identity()(inputs))

    net = HintDistillation(
        identity(),
        identity(),
        label_weight=0.1,
        kd_weight=0.9,
        student_key="s",
        teacher_key="t",
    )
    batch = {"s": golden["kd_ys"], "t": golden["kd_yt"]}
    np.testing.assert_allclose(
        value(net, batch, "kd"), 0.9 * golden["kd_loss"], rtol=1e-5
    )
    labelled = {**batch, "label": golden["at_labels"]}
    found = net.compute_losses(labelled, training=True)[0]
    np.testing.assert_allclose(
        float(sum(found.values())), golden["at_kd_loss"], rtol=1e-5
    )


def test_the_student_comes_near_its_teacher():
    net, batch = model(label_weight=0.0, kd_weight=1.0), clips()
    net.compile(keras.optimizers.Adam(0.03), jit_compile=False)
    before = net.evaluate(batch, verbose=0, return_dict=True)
    frozen = net.teacher.network.get_weights()
    net.fit(batch, epochs=25, batch_size=16, verbose=0)
    after = net.evaluate(batch, verbose=0, return_dict=True)
    assert after["hint_1"] < 0.5 * before["hint_1"]
    assert after["kd"] < 0.7 * before["kd"]
    for a, b in zip(frozen, net.teacher.network.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_what_is_trained():
    net = model()
    variables = {id(v) for v in net.trainable_variables}
    assert not variables & {id(v) for v in net.teacher.network.variables}
    own = net.student.trainable_variables + net.regressors.trainable_variables
    assert variables == {id(v) for v in own} and len(own) == 8 + 3


def test_stages_of_the_original():
    """First the hint alone, for what leads to it; then the soft labels."""
    net, batch = model(kd_weight=0.9, label_weight=0.1), clips(16)
    net.compile("adam", jit_compile=False)
    net.set_stage(Phase("hint", 1, ["student", "regressors"], ["hint_1"]))
    late = numpy(net.student.get_layer("late").kernel)
    net.fit(batch, verbose=0)
    np.testing.assert_array_equal(
        late, numpy(net.student.get_layer("late").kernel)
    )
    regressor = net.regressors.get_weights()
    net.set_stage(Phase("kd", 1, ["student"], ["kd", "cross_entropy"]))
    logs = net.fit(batch, verbose=0).history
    assert np.isnan(logs["hint_1"]).all() and np.isfinite(logs["kd"]).all()
    for a, b in zip(regressor, net.regressors.get_weights()):
        np.testing.assert_array_equal(a, b)
    assert (late != numpy(net.student.get_layer("late").kernel)).any()


def test_save_and_load_without_the_teacher(tmp_path):
    hints = [
        Hint("early", "early"),
        Hint("late", "late", "relational"),
        Hint("pool", "pool", keras.losses.CosineSimilarity(), match="linear"),
    ]
    augmentation = {"image": ClipAugmentation(seed=1)}
    net = model(hints, augmentation=augmentation, teacher=network(5))
    batch = clips(8)
    net.compile("adam", jit_compile=False)
    net.fit(batch, verbose=0)
    net.save(tmp_path / "net.keras")
    net.save_weights(tmp_path / "net.weights.h5")
    shapes = []
    with h5py.File(tmp_path / "net.weights.h5") as file:
        file.visititems(
            lambda name, item: (
                name.startswith("optimizer")
                or shapes.append(getattr(item, "shape", 0))
            )
        )
    # Of the first kernels, each is there once, the teacher's is not.
    assert shapes.count((3, 3, 3, 3)) == 1 and (3, 3, 3, 5) not in shapes
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    assert loaded.teacher is None
    np.testing.assert_allclose(
        loaded.predict(batch, verbose=0),
        net.predict(batch, verbose=0),
        atol=1e-5,
    )
    with pytest.raises(ValueError, match="set_teacher"):
        loaded.compute_losses(batch, training=True)
    loaded.set_teacher(net.teacher.network)
    loaded.compile("adam", jit_compile=False)
    for name in ("hint_1", "hint_2", "hint_3"):
        np.testing.assert_allclose(
            value(loaded, batch, name), value(net, batch, name), rtol=1e-4
        )
    loaded.fit(batch, verbose=0)
    with pytest.raises(ValueError, match="made for a teacher"):
        loaded.set_teacher(network(7))


def test_a_teacher_that_comes_later():
    net = model(teacher=None)
    net.set_teacher(network(6))
    net.compile("adam", jit_compile=False)
    net.fit(clips(8), verbose=0)


def test_backbones_by_path_and_two_senses():
    """A teacher that sees, a student that hears."""
    keras.utils.set_random_seed(0)
    nets = [
        keras.Sequential(
            [
                ResNetBackbone(10, width, shape, name="backbone"),
                keras.layers.Dense(3),
            ]
        )
        for width, shape in ((4, (32, 32, 3)), (2, (32, 16, 1)))
    ]
    hints = [
        Hint("backbone/stage3", "backbone/stage3", match="pool"),
        Hint("backbone", "backbone", "similarity_preserving"),
    ]
    net = HintDistillation(nets[1], nets[0], hints, student_key="audio")
    random = np.random.default_rng(0)
    batch = {
        "video": random.integers(0, 255, (6, 32, 32, 3)).astype("uint8"),
        "audio": random.normal(size=(6, 32, 16, 1)).astype("float32"),
        "has_audio": np.arange(6) != 2,
        "label": np.arange(6) % 3,
    }
    silent = {**batch, "audio": batch["audio"].copy()}
    silent["audio"][2] = 99
    for name in net.loss_names:
        if name != "kd":
            np.testing.assert_allclose(
                value(net, silent, name), value(net, batch, name), rtol=1e-5
            )
    net.compile("adam", jit_compile=False)
    net.fit(batch, verbose=0)
    assert net.predict({"audio": batch["audio"]}, verbose=0).shape == (6, 3)
    with pytest.raises(ValueError, match="reads 'audio'"):
        net(dict(video=batch["video"]))


def test_unlabelled_clips_and_weights():
    hints = [Hint("early", "early"), Hint("late", "late", "relational")]
    net, batch = model(hints), clips(8)
    half = {name: array[:4] for name, array in batch.items()}
    batch["label"][4:] = -1
    np.testing.assert_allclose(
        value(net, batch, "cross_entropy"),
        value(net, half, "cross_entropy"),
        rtol=1e-5,
    )
    weights = np.r_[np.ones(4), np.zeros(4)]
    weighed = {**batch, "sample_weight": weights}
    for name in ("hint_1", "hint_2"):
        np.testing.assert_allclose(
            value(net, weighed, name), value(net, half, name), rtol=1e-4
        )
    none = {**batch, "sample_weight": 0 * weights}
    for loss in net.compute_losses(none, training=True)[0].values():
        assert float(loss) == 0


def test_both_see_the_same_augmented_clip():
    class Shift(keras.layers.Layer):
        def call(self, x, training=False):
            return x + 5 if training else x

    net, batch = model(augmentation={"image": Shift()}), clips(8)
    seen = {}
    tapped, teacher = net.tapped, net.teacher.tapped

    def spy(name, whose):
        def run(batch, training):
            seen[name] = batch["image"]
            return whose(batch, training)

        return run

    net.tapped = spy("student", tapped)
    net.teacher.tapped = spy("teacher", teacher)
    for training, shift in ((True, 5), (False, 0)):
        net.compute_losses(batch, training=training)
        assert not training or seen["student"] is seen["teacher"]
        np.testing.assert_allclose(
            numpy(seen["student"]), batch["image"] + shift, rtol=1e-6
        )


def test_without_hints_and_without_classes():
    net = model((), kd_weight=0.9, label_weight=0.1)
    net.compile("adam", jit_compile=False)
    net.fit(clips(8), verbose=0)
    net = model(student=encoder(), label_weight=0.0)
    net.compile("adam", jit_compile=False)
    assert np.isfinite(net.fit(clips(8), verbose=0).history["loss"]).all()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision(policy):
    hints = [
        Hint("early", "early", weight=1.0),
        Hint("late", "late", "attention_transfer"),
        Hint("late", "late", "relational"),
    ]
    keras.config.set_dtype_policy(policy)
    try:
        net = model(hints, kd_weight=0.9)
        net.compile(keras.optimizers.Adam(0.01), jit_compile=False)
        history = net.fit(clips(8), verbose=0, epochs=2)
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.parametrize(
    "hint, message",
    [
        (
            Hint("late", "pool"),
            r"'late' of the teacher, \(2, 2, 12\), and 'pool' of the student, "
            r"\(6,\).*match='pool'",
        ),
        (Hint("early", "late", match="linear"), "the same positions"),
        (Hint("early", "early", match=None), "regressor"),
        (Hint("pool", "pool", "attention_transfer"), "at least one"),
        (Hint("early", "early", keras.losses.MeanSquaredError()), "early"),
        (Hint("early", "early", lambda s, t: ops.sum(s, 0)), "one number"),
    ],
)
def test_refuses_taps_that_do_not_match(hint, message):
    with pytest.raises(ValueError, match=message):
        model([hint])


@pytest.mark.parametrize(
    "options, message",
    [
        (dict(temperature=0.0), "temperature"),
        (dict(kd_weight=-1.0), "not negative"),
        (dict(teacher=network(6, classes=3), kd_weight=1.0), "same classes"),
        (dict(student=encoder()), "give logits"),
        (dict(hints=[Hint("early", "nowhere")]), "nowhere"),
    ],
)
def test_refuses_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        model(**options)


def test_refuses_probabilities():
    layers = [*network().layers, keras.layers.Softmax()]
    softmax = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    with pytest.raises(ValueError, match="student.*softmax"):
        model(student=softmax)
