"""Selection of the inputs of a model from a batch."""

from collections.abc import Mapping

import keras

from keras_av.models.batch_keys import check_keys
from keras_av.ops.types import Tensor


def own_inputs(
    model: keras.Model, batch: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Select the inputs of a functional model from a batch.

    A functional model warns about keys that are not inputs. Other models get
    the whole batch, since their inputs are not known before the call.

    Args:
        model: Model that takes a dict.
        batch: Tensors or arrays by key.

    Returns:
        Inputs for the model.

    Raises:
        ValueError: If an input of a functional model is missing.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.models.own_inputs import own_inputs
    >>> sound = keras.Input((4,), name="audio")
    >>> model = keras.Model({"audio": sound}, keras.layers.Dense(2)(sound))
    >>> batch = {"audio": np.zeros((3, 4)), "label": np.zeros(3)}
    >>> list(own_inputs(model, batch))
    ['audio']
    """
    inputs = getattr(model, "input", None)
    if not isinstance(inputs, Mapping):
        return dict(batch)
    check_keys(repr(model.name), batch, inputs)
    return {name: batch[name] for name in inputs}
