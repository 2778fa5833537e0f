"""Adam whose weight decay is part of the gradient."""

import keras

from keras_av.training.optimizers.coupled import Coupled


@keras.saving.register_keras_serializable(package="keras_av")
class CoupledAdam(Coupled, keras.optimizers.Adam):
    """Adam with coupled weight decay, as `torch.optim.Adam` has it.

    The decay `l2_weight * w` is added to the gradient of each variable before
    its moments are computed. `weight_decay` of `keras.optimizers.Adam` is
    decoupled: it multiplies the variable by `1 - learning_rate *
    weight_decay`, which in float32 is 1 for small values.

    References:
        - [Loshchilov and Hutter, 2019](https://arxiv.org/abs/1711.05101), on
          both kinds of weight decay

    Args:
        *args, **kwargs: Arguments of `keras.optimizers.Adam`.
        l2_weight: Weight decay that is added to the gradient, at least 0.
            Defaults to 0.
        rate_factors: Factors of the learning rate by the name of a layer, such
            as `{"classifier": 0.1}`, for all variables with that name in their
            path. Defaults to none.

    Raises:
        ValueError: If a number is negative or, when training begins, no
            variable belongs to a name.

    Examples:

    >>> import keras
    >>> from keras_av.training import CoupledAdam
    >>> optimizer = CoupledAdam(0.1, l2_weight=0.5)
    >>> weight = keras.Variable([1.0, -2.0])
    >>> optimizer.apply([keras.ops.zeros(2)], [weight])
    >>> print(keras.ops.convert_to_numpy(weight))
    [ 0.9... -1.9...]
    """
