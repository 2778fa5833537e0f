import pytest

from keras_av.training import CoupledSGD
from tests.training.optimizers.coupling import RATE, check

torch = pytest.importorskip("torch")


@pytest.mark.slow_on_jax
@pytest.mark.backend
@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("options", [{}, dict(momentum=0.9, nesterov=True)])
@pytest.mark.slow_on_tensorflow
def test_steps_are_those_of_torch(decay, options):
    optimizer = CoupledSGD(
        RATE, l2_weight=decay, rate_factors={"classifier": 0.1}, **options
    )
    check(optimizer, torch.optim.SGD, decay, **options)
