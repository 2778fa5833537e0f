import collections

import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import FeatureQueue
from keras_av.ops import after
from tests import harness


def numpy(x):
    return ops.convert_to_numpy(x)


def unit(rng, *shape):
    x = rng.standard_normal(shape)
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype("float32")


@pytest.mark.backend
@pytest.mark.slow_on_jax
def test_it_holds_the_last_embeddings():
    rng = np.random.default_rng(0)
    queue = FeatureQueue(7, 5, seed=1)
    last = collections.deque(numpy(queue.rows), maxlen=7)
    count = 0
    # Batches that end at the last row, wrap, or are longer than the queue.
    for size in (4, 3, 7, 20):
        for mask in (None, rng.random(size) < 0.6, np.zeros(size, bool)):
            embeddings = unit(rng, size, 5)
            counted = embeddings if mask is None else embeddings[mask]
            if mask is not None:
                embeddings[~mask] = np.nan
            queue.enqueue(embeddings, mask)
            last.extend(counted)
            count += len(counted)
            pointer = int(numpy(queue.pointer)[0])
            assert pointer == count % 7
            found = np.roll(numpy(queue.rows), -pointer, axis=0)
            np.testing.assert_array_equal(found, np.stack(last))


def test_batches_that_divide_the_queue_replace_all_of_it():
    rng = np.random.default_rng(0)
    queue = FeatureQueue(12, 5, seed=1)
    before = numpy(queue.rows)
    for step in range(1, 4):
        queue.enqueue(unit(rng, 4, 5))
        kept = (numpy(queue.rows) == before).all(axis=1)
        np.testing.assert_array_equal(kept, np.arange(12) >= 4 * step)
        assert numpy(queue.pointer).tolist() == [4 * step % 12]


@pytest.mark.backend
def test_rows_begin_as_random_unit_vectors_of_a_seed():
    first, second, other = (
        numpy(FeatureQueue(500, 3, seed=seed).rows) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, rtol=1e-5)
    # Uniform over the sphere: within five standard deviations.
    assert np.abs(first.mean(axis=0)).max() < 5 / np.sqrt(3 * 500)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_a_step_that_overflowed_changes_nothing():
    queue = FeatureQueue(6, 3, seed=0)
    before = numpy(queue.rows)
    with after(ops.convert_to_tensor(float("inf"))):
        queue.enqueue(np.full((4, 3), np.nan, "float32"))
    np.testing.assert_array_equal(numpy(queue.rows), before)
    assert numpy(queue.pointer).tolist() == [0]


@pytest.mark.backend
def test_stands(tmp_path):
    query = unit(np.random.default_rng(0), 3, 5)

    def make(**options):
        return FeatureQueue(7, 5, seed=1, **options)

    harness.check_layer(make, query, folder=tmp_path, dtype="float32")
    queue = make()
    expected = query @ numpy(queue.rows).T
    np.testing.assert_allclose(numpy(queue(query)), expected, atol=1e-6)


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_a_file_resumes_it(tmp_path):
    rng = np.random.default_rng(0)
    inputs = keras.Input((5,))
    queue = FeatureQueue(7, 5, seed=1)
    model = keras.Model(inputs, queue(inputs))
    queue.enqueue(unit(rng, 4, 5))
    model.save(tmp_path / "queue.keras")
    loaded = keras.saving.load_model(tmp_path / "queue.keras").layers[-1]
    embeddings = unit(rng, 5, 5)
    for one in (queue, loaded):
        one.enqueue(embeddings)
    assert numpy(loaded.pointer).tolist() == [2]
    np.testing.assert_array_equal(numpy(loaded.rows), numpy(queue.rows))


@pytest.mark.parametrize("sizes", [(0, 5), (7, 0)])
def test_wrong_arguments(sizes):
    with pytest.raises(ValueError, match="must be positive"):
        FeatureQueue(*sizes)
