import h5py
import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import RandomResizedCrop
from keras_av.losses import attention_transfer, soft_targets
from keras_av.methods import Hint, HintDistillation
from keras_av.models import ResNet3DBackbone, ResNetBackbone, with_taps
from keras_av.training import Phase
from tests import harness

CLASSES = 4


def network(width, size=8, depth=2, key="image"):
    shape = {"image": (size, size, 3), "audio": (size, 3)}[key]
    conv = {"image": keras.layers.Conv2D, "audio": keras.layers.Conv1D}[key]
    pool = {
        "image": keras.layers.GlobalAveragePooling2D,
        "audio": keras.layers.GlobalAveragePooling1D,
    }[key]
    layers = [keras.Input(shape)]
    for i in range(1, depth + 1):
        layers += [
            conv(width, 3, padding="same", activation="relu", name=f"map{i}"),
            keras.layers.BatchNormalization(),
        ]
    return keras.Sequential([*layers, pool(), keras.layers.Dense(CLASSES)])


def model(*hints, **options):
    keras.utils.set_random_seed(0)
    options = {"student_key": "image", **options}
    teacher = options.pop("teacher", None) or network(6)
    student = options.pop("student", None) or network(3)
    return HintDistillation(student, teacher, hints, **options)


def clips(num=16):
    random = np.random.default_rng(0)
    return {
        "image": random.normal(size=(num, 8, 8, 3)).astype("float32"),
        "audio": random.normal(size=(num, 8, 3)).astype("float32"),
        "label": random.integers(0, CLASSES, num),
    }


def losses_of(net, batch, training=False):
    found = net.compute_losses(batch, training)[0]
    return {n: float(ops.convert_to_numpy(v)) for n, v in found.items()}


ALL = [
    Hint("map1", "map1"),
    Hint("map2", "map2", match="linear"),
    Hint("map2", "map1", match="pool"),
    Hint("map2", "map2", "attention"),
    Hint("map1", "map2", "similarity"),
    Hint("map1", "map2", "probabilistic", loss_weight=2.0),
    Hint("map1", "map2", "relational"),
]


def test_losses_are_their_definition():
    net, batch = model(*ALL, kd_weight=0.9, label_weight=0.1), clips()
    # All weights are there before the first batch, for optimizers and files.
    assert net.regressors.by_name["hint_map1"].weights
    found = losses_of(net, batch)
    names = [hint.student_tap for hint in ALL]
    mine = with_taps(net.student, names)(batch["image"], training=False)
    taught = net.teacher(batch)
    targets = soft_targets(mine["logits"], taught["logits"], 4.0, "kl")
    expected = {
        "kd": 0.9 * 16 * ops.mean(targets),
        "attention_map2": 1000
        * ops.mean(attention_transfer(mine["map2"], taught["map2"])),
        "cross_entropy": 0.1
        * ops.mean(
            keras.losses.sparse_categorical_crossentropy(
                batch["label"], mine["logits"], from_logits=True
            )
        ),
    }
    regressed = net.regressors.by_name["hint_map1"](mine["map1"])
    expected["hint_map1"] = 100 * ops.mean((regressed - taught["map1"]) ** 2)
    for name, value in expected.items():
        value = float(ops.convert_to_numpy(value))
        np.testing.assert_allclose(found[name], value, rtol=1e-4)
    assert set(found) == set(net.loss_names)


@pytest.mark.slow
@pytest.mark.parametrize("hint", ALL, ids=lambda hint: hint.kind)
def test_the_student_comes_nearer(hint):
    net, batch = model(hint, label_weight=0.0), clips()
    net.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    frozen = net.teacher.network.get_weights()
    losses = net.fit(batch, epochs=40, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0]
    for a, b in zip(frozen, net.teacher.network.get_weights()):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
@pytest.mark.parametrize(
    "loss",
    [
        keras.distillation.FeatureDistillation("mse"),
        keras.distillation.FeatureDistillation("mae"),
        lambda student, teacher: ops.abs(student - teacher),
    ],
)
def test_losses_that_are_given_compare_layers(loss):
    hint = Hint("map1", "map1", loss, match="linear")
    net, batch = model(hint), clips()
    net.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    history = net.fit(batch, epochs=20, verbose=0).history
    losses = history[f"{hint.kind}_map1"]
    assert losses[-1] < losses[0]


def test_regressors_of_maps_of_any_size_are_there_before_the_first_batch():
    """Optimizers and files need their weights."""
    hint = Hint("map1", "map1", match="pool")
    net = model(hint, student=network(3, size=None))
    (kernel, *_) = net.regressors.by_name["hint_map1"].weights
    assert kernel.shape[-2:] == (3, 6)
    assert np.isfinite(losses_of(net, clips(2))["hint_map1"])


