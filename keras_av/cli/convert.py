"""Conversion of published weights at the command line."""

from keras_av.models.weights.converters import SOURCES, convert_torch
from keras_av.workspace import ConfigError


def convert(source: str | None, path: str, output: str | None) -> list[str]:
    """Write the preset of a file of weights.

    Args:
        source: Publisher and network, such as `"torchvision:resnet18"`.
        path: Path of the file.
        output: Path of the preset.

    Returns:
        Lines that say what it takes and how to load it.

    Raises:
        ConfigError: If the source is unknown, the weights are not those of its
            network, or there is no output.
    """
    if not output:
        raise ConfigError("write --output=PRESET, a folder that is not there")
    if source not in SOURCES:
        raise ConfigError(f"write --from=..., one of {', '.join(SOURCES)}")
    try:
        backbone = convert_torch(source, path)
        card = {"Weights": f"Of `{source}`, converted by `keras_av convert`."}
        backbone.save_to_preset(output, card=card)
    except (ImportError, ValueError) as error:
        raise ConfigError(str(error)) from error
    return [
        f"{output}: {type(backbone).__name__}, {backbone.input_shape} to "
        f"{backbone.output_shape}",
        f"keras_av.models.Backbone.from_preset({output!r}) loads it.",
    ]
