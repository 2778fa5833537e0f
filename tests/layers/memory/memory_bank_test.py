import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import MemoryBank
from keras_av.losses import binary_nce, info_nce


def new_bank(*args, **kwargs):
    bank = MemoryBank(*args, **kwargs)
    bank.build()
    return bank


def numpy(x):
    return ops.convert_to_numpy(x)


def unit(rng, *shape):
    x = rng.standard_normal(shape)
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype("float32")


def oracle(rows, index, embeddings, momentum, renormalize, duplicates):
    """One clip at a time, in float64."""
    rows = rows.astype("float64")
    for row in np.unique(index):
        own = embeddings[index == row].astype("float64")
        value = own[-1] if duplicates == "last" else own.mean(axis=0)
        value = momentum * rows[row] + (1 - momentum) * value
        rows[row] = value / np.linalg.norm(value) if renormalize else value
    return rows


@pytest.mark.backend
@pytest.mark.parametrize("duplicates", ["last", "mean"])
@pytest.mark.parametrize("renormalize", [True, False])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.99])
@pytest.mark.slow_on_jax
def test_update_matches_the_definition(momentum, renormalize, duplicates):
    rng = np.random.default_rng(0)
    bank = new_bank(12, 5, momentum, renormalize, duplicates=duplicates, seed=1)
    before = numpy(bank.rows)
    index = np.array([3, 11, 3, 0, 3, 0], "int32")
    embeddings = unit(rng, 6, 5)
    bank.update(index, embeddings)
    expected = oracle(
        before, index, embeddings, momentum, renormalize, duplicates
    )
    np.testing.assert_allclose(numpy(bank.rows), expected, atol=1e-6)
    others = np.setdiff1d(np.arange(12), index)
    np.testing.assert_array_equal(numpy(bank.rows)[others], before[others])
    np.testing.assert_array_equal(
        numpy(bank.written), np.isin(np.arange(12), index)
    )


@pytest.mark.backend
@pytest.mark.parametrize("duplicates", ["last", "mean"])
@pytest.mark.slow_on_jax
def test_masked_clips_keep_their_rows(duplicates):
    rng = np.random.default_rng(0)
    bank = new_bank(6, 4, duplicates=duplicates, seed=1)
    before = numpy(bank.rows)
    index = np.array([1, 2, 2, 5], "int32")
    embeddings = unit(rng, 4, 4)
    embeddings[2] = np.nan
    mask = np.array([False, True, False, True])
    bank.update(index, np.where(mask[:, None], embeddings, 0.0), mask=mask)
    expected = oracle(
        before, index[mask], embeddings[mask], 0.5, True, duplicates
    )
    np.testing.assert_allclose(numpy(bank.rows), expected, atol=1e-6)
    np.testing.assert_array_equal(numpy(bank.rows)[1], before[1])
    assert numpy(bank.written).tolist() == [0, 0, 1, 0, 0, 1]


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_closed_forms():
    bank = new_bank(4, 3, momentum=1.0, seed=0)
    before = numpy(bank.rows)
    np.testing.assert_allclose(np.linalg.norm(before, axis=1), 1.0, rtol=1e-5)
    bank.update(np.array([0, 1]), np.eye(2, 3, dtype="float32"))
    np.testing.assert_allclose(numpy(bank.rows), before, atol=1e-6)

    bank = new_bank(4, 3, momentum=0.0, seed=0)
    bank.update(np.array([2]), np.array([[0.0, 3.0, 0.0]], "float32"))
    np.testing.assert_allclose(numpy(bank.rows)[2], [0, 1, 0], atol=1e-6)

    bank = new_bank(4, 3, momentum=0.5, renormalize=False, seed=0)
    target = np.array([[1.0, 0.0, 0.0]], "float32")
    gap = numpy(bank.rows)[0] - target[0]
    for _ in range(5):
        bank.update(np.array([0]), target)
    np.testing.assert_allclose(
        numpy(bank.rows)[0] - target[0], gap * 0.5**5, atol=1e-6
    )


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_rows_out_of_range_are_no_numbers_and_change_nothing():
    bank = new_bank(4, 3, seed=0)
    before = numpy(bank.rows)
    index = np.array([[0, 4], [-1, 3]])
    found = numpy(bank.lookup(index))
    np.testing.assert_array_equal(found[[0, 1], [0, 1]], before[[0, 3]])
    assert np.isnan(found[[0, 1], [1, 0]]).all()
    bank.update(np.array([4, 3, -1]), np.eye(3, dtype="float32"))
    after = numpy(bank.rows)
    assert (after[3] != before[3]).any()
    np.testing.assert_array_equal(after[:3], before[:3])
    assert numpy(bank.written).tolist() == [0, 0, 0, 1]


