"""A check of encoders that methods wrap."""

import keras


def check_encoder(encoder: keras.Model, name: str) -> keras.Model:
    """Return an encoder with one output of known shape.

    Args:
        encoder: The encoder.
        name: Name of the argument, for errors.

    Raises:
        ValueError: If it is no model, or has another output.
    """
    if not isinstance(encoder, keras.Model):
        raise ValueError(
            f"{name} must be a keras.Model. Received: {encoder} of type "
            f"{type(encoder).__name__}"
        )
    try:
        shape = encoder.output_shape
    except (AttributeError, ValueError) as error:
        raise ValueError(
            f"{name} must be a Functional or Sequential model whose output "
            f"shape is known. Received {encoder.name!r}, a "
            f"{type(encoder).__name__}. Wrap it: inputs = keras.Input(shape); "
            f"keras.Model(inputs, model(inputs))."
        ) from error
    if not isinstance(shape, tuple) or len(shape) < 2:
        raise ValueError(
            f"{name} must have one output, (batch, ..., channels). Received "
            f"{encoder.name!r} with output shape {shape}"
        )
    return encoder
