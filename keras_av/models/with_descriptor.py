"""A classifier that also returns the descriptor before its logits."""

import keras


def with_descriptor(
    classifier: keras.Model, layer: str | None = None
) -> keras.Model:
    """Make a model that outputs the descriptor and the logits of a classifier.

    `ListenToLook` takes teachers in this form. The layers are shared, not
    copied.

    Args:
        classifier: A functional or sequential model from one input to logits:
            a backbone with a dense layer on top, or a network of
            `keras.applications` made with `classifier_activation=None`.
        layer: Name of the layer whose input is the descriptor. Defaults to
            the last one, which must be dense.

    Returns:
        A functional model with the outputs `{"descriptor": (batch, dim),
        "logits": (batch, num_classes)}`.

    Raises:
        ValueError: If the model is not functional, its last layer is not a
            linear dense layer, or there is no layer with the given name.

    Examples:

    >>> import keras
    >>> from keras_av.models import with_descriptor
    >>> classifier = keras.Sequential(
    ...     [keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    >>> sorted(with_descriptor(classifier).output)
    ['descriptor', 'logits']
    """
    try:
        (inputs,), (logits,) = classifier.inputs, classifier.outputs
    except (AttributeError, ValueError, TypeError) as error:
        raise ValueError(
            "classifier must be a functional or sequential model with "
            "one input and one output. Received "
            f"{classifier.name!r}, a {type(classifier).__name__}. Wrap it: "
            "inputs = keras.Input(shape); keras.Model(inputs, "
            "model(inputs))."
        ) from error
    if layer is not None:
        last = classifier.get_layer(layer)
    else:
        last = classifier.layers[-1]
        if not isinstance(last, keras.layers.Dense):
            raise ValueError(
                "Expected a classifier that ends in a dense layer. Received "
                f"{classifier.name!r}, which ends in {last.name!r}, a "
                f"{type(last).__name__}: name the layer of the logits."
            )
        if last.activation is not keras.activations.linear:
            raise ValueError(
                f"Expected logits. Received {classifier.name!r}, whose last "
                f"layer has the activation {last.activation.__name__!r}: make "
                "it without one (classifier_activation=None)."
            )
    return keras.Model(inputs, {"descriptor": last.input, "logits": logits})