def test_reset_puts_back_the_initial_rows():
    bank = new_bank(4, 3, seed=0)
    before = numpy(bank.rows)
    bank.update(np.array([0]), np.eye(1, 3, dtype="float32"))
    bank.reset()
    np.testing.assert_allclose(numpy(bank.rows), before, rtol=1e-6)
    assert numpy(bank.written).sum() == 0


@pytest.mark.parametrize("use", ["__call__", "lookup", "sample", "reset"])
def test_the_first_use_makes_the_rows(use):
    bank = MemoryBank(4, 3, num_negatives=2, seed=0)
    assert not hasattr(bank, "rows")
    getattr(bank, use)(*([] if use == "reset" else [np.array([1])]))
    np.testing.assert_array_equal(
        numpy(bank.rows), numpy(new_bank(4, 3, seed=0).rows)
    )


def test_the_first_update_makes_the_rows():
    bank = MemoryBank(4, 3, momentum=0.0)
    bank.update(np.array([1]), np.eye(1, 3))
    np.testing.assert_allclose(numpy(bank.rows)[1], [1, 0, 0], atol=1e-6)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="not on JAX")
def test_a_bank_on_the_host_computes_the_same():
    banks = [new_bank(9, 4, seed=1, on_host=on) for on in (False, True)]
    assert banks[1].get_config()["on_host"]
    index = np.array([3, 7])
    for bank in banks:
        bank.update(index, np.eye(2, 4))
    np.testing.assert_array_equal(
        numpy(banks[0].lookup(index)), numpy(banks[1].lookup(index))
    )


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="two devices"
)
def test_a_bank_on_the_host_is_there():
    import tensorflow as tf

    # The second processor stands for an accelerator.
    with tf.device("CPU:1"):
        places = [new_bank(4, 3, on_host=on).rows for on in (False, True)]
    assert [rows.value.device[-5:] for rows in places] == ["CPU:1", "CPU:0"]


def test_uniform_initial_rows():
    rows = numpy(new_bank(2000, 12, initial_rows="uniform", seed=0).rows)
    assert np.abs(rows).max() <= 0.5
    assert np.abs(rows).max() > 0.49


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("exclude_self", [True, False])
def test_negatives_are_uniform(exclude_self):
    bank = new_bank(
        10, 2, num_negatives=20000, exclude_self=exclude_self, seed=3
    )
    drawn = numpy(bank.sample(np.array([0, 4, 9], "int32")))
    assert drawn.shape == (3, 20000)
    for own, row in zip((0, 4, 9), drawn):
        counts = np.bincount(row, minlength=10)
        assert len(counts) == 10
        if exclude_self:
            assert counts[own] == 0
            counts = np.delete(counts, own)
        expected = 20000 / len(counts)
        # Within five standard deviations of a multinomial.
        assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("exclude_self", [True, False])
def test_skipped_rows_are_no_negatives(exclude_self):
    bank = new_bank(
        10, 2, num_negatives=2000, exclude_self=exclude_self, seed=3
    )
    skip = np.array([[5, 0, 9], [4, 3, 5]], "int32")
    drawn = numpy(bank.sample(np.array([2, 9]), skip))
    for own, rows, others in zip((2, 9), drawn, skip):
        left_out = {*others, own} if exclude_self else {*others}
        kept = sorted(set(range(10)) - left_out)
        values, counts = np.unique(rows, return_counts=True)
        assert values.tolist() == kept
        expected = 2000 / len(kept)
        assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("shared", [False, True])
