"""Rules for networks, each derived from its class."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import keras

from keras_av import models
from keras_av.data import ClipSpec
from keras_av.models.presets.find_in_config import find_in_config
from keras_av.models.presets.preset import read_preset_config
from keras_av.rules.component import KINDS, Component, snake
from keras_av.rules.components import (
    decibel_spectrogram,
    log_mel_spectrogram,
    rescaling,
)
from keras_av.rules.encoder import Encoder
from keras_av.rules.options import (
    argument_docs,
    document,
    options_of,
    sign,
    summary_of,
)
from keras_av.rules.run import Run
from keras_av.workspace import Rule, rule
from keras_av.workspace.attributes.annotation import attribute_type
from keras_av.workspace.attributes.attribute import Attribute

Pooling = Literal["avg", "max"] | keras.layers.Layer
Modality = Literal["video", "image", "audio"]
_SCALED = [rescaling(scale=1 / 127.5, offset=-1.0)]
_BEFORE = {
    "video": _SCALED,
    "image": _SCALED,
    "audio": [log_mel_spectrogram()],
}
_LAYERS = attribute_type(
    Sequence[keras.layers.Layer] | None, {keras.layers.Layer: "Layer"}
)
_PREPROCESSOR = (
    "Layers that prepare raw clips, in order. Defaults to scaling frames to "
    "[-1, 1], and to the standardized log-mel spectrogram of sound."
)
_WEIGHTS = (
    "Path of a file with the weights of the same network in PyTorch, for which "
    "`preprocessor` must be given; see `load_torch_weights`. Defaults to "
    "random ones."
)


def network(
    target: Callable[..., keras.Model],
    *modalities: str,
    types: dict[str, Any] | None = None,
    before: Mapping[str, Sequence[Component]] = _BEFORE,
    **given: Callable[[Run, str], Any],
) -> Rule:
    """Make a rule for a network, which returns an `Encoder`.

    Args:
        target: Class or function that creates the network.
        *modalities: Accepted modalities; a rule with several has an attribute
            `modality`.
        types: Annotations of parameters that have none. Defaults to none.
        before: Default preprocessing layers for each modality; none for a
            network with its own preprocessing.
        **given: Functions of the run and the modality that return the values
            of parameters that BUILD files do not set. Defaults to
            `input_shape`, the shape of the clips.
    """
    given = given or {"input_shape": input_shape}

    def describe(**options: Any) -> Encoder:
        modality = options.pop("modality", modalities[0])
        weights = options.pop("weights")

        if weights is not None and before:
            _check_preprocessor(weights, options["preprocessor"])

        def make(run: Run) -> keras.Model:
            chosen = {k: f(run, modality) for k, f in given.items()}
            rest = dict(options)
            if before:
                parts = rest.pop("preprocessor") or before[modality]
                chosen["preprocessor"] = _in_a_row(run.made(list(parts)))
            model = target(**run.made(rest), **chosen)
            if weights is not None:
                models.load_torch_weights(model, weights)
            return model

        path = None if weights is None else pathlib.Path(weights)
        return Encoder(modality, make, path=path)

    # The rank is explained in the docstring of the class.
    leave_out = (*given, "preprocessor", "rank")
    attributes = options_of(target, leave_out, types, KINDS)
    docs = {k: v for k, v in argument_docs(target).items() if k in attributes}
    if len(modalities) > 1:
        first = {"modality": Attribute(attribute_type(Literal[modalities]))}
        attributes = {**first, **attributes}
        docs = {"modality": "Modality of its input.", **docs}
    if before:
        attributes["preprocessor"] = Attribute(_LAYERS, None)
        docs["preprocessor"] = _PREPROCESSOR
    attributes["weights"] = Attribute(attribute_type(str | None), None)
    docs["weights"] = _WEIGHTS
    describe.__name__ = describe.__qualname__ = snake(target.__name__)
    describe.__doc__ = document(summary_of(target), docs, "An `Encoder`.")
    sign(describe, attributes, Encoder)
    return Rule(
        describe, attributes=attributes, kinds=("Encoder",), path=("weights",)
    )


def _check_preprocessor(weights: str, layers: Sequence[Component]) -> None:
    """Refuse converted weights on input that they were not trained on."""
    if not layers:
        raise ValueError(
            f"weights={weights!r} needs preprocessor: a network expects input "
            "as it was trained on. Name the layers, or convert the weights by "
            "keras_av convert, which knows them, and use preset_encoder"
        )


def input_shape(run: Run, modality: str) -> tuple[int, ...]:
    """The input shape of a network for the clips of a run.

    Args:
        run: Run with the clips.
        modality: Modality of the input.
    """
    spec = run.clip_spec.spec
    if modality == "audio":
        return spec.audio_shape
    return spec.video_shape[1 if modality == "image" else 0 :]


def _in_a_row(layers: list[keras.layers.Layer]) -> keras.layers.Layer:
    return layers[0] if len(layers) == 1 else keras.Sequential(layers)


_WIDTH = {"width": int | Sequence[int], "pooling": Pooling}
r2plus1d_backbone = network(models.R2Plus1DBackbone, "video", types=_WIDTH)
resnet3d_backbone = network(models.ResNet3DBackbone, "video", types=_WIDTH)
resnet_backbone = network(models.ResNetBackbone, "audio", "image", types=_WIDTH)
avid_audio_backbone = network(
    models.AVIDAudioBackbone,
    "audio",
    types=_WIDTH,
    before={"audio": [decibel_spectrogram()]},
)
panns_backbone = network(models.PANNsBackbone, "audio")
sound_cnn_backbone = network(models.SoundCNNBackbone, "audio")
wave_cnn_backbone = network(models.WaveCNNBackbone, "audio")
listen_to_look_image = network(
    models.listen_to_look_image,
    "image",
    before={},
    size=lambda run, _: run.clip_spec.spec.height_width[0],
)
listen_to_look_audio = network(
    models.listen_to_look_audio,
    "audio",
    before={"audio": [log_mel_spectrogram(num_mel_bins=40)]},
    num_samples=lambda run, _: run.clip_spec.spec.num_samples,
    sampling_rate=lambda run, _: run.clip_spec.spec.sampling_rate,
    # The name of the spectrogram layer before it.
    num_mel_bins=lambda run, _: None,
)


@rule(path=("path",))
def preset_encoder(*, path: str, modality: Modality) -> Encoder:
    """Load a network saved by `save_to_preset`.

    Args:
        path: Path of its folder.
        modality: Modality of its input.

    Raises:
        ValueError: If it has another modality.

    Examples:

    >>> from keras_av.rules import preset_encoder
    >>> preset_encoder(path="/nowhere", modality="audio").missing()
    "there is no '/nowhere'. Put the files there, ..."
    """
    folder = pathlib.Path(path)
    spec = None
    if (folder / "config.json").is_file():
        spec = _spec_of(folder, modality)
    return Encoder(
        modality, lambda run: models.Preset.from_preset(folder), spec, folder
    )


def _spec_of(folder: pathlib.Path, modality: str) -> ClipSpec | None:
    """The specification of the input clips of a preset."""
    _, config = read_preset_config(folder)
    shape = config.get("input_shape") or []
    rate = find_in_config(config, "sampling_rate") or 16000
    if not isinstance(shape, list) or not all(
        one is None or type(one) is int for one in (*shape, rate)
    ):
        raise ValueError(
            f"{str(folder / 'config.json')!r} must have an input_shape of "
            f"whole numbers, and such a sampling_rate. Received: {shape}, "
            f"{rate!r}"
        )
    if len(shape) != {"video": 4, "image": 3, "audio": 1}[modality]:
        raise ValueError(
            f"modality must match the input of the network. Received: "
            f"modality={modality!r}, and a network with input shape {shape}"
        )
    if None in shape:
        return None
    if modality != "audio":
        frames = shape[0] if modality == "video" else 1
        return ClipSpec(num_frames=frames, size=(shape[-3], shape[-2]))
    return ClipSpec(
        num_frames=0, sampling_rate=rate, audio_seconds=shape[0] / rate
    )
