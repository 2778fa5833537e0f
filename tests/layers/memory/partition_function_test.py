import keras
import numpy as np
import pytest
from keras import ops

from keras_av.layers import PartitionFunction
from keras_av.losses import binary_nce
from tests import harness
from tests.gradients import gradients


def scores(seed):
    rng = np.random.default_rng(seed)
    positive = rng.standard_normal((4, 1)).astype("float32")
    return positive, rng.standard_normal((4, 9)).astype("float32")


def used(partition, seed):
    z = partition(*scores(seed))
    partition.update(z)
    return float(z)


def mean_exp(seed, source="negatives"):
    positive, negative = (x.astype("float64") for x in scores(seed))
    if source == "all":
        negative = np.concatenate([positive, negative], axis=1)
    return np.exp(negative).mean()


@pytest.mark.parametrize("source", ["negatives", "all"])
def test_the_first_batch_stays(source):
    partition = PartitionFunction("first_batch", source=source)
    first = mean_exp(0, source)
    for seed in range(3):
        np.testing.assert_allclose(used(partition, seed), first, rtol=1e-5)


def test_a_first_batch_below_one_stays_as_well():
    partition = PartitionFunction("first_batch")
    positive, negative = scores(0)
    z = partition(positive, negative - 5.0)
    partition.update(z)
    assert float(z) < 0.1
    assert used(partition, 1) == float(z)


@pytest.mark.parametrize("momentum", [0.0, 0.9, 1.0])
def test_ema_follows(momentum):
    partition = PartitionFunction("ema", momentum=momentum)
    expected = mean_exp(0)
    np.testing.assert_allclose(used(partition, 0), expected, rtol=1e-5)
    for seed in (1, 2):
        expected = momentum * expected + (1 - momentum) * mean_exp(seed)
        np.testing.assert_allclose(used(partition, seed), expected, rtol=1e-5)


def test_fixed_stays():
    partition = PartitionFunction("fixed", value=2.5)
    assert used(partition, 0) == used(partition, 1) == 2.5


def test_a_value_that_is_not_finite_is_not_stored():
    partition = PartitionFunction("ema")
    used(partition, 0)
    before = float(partition.z)
    partition.update(ops.convert_to_tensor(np.float32(np.nan)))
    assert float(partition.z) == before


@pytest.mark.backend
def test_golden(vectors):
    golden = vectors("avid_nce")
    partition = PartitionFunction("first_batch")
    for step in ("s0", "s1"):
        positive = ops.convert_to_tensor(golden[f"{step}_pos"])
        negative = ops.convert_to_tensor(golden[f"{step}_neg"])
        z = partition(positive, negative)
        partition.update(z)
        np.testing.assert_allclose(float(z), golden[f"{step}_Z_used"], 1e-5)
        loss = ops.mean(binary_nce(positive, negative, z))
        np.testing.assert_allclose(float(loss), golden[f"{step}_loss"], 1e-5)


@pytest.mark.backend
def test_golden_with_positives_counted(vectors):
    case = "nce0"
    golden = vectors("cmc_nce_memory")
    temperature, num_rows = float(golden["T"]), int(golden["n_data"])
    bank = golden[f"{case}_mem_ab_before"]
    rows = bank[golden[f"{case}_idx"]]
    scores = np.einsum("bd,bkd->bk", golden[f"{case}_l"], rows) / temperature
    z = PartitionFunction("first_batch", source="all")(
        scores[:, :1], scores[:, 1:]
    )
    np.testing.assert_allclose(
        num_rows * float(z), golden[f"{case}_Z_l"], rtol=1e-5
    )
    loss = ops.mean(binary_nce(scores[:, :1], scores[:, 1:], z))
    np.testing.assert_allclose(float(loss), golden[f"{case}_loss_l"], rtol=1e-5)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"mode": "last"}, "mode must be"),
        ({"mode": "fixed"}, "value must be given"),
        ({"value": 2.0}, "value must be given"),
        ({"mode": "fixed", "value": -1.0}, "must be positive"),
        ({"source": "positives"}, "source must be"),
        ({"momentum": -0.1}, r"in \[0, 1\]"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        PartitionFunction(**arguments)


def test_samples_of_weight_zero_do_not_count():
    positive, negative = scores(0)
    keep = np.array([True, False, True, True])
    partition = PartitionFunction("ema")
    np.testing.assert_allclose(
        float(partition(positive, negative, keep)),
        np.exp(negative[keep].astype("float64")).mean(),
        rtol=1e-5,
    )
    used(partition, 0)
    z = float(partition.z)
    nothing = float(partition(positive, negative, np.zeros(4)))
    np.testing.assert_allclose(nothing, z, rtol=1e-6)


@pytest.mark.backend
def test_the_value_has_no_gradient():
    positive, negative = scores(0)
    partition = PartitionFunction()
    value = float(partition(positive, negative))

    def loss(x, z):
        return ops.mean(binary_nce(positive, x, z))

    (found,) = gradients(lambda x: loss(x, partition(positive, x)), negative)
    (expected,) = gradients(lambda x: loss(x, value), negative)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_config():
    partition = PartitionFunction("ema", momentum=0.9, source="all")
    harness.check_config(partition)
    saved = keras.saving.serialize_keras_object(partition)
    assert keras.saving.deserialize_keras_object(saved).mode == "ema"
