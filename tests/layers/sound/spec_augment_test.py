import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import SpecAugment


def augment(layer, shape=(64, 40, 30, 1), value=5.0):
    inputs = np.full(shape, value, "float32")
    return ops.convert_to_numpy(layer(inputs, training=True))[..., 0]


def run_lengths(flags):
    """Lengths of the runs of True, one list for each row."""
    edges = np.diff(np.pad(flags.astype(int), ((0, 0), (1, 1))), axis=1)
    return [
        (np.flatnonzero(row == -1) - np.flatnonzero(row == 1)).tolist()
        for row in edges
    ]


def test_one_bar_of_time_is_whole_columns_of_every_width():
    layer = SpecAugment(1, 7, 0, 0, seed=1)
    blank = augment(layer, (400, 40, 30, 1)) == 0
    assert (blank.all(axis=2) == blank.any(axis=2)).all()
    widths = [sum(runs) for runs in run_lengths(blank.any(axis=2))]
    assert max(len(runs) for runs in run_lengths(blank.any(axis=2))) == 1
    counts = np.bincount(widths, minlength=8)
    assert len(counts) == 8
    # 50 of 400 are expected of each width.
    assert counts.min() > 20 and counts.max() < 90


def test_bars_of_frequency_lie_anywhere():
    layer = SpecAugment(0, 0, 1, 5, seed=1)
    blank = augment(layer, (600, 10, 12, 1)) == 0
    assert (blank.all(axis=1) == blank.any(axis=1)).all()
    share = blank.any(axis=1).mean(axis=0)
    assert share.min() > 0.05


def test_samples_differ_and_calls_differ():
    layer = SpecAugment(seed=0)
    first, second = augment(layer), augment(layer)
    assert len({sample.tobytes() for sample in first}) > 60
    assert (first != second).any()


def test_same_seed_same_bars():
    a, b = (augment(SpecAugment(seed=3)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_passes_unchanged_outside_of_training():
    inputs = np.random.default_rng(0).normal(size=(2, 9, 8, 1))
    inputs = inputs.astype("float32")
    for got in (SpecAugment()(inputs), SpecAugment()(inputs, training=False)):
        np.testing.assert_array_equal(ops.convert_to_numpy(got), inputs)


def test_fills_with_the_value_asked_for():
    layer = SpecAugment(2, 9, 2, 9, mask_value=-7.5, seed=0)
    assert set(np.unique(augment(layer))) == {-7.5, 5.0}


def test_bars_wider_than_the_spectrogram_are_cut():
    layer = SpecAugment(1, 1000, 0, 0, seed=0)
    got = augment(layer, (8, 5, 4, 1))
    assert got.shape == (8, 5, 4)
    assert (got == 0).all(axis=(1, 2)).any()


def test_no_bar_hangs_over_the_edge():
    # Nearly all of 0 to 1,000 columns cover both.
    got = augment(SpecAugment(1, 1000, 0, 0, seed=0), (64, 2, 4, 1))
    assert (got == 0).all(axis=(1, 2)).mean() > 0.9


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_keeps_the_compute_dtype(policy):
    layer = SpecAugment(dtype=policy, seed=0)
    got = layer(ops.ones((2, 9, 8, 1)), training=True)
    dtype = keras.DTypePolicy(policy).compute_dtype
    assert keras.backend.standardize_dtype(got.dtype) == dtype


def test_trains_inside_a_model_of_unknown_length_and_is_restored(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((None, 8, 1)),
            SpecAugment(1, 2, 1, 2, mask_value=1.0, seed=4),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    x = np.zeros((4, 9, 8, 1), "float32")
    model.fit(x, np.zeros(4), epochs=1, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.layers[0].get_config() == model.layers[0].get_config()


def test_refuses_wrong_arguments():
    with pytest.raises(ValueError, match="from 0 up"):
        SpecAugment(max_time_width=-1)
    with pytest.raises(ValueError, match="LogMelSpectrogram"):
        SpecAugment()(np.zeros((2, 9, 8), "float32"))