def test_weighted_negatives(shared):
    bank = new_bank(
        6,
        2,
        num_negatives=4000,
        weighted_negatives=True,
        shared_negatives=shared,
        seed=3,
    )
    index, skip = np.array([1, 4]), np.array([[0], [2]], "int32")
    plain = numpy(bank.sample(index, skip))
    weights = np.array([4.0, 1.0, 2.0, 0.0, 1.0, 8.0])
    bank.weight_negatives(weights)
    for found, w in ((plain, np.ones(6)), (bank.sample(index, skip), weights)):
        rows = numpy(found).reshape(-1, 4000)
        for own, other, row in zip(index, skip[:, 0], rows):
            expected = 4000 * w / w.sum()
            if not shared:
                # What is left out goes to the draws before it, which are
                # copies: three times the variance of independent draws.
                left = np.where(np.isin(np.arange(6), [own, other]), 0, w)
                expected = 4000 * left / left.sum()
            counts = np.bincount(row, minlength=6)
            spread = 5 * np.sqrt(3 * expected)
            assert (np.abs(counts - expected) <= spread).all()


def test_files_keep_the_weights_of_negatives():
    def make():
        return new_bank(6, 2, weighted_negatives=True, seed=3)

    bank, again, store = make(), make(), {}
    bank.weight_negatives([4.0, 1.0, 2.0, 0.0, 1.0, 8.0])
    bank.save_own_variables(store)
    again.load_own_variables(store)
    assert 3 not in numpy(again.sample(np.array([0, 1])))
    np.testing.assert_array_equal(numpy(again.alias), numpy(bank.alias))
    with pytest.raises(ValueError, match="each of 6 rows"):
        bank.weight_negatives(np.ones(5))
    with pytest.raises(ValueError, match="weighted_negatives=True"):
        new_bank(6, 2).weight_negatives(np.ones(6))


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_golden_skipped_rows(monkeypatch, vectors):
    golden = vectors("avid_cma_sampling")
    bank = new_bank(15, 6, num_negatives=12, exclude_self=False)
    numbers = ops.convert_to_tensor(golden["neg_rand"].astype("int32"))
    monkeypatch.setattr(bank, "_draw", lambda *args: numbers)
    found = bank.sample(np.arange(3), golden["neg_pos"].astype("int32"))
    np.testing.assert_array_equal(numpy(found), golden["neg_idx"])