def test_losses_of_keras_compare_logits():
    loss = keras.distillation.LogitsDistillation(
        3.0, keras.losses.KLDivergence()
    )
    net, batch = model(Hint("logits", "logits", loss)), clips()
    ours = model(kd_weight=1.0, temperature=3.0)
    theirs = losses_of(net, batch)["LogitsDistillation_logits"]
    np.testing.assert_allclose(losses_of(ours, batch)["kd"], theirs, rtol=1e-4)


def test_teachers_and_students_of_different_senses():
    """A picture teaches a sound; silent clips learn from labels at most."""
    hints = [
        Hint("map2", "map2", match="pool"),
        Hint("map2", "map2", "similarity"),
    ]
    net = model(
        *hints,
        student=network(3, key="audio"),
        student_key="audio",
        teacher_key="image",
    )
    batch = {**clips(8), "has_audio": np.arange(8) % 2 == 0}
    found = losses_of(net, batch)
    heard = {n: x[batch["has_audio"]] for n, x in batch.items()}
    for name, value in losses_of(net, heard).items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4)
    net.compile("adam", **harness.ONE_STEP)
    silent = {**batch, "has_audio": np.zeros(8, bool)}
    logs = net.train_on_batch(silent, return_dict=True)
    assert np.isfinite(logs["loss"])


def test_augmentation_is_one_view_for_student_and_teacher():
    """A teacher with the student's weights has nothing to teach then."""
    twins = [network(3), network(3)]
    twins[1].set_weights(twins[0].get_weights())
    crop = RandomResizedCrop(8, area=(0.1, 0.5), seed=0)
    options = {"student_key": "image", "label_weight": 0.0}
    hints, batch = [Hint("map1", "map1", "attention")], clips()
    net = HintDistillation(*twins, hints, augmentation=crop, **options)
    assert losses_of(net, batch, training=True)["attention_map1"] < 1e-5
    change = net.tapped(crop(batch["image"], training=True))["map1"]
    change = change - net.tapped(batch["image"])["map1"]
    assert np.abs(harness.numpy(change)).max() > 0.1
    copy = HintDistillation.from_config(net.get_config())
    assert copy.augmentation.area == crop.area
    # Inside the student alone it is another view, and warns.
    student = keras.Sequential([keras.Input((8, 8, 3)), crop, twins[0]])
    with pytest.warns(UserWarning, match="which the teacher does not see"):
        HintDistillation(student, twins[1], **options)
    with pytest.raises(ValueError, match="augmentation needs student_key"):
        model(student_key=None, augmentation=crop)


@pytest.mark.slow
def test_a_video_network_teaches_an_image_network():
    """Taps inside backbones, in three dimensions and in two."""
    video = ResNet3DBackbone(10, 4, (4, 32, 32, 3))
    teacher = keras.Sequential([video, keras.layers.Dense(CLASSES)])
    image = ResNetBackbone(10, 2, (32, 32, 3))
    student = keras.Sequential([image, keras.layers.Dense(CLASSES)])
    hints = [
        Hint("stage3", "stage3", match="pool"),
        Hint("stage2", "stage2", "probabilistic"),
    ]
    net = HintDistillation(
        student, teacher, hints, student_key="image", teacher_key="video"
    )
    clip = np.random.default_rng(0).normal(size=(4, 4, 32, 32, 3))
    batch = {"video": clip.astype("float32"), "label": np.arange(4)}
    batch["image"] = batch["video"][:, 0]
    net.compile("adam", **harness.ONE_STEP)
    assert np.isfinite(net.fit(batch, verbose=0).history["loss"]).all()


@pytest.mark.slow_on_tensorflow
def test_files(tmp_path):
    keras_loss = keras.distillation.LogitsDistillation(temperature=2.0)
    hints = [*ALL[:5], Hint("logits", "logits", keras_loss)]
    net, batch = model(*hints, kd_weight=0.5), clips()
    teacher = network(6)
    teacher.set_weights(net.teacher.network.get_weights())
    net.compile("adam", **harness.ONE_STEP)
    net.fit(batch, verbose=0)
    expected = losses_of(net, batch)
    net.save(tmp_path / "net.keras")
    net.save_weights(tmp_path / "net.weights.h5")
    shapes = []
    with h5py.File(tmp_path / "net.weights.h5") as file:
        file.visititems(lambda _, x: shapes.append(getattr(x, "shape", 0)))
    assert (3, 3, 3, 3) in shapes and (3, 3, 6, 6) not in shapes
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    np.testing.assert_allclose(
        loaded.predict(batch, verbose=0),
        net.predict(batch, verbose=0),
        atol=1e-5,
    )
    assert set(losses_of(loaded, batch)) == {"cross_entropy"}
    with pytest.raises(ValueError, match="Expected"):
        loaded.set_teacher(network(7))
    loaded.set_teacher(teacher)
    for name, value in losses_of(loaded, batch).items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-4)
    loaded.compile("adam", **harness.ONE_STEP)
    loaded.fit(batch, verbose=0)


