"""The model card of a preset."""

import importlib.metadata
import json
from collections.abc import Iterator, Mapping

import keras

from keras_av.models.presets.find_in_config import find_in_config

_INPUTS = {
    5: "video, {shape}: frames of numbers in [0, 255], 8-bit or float",
    4: "images, {shape}: numbers in [0, 255], 8-bit or float",
    2: "sound, {shape}: float samples in [-1, 1]{rate}",
}
_WORDS = "words, {shape}: integers, as its `tokenize` gives"


def model_card(
    model: keras.Model,
    name: str,
    sections: Mapping[str, str] | None = None,
) -> str:
    """What someone who finds a preset has to know.

    Args:
        model: The model of the preset.
        name: Name of the preset.
        sections: Further text by title, such as method, data, licence and
            scores. A `"License"` is also named at the top, where hubs look for
            it. Defaults to none.

    Returns:
        Markdown, with the front matter that hubs read.

    Examples:

    >>> from keras_av.models import ResNetBackbone
    >>> from keras_av.models.presets.model_card import model_card
    >>> encoder = ResNetBackbone(10, 2, (32, 32, 3))
    >>> print(model_card(encoder, "mine", {"License": "cc-by-4.0"}))
    ---
    library_name: keras
    tags:
    - keras_av
    license: cc-by-4.0
    ---
    <BLANKLINE>
    # mine
    <BLANKLINE>
    A `ResNetBackbone` of 5,430 weights.
    <BLANKLINE>
    - Takes images, `(batch, 32, 32, 3)`: numbers in [0, 255], 8-bit or float.
    - Gives `(batch, 16)`, float32.
    <BLANKLINE>
    ```python
    from keras_av.models import Preset
    <BLANKLINE>
    model = Preset.from_preset("mine")
    ```
    <BLANKLINE>
    Written by keras_av ... and Keras ...
    <BLANKLINE>
    ## License
    <BLANKLINE>
    cc-by-4.0
    <BLANKLINE>
    """
    sections = dict(sections or {})
    front = ["---", "library_name: keras", "tags:", "- keras_av"]
    if "License" in sections:
        front.append(f"license: {sections['License'].splitlines()[0]}")
    lines = [
        *front,
        "---",
        "",
        f"# {name}",
        "",
        f"A `{type(model).__name__}` of {model.count_params():,} weights.",
        "",
        *_inputs_and_outputs(model),
        "",
        "```python",
        "from keras_av.models import Preset",
        "",
        f"model = Preset.from_preset({json.dumps(name)})",
        "```",
        "",
        f"Written by keras_av {importlib.metadata.version('keras_av')} and "
        f"Keras {keras.__version__}.",
        "",
    ]
    for title, text in sections.items():
        lines += [f"## {title}", "", text.rstrip(), ""]
    return "\n".join(lines)


def _inputs_and_outputs(model: keras.Model) -> Iterator[str]:
    if not hasattr(model, "inputs"):
        yield "- Takes images and sound by the names of its encoders."
        return
    for tensor in model.inputs:
        shape = tuple(tensor.shape)
        rate = find_in_config(model.get_config(), "sampling_rate")
        kind = _INPUTS.get(len(shape), "{shape}")
        if "int" in tensor.dtype and hasattr(model, "tokenize"):
            kind = _WORDS
        text = kind.format(
            shape=written_shape(shape[1:]),
            rate=f" at {rate} Hz" if rate else "",
        )
        yield f"- Takes {text}."
    for tensor in model.outputs:
        shape = tuple(tensor.shape[1:])
        yield f"- Gives {written_shape(shape)}, {tensor.dtype}."


def written_shape(shape: tuple[int | None, ...]) -> str:
    """The shape of a batch, as cards write it.

    Args:
        shape: Shape without the batch axis.
    """
    sizes = ["any" if size is None else str(size) for size in shape]
    comma = "" if sizes else ","
    return f"`({', '.join(['batch', *sizes])}{comma})`"