def silent_bank(**options):
    """Half of the rows have been written when all clips have been seen."""
    bank = new_bank(16, 2, num_negatives=512, seed=3, **options)
    heard = np.arange(16) % 2 == 0
    embeddings = np.ones((16, 2), "float32")
    bank.update(np.arange(15), embeddings[:15], mask=heard[:15])
    return bank, embeddings, heard


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize(
    "shared", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_rows_that_stay_unwritten_are_no_negatives(shared):
    bank, embeddings, heard = silent_bank(shared_negatives=shared)
    index = np.array([0, 3], "int32")
    # Not all have been seen.
    assert set(numpy(bank.sample(index)).flat) == set(range(16))
    bank.update(np.array([15]), embeddings[15:], mask=heard[15:])
    drawn = numpy(bank.sample(index)).reshape(-1, 512)
    for own, row in zip(index, drawn):
        allowed = np.flatnonzero(heard)
        if not shared:
            allowed = np.setdiff1d(allowed, [own])
        values, counts = np.unique(row, return_counts=True)
        np.testing.assert_array_equal(values, allowed)
        # Copies of a draw: three times the variance of independent draws.
        expected = 512 / len(allowed)
        assert np.abs(counts - expected).max() < 5 * np.sqrt(3 * expected)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_where_all_rows_are_written_the_draws_are_the_plain_ones():
    banks = [new_bank(9, 2, num_negatives=50, seed=3) for _ in range(2)]
    banks[0].update(np.arange(9), np.ones((9, 2), "float32"))
    index = np.array([1, 2], "int32")
    first, second = (numpy(bank.sample(index)) for bank in banks)
    np.testing.assert_array_equal(first, second)


def test_without_any_written_row_all_are_drawn():
    bank = new_bank(4, 2, num_negatives=100, seed=3)
    bank.update(np.arange(4), np.ones((4, 2)), mask=np.zeros(4, bool))
    assert set(numpy(bank.sample(np.array([0]))).flat) == {1, 2, 3}


def test_shared_negatives_are_one_draw():
    bank = new_bank(10, 2, num_negatives=7, shared_negatives=True, seed=3)
    assert numpy(bank.sample(np.array([1, 2]))).shape == (7,)


def test_two_draws_differ_and_a_seed_repeats_them():
    banks = [new_bank(1000, 2, num_negatives=50, seed=3) for _ in range(2)]
    index = np.array([1, 2])
    first, second = (numpy(bank.sample(index)) for bank in banks)
    np.testing.assert_array_equal(first, second)
    assert (numpy(banks[0].sample(index)) != first).any()


@pytest.mark.backend
@pytest.mark.parametrize("kind", ["cross0", "joint0", "self0"])
@pytest.mark.slow_on_jax
def test_golden_update_and_nce(vectors, kind):
    golden = vectors("avid_memory_bank")
    momentum, temperature = float(golden["momentum"]), float(golden["T"])
    index = golden[f"{kind}_y"].astype("int32")
    drawn = golden[f"{kind}_neg_idx"].astype("int32")
    banks = {}
    for modality, view in (("video", "view1"), ("audio", "view2")):
        bank = new_bank(20, 8, momentum)
        bank.rows.assign(golden[f"{kind}_{view}_before"])
        banks[modality] = bank
    directions = {
        "v2a": ("video", "audio"),
        "a2v": ("audio", "video"),
        "v2v": ("video", "video"),
        "a2a": ("audio", "audio"),
    }
    for name, (query, key) in directions.items():
        if f"{kind}_loss_{name}" not in golden:
            continue
        x = ops.convert_to_tensor(golden[f"{kind}_{query}"])
        x = ops.normalize(x, axis=-1)
        positive = banks[key].lookup(index)
        negatives = banks[key].lookup(drawn)
        scores = ops.sum(x * positive, axis=1, keepdims=True) / temperature
        others = ops.einsum("bd,bkd->bk", x, negatives) / temperature
        loss = binary_nce(scores, others, float(golden[f"{kind}_Z"]))
        np.testing.assert_allclose(
            numpy(ops.mean(loss)), golden[f"{kind}_loss_{name}"], rtol=1e-5
        )
    for modality, view in (("video", "view1"), ("audio", "view2")):
        x = golden[f"{kind}_{modality}"]
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
        banks[modality].update(index, x)
        np.testing.assert_allclose(
            numpy(banks[modality].rows),
            golden[f"{kind}_{view}_after"],
            atol=1e-6,
        )


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_golden_info_nce_against_a_bank(vectors):
    case = "softmax0"
    golden = vectors("cmc_nce_memory")
    temperature, momentum = float(golden["T"]), float(golden["momentum"])
    index = golden[f"{case}_y"].astype("int32")
    drawn = golden[f"{case}_idx"][:, 1:].astype("int32")
    for own, other in (("l", "ab"), ("ab", "l")):
        bank = new_bank(20, 8, momentum)
        bank.rows.assign(golden[f"{case}_mem_{other}_before"])
        query = golden[f"{case}_{own}"]
        loss = info_nce(
            query, bank.lookup(index), bank.lookup(drawn), temperature
        )
        np.testing.assert_allclose(
            numpy(ops.mean(loss)), golden[f"{case}_loss_{own}"], rtol=1e-5
        )
        bank.update(index, golden[f"{case}_{other}"])
        np.testing.assert_allclose(
            numpy(bank.rows), golden[f"{case}_mem_{other}_after"], atol=1e-6
        )


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_save_and_load(tmp_path):
    inputs = keras.Input((), dtype="int32")
    bank = new_bank(6, 3, num_negatives=2, seed=5)
    model = keras.Model(inputs, bank(inputs))
    bank.update(np.array([1, 2]), np.eye(2, 3, dtype="float32"))
    model.save(tmp_path / "bank.keras")
    loaded = keras.saving.load_model(tmp_path / "bank.keras").layers[-1]
    np.testing.assert_array_equal(numpy(loaded.rows), numpy(bank.rows))
    np.testing.assert_array_equal(numpy(loaded.written), numpy(bank.written))
    assert numpy(loaded.seen).tolist() == [2]
    # A file of an earlier version.
    store = {"0": numpy(bank.rows), "1": numpy(bank.written)}
    loaded.seen.assign([0])
    loaded.load_own_variables(store)
    assert numpy(loaded.seen).tolist() == [2]
    assert loaded.get_config() == bank.get_config()


def polynomial_decay(first=0.2, last=0.9, num_updates=4):
    return keras.optimizers.schedules.PolynomialDecay(
        first, num_updates, last, power=2.0
    )


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_a_schedule_of_the_momentum(tmp_path):
    rng = np.random.default_rng(0)
    inputs = keras.Input((), dtype="int32")
    bank = new_bank(5, 3, polynomial_decay(), seed=1)
    model = keras.Model(inputs, bank(inputs))
    rows = numpy(bank.rows).astype("float64")
    index = np.array([1, 4], "int32")
    for step in range(6):
        share = 0.9 + (0.2 - 0.9) * (1 - min(step, 4) / 4) ** 2
        embeddings = unit(rng, 2, 3)
        rows = oracle(rows, index, embeddings, share, True, "last")
        bank.update(index, embeddings)
        np.testing.assert_allclose(numpy(bank.rows), rows, atol=1e-6)
        # One with its own momentum is not of the schedule.
        embeddings = unit(rng, 2, 3)
        rows = oracle(rows, index, embeddings, 0.5, True, "last")
        bank.update(index, embeddings, momentum=0.5)
        np.testing.assert_allclose(numpy(bank.rows), rows, atol=1e-6)
        assert numpy(bank.num_updates).tolist() == [step + 1]
        # It is resumed where it was.
        model.save(tmp_path / "bank.keras")
        model = keras.saving.load_model(tmp_path / "bank.keras")
        assert model.layers[-1].get_config() == bank.get_config()
        bank = model.layers[-1]
    bank.reset()
    assert numpy(bank.num_updates).tolist() == [0]


def test_files_of_a_constant_momentum_begin_a_schedule():
    before = new_bank(5, 3, 0.5, seed=1)
    assert before.num_updates is None
    assert len(before.weights) == 3
    before.update(np.array([1, 4]), np.eye(2, 3, dtype="float32"))
    store = {}
    before.save_own_variables(store)
    bank = new_bank(5, 3, polynomial_decay(), seed=2)
    bank.update(np.array([1]), np.eye(1, 3, dtype="float32"))
    bank.load_own_variables(store)
    np.testing.assert_array_equal(numpy(bank.rows), numpy(before.rows))
    assert numpy(bank.num_updates).tolist() == [0]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_rows": 1}, "at least 2 rows"),
        ({"num_rows": 2**31}, "int32"),
        ({"dim": 0}, "must be positive"),
        ({"momentum": 1.5}, r"in \[0, 1\]"),
        ({"momentum": "cosine"}, r"in \[0, 1\], or a Learning"),
        ({"momentum": polynomial_decay(1.5)}, "PolynomialDecay that begins"),
        ({"duplicates": "first"}, "'last' or 'mean'"),
        ({"initial_rows": "zeros"}, "'unit' or 'uniform'"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        new_bank(**{"num_rows": 4, "dim": 2, **arguments})