def test_weights_and_labels():
    net, batch = model(*ALL, kd_weight=1.0), clips(8)
    half = losses_of(net, {n: x[:4] for n, x in batch.items()})
    weighed = {**batch, "sample_weight": np.r_[np.ones(4), np.zeros(4)]}
    for name, value in losses_of(net, weighed).items():
        np.testing.assert_allclose(value, half[name], rtol=1e-3)
    unlabelled = {**batch, "label": np.r_[batch["label"][:4], [-1] * 4]}
    found = losses_of(net, unlabelled)
    np.testing.assert_allclose(
        found["cross_entropy"], half["cross_entropy"], rtol=1e-5
    )
    del batch["label"]
    assert "cross_entropy" not in losses_of(net, batch, training=True)


@pytest.mark.parametrize(
    "hint, message",
    [
        (Hint("map1", "absent"), "'absent'"),
        (Hint("map1", "map1", match="none"), r"'map1' of shape .*6\).*3\)"),
        (Hint("logits", "map1", match="conv"), "match='pool'"),
        (Hint("logits", "map1", "attention"), "cannot be compared"),
        (Hint("map1", "map1", keras.losses.MeanSquaredError()), "'map1'"),
    ],
)
def test_taps_that_do_not_fit_are_named(hint, message):
    with pytest.raises(ValueError, match=message):
        model(hint)


def test_nothing_is_learned_from_clips_without_weight():
    loss = keras.distillation.FeatureDistillation("mse")
    hints = [*ALL, Hint("map1", "map1", loss, match="linear")]
    net = model(*hints, kd_weight=1.0)
    found = losses_of(net, {**clips(4), "sample_weight": np.zeros(4)})
    assert set(found) == set(net.loss_names)
    assert set(found.values()) == {0.0}


@pytest.mark.slow
def test_phases_of_the_original():
    """First the hint and what leads to it, then softened classes."""
    net, batch = model(ALL[0], kd_weight=1.0), clips()
    net.compile("adam", jit_compile=False)

    def weights():
        head = net.student.layers[-1]
        parts = head.weights, net.regressors.weights
        return [[ops.convert_to_numpy(w) for w in part] for part in parts]

    def moved(before):
        return [
            any((a != b).any() for a, b in zip(*sides))
            for sides in zip(before, weights())
        ]

    start = weights()
    net.begin_phase(Phase("hint", 1, ["student", "regressors"], ["hint_map1"]))
    net.fit(batch, verbose=0)
    assert moved(start) == [False, True]
    middle = weights()
    net.begin_phase(Phase("kd", 1, ["student"], ["kd", "cross_entropy"]))
    net.fit(batch, verbose=0)
    assert moved(middle) == [True, False]


def test_refuses_probabilities():
    softmax = network(3)
    softmax.add(keras.layers.Softmax())
    with pytest.raises(ValueError, match="softmax"):
        model(student=softmax)
    with pytest.raises(ValueError, match="softmax"):
        model(teacher=softmax, kd_weight=1.0)
    model(ALL[0], teacher=softmax)


def test_refuses():
    with pytest.raises(ValueError, match="temperature"):
        model(temperature=0.0)
    with pytest.raises(ValueError, match="teacher=None"):
        HintDistillation(network(3), hints=[Hint("map1", "map1")])
    wide = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(9)]
    )
    with pytest.raises(ValueError, match="4 classes"):
        model(teacher=wide, kd_weight=1.0)
    net = model()
    net.teacher, net.active_losses = None, frozenset(["kd"])
    with pytest.raises(ValueError, match="set_teacher"):
        net.compute_losses(clips(), training=True)
    with pytest.raises(ValueError, match="'image'"):
        model().compute_losses({"label": np.zeros(2)}, True)


@pytest.mark.backend
@pytest.mark.slow_on_jax
@pytest.mark.slow_on_tensorflow
def test_stands(tmp_path):
    hints = ALL[1], ALL[3], ALL[4]
    harness.check_method(
        lambda: model(*hints, kd_weight=1.0), clips(9), tmp_path
    )
