import pytest

from keras_av.training import CoupledAdam
from tests import harness
from tests.training.optimizers.coupling import RATE, check

torch = pytest.importorskip("torch")


def test_files_name_it():
    harness.check_config(CoupledAdam(RATE, l2_weight=0.1))


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.slow_on_tensorflow
def test_steps_are_those_of_torch(decay):
    optimizer = CoupledAdam(
        RATE, l2_weight=decay, rate_factors={"classifier": 0.1}, epsilon=1e-8
    )
    check(optimizer, torch.optim.Adam, decay)
