"""The input of a model, called before or not."""

from typing import Any

import keras


def input_of(model: keras.Model) -> Any:
    """The symbolic input of a model, in the structure that it takes.

    Args:
        model: Functional or sequential model. A sequential model that was
            never called has an input as well.

    Examples:

    >>> import keras
    >>> from keras_av.models.input_of import input_of
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> input_of(model).shape
    (None, 4)
    """
    if isinstance(model, keras.Sequential):
        return model.inputs[0]
    return model.input
