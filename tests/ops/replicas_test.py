import numpy as np
import pytest
from keras import ops

from keras_av.ops import (
    replica_count,
    replica_gather,
    replica_id,
    replica_sum,
)

pytestmark = pytest.mark.backend


def test_outside_of_a_strategy_there_is_one():
    values = np.arange(6.0).reshape(2, 3)
    x = ops.convert_to_tensor(values)
    assert replica_count() == 1
    assert replica_id() == 0
    for same in (replica_gather(x), replica_sum(x), replica_sum([x])[0]):
        np.testing.assert_array_equal(ops.convert_to_numpy(same), values)
