import numpy as np
import pytest
from keras import ops

from keras_av.losses import l1_distance

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("shape", [(1, 1), (5, 33)])
def test_matches_the_definition(shape):
    x, y = np.random.default_rng(0).normal(size=(2, *shape))
    total = ops.convert_to_numpy(l1_distance(x, y))
    np.testing.assert_allclose(total, abs(x - y).sum(1), rtol=1e-5)
    mean = ops.convert_to_numpy(l1_distance(x, y, "mean"))
    np.testing.assert_allclose(mean * shape[1], total, rtol=1e-5)


def test_golden(vectors):
    golden = vectors("l2l_distill_formula")
    zt, zs = golden["zt"], golden["zs"]
    total = ops.convert_to_numpy(l1_distance(zt, zs))
    np.testing.assert_allclose(total.sum(), golden["l1_sum"], rtol=1e-5)
    np.testing.assert_allclose(
        total.mean(), golden["l1_sum_feat_mean_batch"], rtol=1e-5
    )
    mean = ops.convert_to_numpy(l1_distance(zt, zs, "mean"))
    np.testing.assert_allclose(mean.mean(), golden["l1_mean"], rtol=1e-5)


def test_half_precision_is_summed_in_float32():
    ones = ops.ones((1, 200_000), "float16")
    assert float(l1_distance(ones, -ones)[0]) == 400_000


def test_refuses_another_reduction():
    with pytest.raises(ValueError, match="'max'"):
        l1_distance(np.eye(2), np.eye(2), "max")
