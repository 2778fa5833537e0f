"""Separation of the sounds of mixtures by what is seen."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_av.layers.heads.projection_head import ProjectionHead
from keras_av.layers.sound.complex_spectrogram import ComplexSpectrogram
from keras_av.losses.separation import (
    apply_mask,
    cosine_triplet,
    mask_loss,
    ratio_mask,
)
from keras_av.methods.contrastive.check_encoder import check_encoder
from keras_av.ops.replicas import replica_draw, replica_gather
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.checks import check_positive, check_weights
from keras_av.training.clip_weights import clip_weights
from keras_av.training.needs import Needs
from keras_av.training.step_model import StepModel
from keras_av.training.template import Template

# Level of what the network hears, as in the original.
_LEVEL = 0.1
# Power below that of any sound: silence is not amplified.
_LEAST = 1e-16


@keras.saving.register_keras_serializable(package="keras_av")
class Separation(StepModel):
    """Takes the sound of a video out of a mixture.

    Sounds of two clips are mixed, equally loud, and a network that hears the
    mixture and sees one of the clips finds the mask that leaves the sound of
    that clip. No label is needed, and what is seen says which sound is meant.
    Each clip is mixed with the next one of the batch, and with the one before
    it, so that its sound is taken out of two mixtures.

    With `M` the complex spectrogram of a mixture, `S` that of a sound, and `N`
    the output of the network, the losses are

    - `mask`: the mean of `log(1 + |M|) |bound tanh(N) - S / M|^2`, with `S / M`
      clipped to the bound, as in `keras_av.losses.mask_loss`;
    - `cross_modal`: `cosine_triplet` of a separated sound with the video of
      its clip, and that of the other one of the mixture;
    - `consistency`: `cosine_triplet` of a separated sound with the same one
      out of the other mixture, and with the other sound of its own mixture.

    The last two compare embeddings: those of a separated sound are of its
    complex spectrogram. They need a `sound_encoder`, and are off without one.

    A clip without sound, or whose `sample_weight` is 0, is mixed with none and
    left out, as is the only clip with sound of a batch. Calling the model
    separates: `audio` is taken as a mixture.

    References:
        - [Gao and Grauman, 2021](https://arxiv.org/abs/2101.03149)

    Args:
        video_encoder: Any built `keras.Model` from clips `(batch, frames,
            height, width, 3)` to descriptors: `(batch, channels)`, or over
            time, `(batch, t, ..., channels)`, averaged over the axes in
            between.
        mask_network: Any built `keras.Model` from a dict of `mixture`, complex
            spectrograms `(batch, time, bins, 2)`, and `video`, descriptors
            `(batch, t, channels)`, to masks of the shape of the spectrograms,
            such as `keras_av.models.SeparationUNet`.
        spectrogram: `ComplexSpectrogram` of the sounds. Defaults to
            `ComplexSpectrogram()`.
        sound_encoder: Any built `keras.Model` from complex spectrograms
            `(batch, time, bins, 2)` to descriptors. Defaults to None, without
            triplets.
        head: Projection head, copied for each modality, before the triplets.
            Defaults to `ProjectionHead(128)`, one linear layer.
        cross_modal_weight: Weight of that loss. Defaults to 0.01.
        consistency_weight: Weight of that loss. Defaults to 0.01.
        margin: Margin of the triplets. Defaults to 0.5.
        mask_bound: Positive bound of both parts of masks. Defaults to 5.
        seed: Integer seed of the initial weights of the heads.

    Call arguments:
        batch: Dict with `video` and `audio`, `(batch, samples)`. Training also
            uses, if present, `has_audio` and `sample_weight`, each `(batch,)`.

    Returns:
        A dict of the separated sounds, `audio`, `(batch, samples)`, and the
        masks that left them, `mask`, `(batch, time, bins, 2)`.

    Raises:
        ValueError: If shapes of the networks do not fit, a weight is negative,
            or the bound or the margin is not positive.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.methods import Separation
    >>> from keras_av.models import SeparationUNet
    >>> video = keras.Sequential(
    ...     [keras.Input((6, 8, 8, 3)), keras.layers.Conv3D(4, (1, 2, 2), 2)])
    >>> unet = SeparationUNet((11, 257, 2), (3, 4), widths=(4, 4))
    >>> model = Separation(video, unet)
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"video": np.zeros((8, 6, 8, 8, 3), "uint8"),
    ...          "audio": np.ones((8, 1600), "float32")}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> tuple(model(batch)["audio"].shape)
    (8, 1600)
    """

    def __init__(
        self,
        video_encoder: keras.Model,
        mask_network: keras.Model,
        *,
        spectrogram: ComplexSpectrogram | None = None,
        sound_encoder: keras.Model | None = None,
        head: ProjectionHead | None = None,
        cross_modal_weight: float = 0.01,
        consistency_weight: float = 0.01,
        margin: float = 0.5,
        mask_bound: float = 5.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        names = ["mask"]
        if sound_encoder is not None:
            names += ["cross_modal", "consistency"]
        super().__init__(loss_names=names, **kwargs)
        check_positive("margin", margin)
        check_positive("mask_bound", mask_bound)
        check_weights(
            cross_modal_weight=cross_modal_weight,
            consistency_weight=consistency_weight,
        )
        self.seed = seed
        self.margin, self.mask_bound = margin, mask_bound
        self.cross_modal_weight = cross_modal_weight
        self.consistency_weight = consistency_weight
        self.spectrogram = spectrogram or ComplexSpectrogram()
        self.video_encoder = check_encoder(video_encoder, "video_encoder")
        self.mask_network = mask_network
        self.sound_encoder: Any = sound_encoder
        head = head or ProjectionHead(128)
        self.head = Template(head)
        loss_weights = {"mask": 1.0}
        if sound_encoder is not None:
            check_encoder(sound_encoder, "sound_encoder")
            self.video_head = self._make_head("video", video_encoder, 0)
            self.sound_head = self._make_head("sound", sound_encoder, 1)
            loss_weights["cross_modal"] = cross_modal_weight
            loss_weights["consistency"] = consistency_weight
        self.set_loss_weights(loss_weights)
        self._check_shapes()
        self.built = True

    def _make_head(
        self, name: str, encoder: keras.Model, number: int
    ) -> ProjectionHead:
        seed = None if self.seed is None else self.seed + number
        head = self.head.make(f"{name}_head", seed)
        head.build(encoder.output_shape)
        return head

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
        own = ("video_encoder", "mask_network")
        if self.sound_encoder is None:
            return own
        return (*own, "sound_encoder", "video_head", "sound_head")

    @property
    def needs(self) -> Needs:
        """Sound."""
        return Needs(sound=True)

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> dict[str, Tensor]:
        mixtures = ops.cast(self.take(batch, "audio"), "float32")
        spectra = self._hear(mixtures)
        gain = ops.reshape(_gain(mixtures), (-1, 1, 1, 1))
        video = self._describe(batch, training)
        mask = self._mask(gain * spectra, video, training)
        separated = apply_mask(mask, spectra)
        waves = self.spectrogram.waveform(separated, mixtures.shape[1])
        return {"audio": waves, "mask": mask}

    def _describe(self, batch: Mapping[str, Tensor], training: bool) -> Tensor:
        """Descriptors of the videos over time, `(batch, t, channels)`."""
        clips = self.take(batch, "video", self.video_encoder)
        found = self.video_encoder(clips, training=training)
        if len(found.shape) == 2:
            return ops.expand_dims(found, 1)
        middle = tuple(range(2, len(found.shape) - 1))
        if middle:
            # A sum of many float16 values may overflow.
            found = ops.mean(ops.cast(found, "float32"), axis=middle)
        return found

    def _mask(self, mixture: Tensor, video: Tensor, training: bool) -> Tensor:
        inputs = {"mixture": mixture, "video": video}
        found = self.mask_network(inputs, training=training)
        return self.mask_bound * ops.tanh(ops.cast(found, "float32"))

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Compute the losses of both mixtures of each clip."""
        weights = clip_weights(batch, with_audio=True)
        heard = replica_gather(weights > 0)
        # Of the clips of this replica, among those of all.
        others = replica_draw(lambda _: neighbors(heard), ops.shape(weights)[0])
        alone = ops.sum(ops.cast(heard, "int32")) < 2
        weights = ops.where(alone, 0.0, weights)

        mixtures, sounds = self._mix(batch, weights, others)
        target = ratio_mask(sounds, mixtures, self.mask_bound)
        video = self._describe(batch, training)
        mask = self._mask(mixtures, _twice(video), training)
        values = mask_loss(mask, target, mixtures)
        losses = {"mask": batch_mean(_halves_mean(values), weights)}
        if self.active_losses - {"mask"}:
            separated = apply_mask(mask, mixtures)
            triplets = self._triplets(video, separated, others, training)
            for name, values in triplets.items():
                losses[name] = batch_mean(_halves_mean(values), weights)
        return self.weighted(losses), {}

    def _mix(
        self, batch: Mapping[str, Tensor], weights: Tensor, others: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Spectrograms of mixtures, and of the sounds that are wanted.

        First those with the next clip, then those with the one before.
        """
        sounds = ops.cast(self.take(batch, "audio"), "float32")
        sounds = _gain(sounds) * sounds
        # What is not heard is silent in the statistics of a batch, too.
        sounds = ops.where(weights[:, None] > 0, sounds, 0.0)
        partners = ops.take(replica_gather(sounds), _both(others), axis=0)
        sounds = _twice(sounds)
        mixtures = sounds + partners
        gain = _gain(mixtures)
        return self._hear(gain * mixtures), self._hear(gain * sounds)

    def _hear(self, waves: Tensor) -> Tensor:
        """Spectrograms of waveforms, as long as the network takes them."""
        spectra = self.spectrogram(waves)
        frames = self.mask_network.input["mixture"].shape[1]
        if frames not in (None, spectra.shape[1]):
            raise ValueError(
                f"The network {self.mask_network.name!r} takes {frames} "
                f"spectra. Received sounds of {waves.shape[1]} samples, which "
                f"are {spectra.shape[1]}: build it for spec.num_samples of the "
                "ClipSpec that the clips are read with."
            )
        return spectra

    def _triplets(
        self, video: Tensor, sounds: Tensor, others: Tensor, training: bool
    ) -> dict[str, Tensor]:
        """Losses of embeddings, of both mixtures of each clip."""
        seen = self.video_head(video)
        heard = self.sound_head(self.sound_encoder(sounds, training=training))
        with_next, with_last = ops.split(heard, 2, axis=0)
        # The sound of the next clip was taken out of its mixture with the one
        # before it, which is this one, and the other way round.
        strange = ops.concatenate(
            [_rows(with_last, others[:, 0]), _rows(with_next, others[:, 1])]
        )
        same = ops.concatenate([with_last, with_next])
        unseen = _rows(seen, _both(others))
        seen = _twice(seen)
        return {
            "cross_modal": cosine_triplet(heard, seen, unseen, self.margin),
            "consistency": cosine_triplet(heard, same, strange, self.margin),
        }

    def _check_shapes(self) -> None:
        """Refuse networks that do not fit together."""
        video = self.video_encoder.output_shape
        steps = video[1] if len(video) > 2 else 1
        bins = 1 + self.spectrogram.fft_length // 2
        given = getattr(self.mask_network, "input", None)
        shapes = {}
        if isinstance(given, Mapping):
            shapes = {name: tuple(x.shape) for name, x in given.items()}
        mixture = shapes.get("mixture", ())
        expected = {"mixture": (*mixture[:2], bins, 2)}
        expected["video"] = (None, steps, video[-1])
        returned = getattr(self.mask_network, "output_shape", None)
        if shapes != expected or returned != mixture:
            raise ValueError(
                "mask_network must be a functional model from a dict of "
                f"`mixture`, (batch, time, {bins}, 2), and `video`, (batch, "
                f"{steps}, {video[-1]}), as the spectrogram and the video "
                "encoder give them, to masks of the shape of the mixtures. "
                f"Received {self.mask_network.name!r}, from {shapes} to "
                f"{returned}."
            )


def neighbors(heard: Tensor) -> Tensor:
    """Rows of the next clip that is heard, and of the one before.

    The clips are a ring. Where fewer than two are heard, the rows are of any.

    Args:
        heard: Whether clips are heard, `(batch,)`.

    Returns:
        Rows, `(batch, 2)`, int32; of clips that are not heard, any.
    """
    heard = ops.cast(heard, "int32")
    size = ops.shape(heard)[0]
    # Those that are heard first, in order.
    order = ops.argsort((1 - heard) * size + ops.arange(size, dtype="int32"))
    order = ops.cast(order, "int32")
    count = ops.maximum(ops.sum(heard), 1)
    place = ops.cast(ops.cumsum(heard), "int32") - 1
    places = ops.stack([place + 1, place + count - 1], axis=1)
    return ops.take(order, ops.mod(places, count), axis=0)


def _gain(waves: Tensor) -> Tensor:
    """What brings waveforms to the level that is heard, `(batch, 1)`."""
    squares = ops.mean(ops.square(waves), axis=1, keepdims=True)
    return _LEVEL / ops.sqrt(ops.maximum(squares, _LEAST))


def _twice(x: Tensor) -> Tensor:
    return ops.concatenate([x, x])


def _both(others: Tensor) -> Tensor:
    """Rows of all next clips, then of all those before."""
    return ops.reshape(ops.transpose(others), (-1,))


def _rows(x: Tensor, rows: Tensor) -> Tensor:
    """Rows of the global batch, through which gradients flow back."""
    # Those of `ops.take` are sparse, which replicas do not sum.
    everywhere = replica_gather(x)
    chosen = ops.one_hot(rows, ops.shape(everywhere)[0], dtype="float32")
    return ops.matmul(chosen, everywhere)


def _halves_mean(values: Tensor) -> Tensor:
    """Mean over the two mixtures of each clip."""
    first, second = ops.split(values, 2)
    return (first + second) / 2
