"""Synchronization of the places of frames with sound."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_av.layers.heads.projection_head import ProjectionHead
from keras_av.losses.synchronization import (
    attention_map,
    nce_of_shifts,
    shift_scores,
    shifted_windows,
    synchronization_scores,
)
from keras_av.methods.contrastive.two_tower import TwoTower
from keras_av.ops.types import Tensor
from keras_av.training.batch_mean import batch_mean
from keras_av.training.checks import check_positive
from keras_av.training.clip_weights import clip_weights
from keras_av.training.needs import Needs


@keras.saving.register_keras_serializable(package="keras_av")
class Synchronization(TwoTower):
    """Finds out when sound and frames belong together, and so where.

    The video encoder describes each place of each frame, and the audio encoder
    each step of a longer sound, in the middle of which are the frames. With
    `v` and `a` their unit-length embeddings, `m = (num_shifts - 1) / 2`, and a
    scale that is learned, the scores of a shift `n` are

        S[n, t, h, w] = scale * v[t, h, w] . a[n + t],    n = 0 ... 2 m.

    At the shift `m` sound and frames are simultaneous. The score of a shift is
    the mean over frames of its best place, and the loss is InfoNCE: to find the
    true shift among all. What does not move in time with the sound does not
    help, so the network learns where the sound comes from; `attention` tells.

    The shifts are those of the same clip, as in the original, not positions of
    other clips: one step of the audio encoder for each frame, and
    `num_shifts - 1` steps more. For encoders with as many steps a second as
    there are frames, a `ClipSpec` with `audio_alignment="center"` gives such
    clips. A centered `LogMelSpectrogram`, whose first step is at the very
    beginning, needs `audio_seconds = (num_frames + num_shifts - 2) /
    frames_per_second`. Files must be at least as long as that: in shorter ones
    the sound is repeated, and the true shift is another.

    A clip without sound, or whose `sample_weight` is 0, is left out. Calling
    the model on a batch returns the embeddings of all places and steps.

    References:
        - [Afouras et al., 2020](https://arxiv.org/abs/2008.04237)

    Args:
        video_encoder: Any built `keras.Model` from clips `(batch, frames,
            height, width, 3)` to feature maps `(batch, t, h, w, channels)`.
        audio_encoder: Any built `keras.Model` from waveforms `(batch,
            samples)` to a sequence `(batch, t + num_shifts - 1, ...,
            channels)`, averaged over the axes in between, such as frequencies.
        num_shifts: Number of shifts, odd and at least 3. Defaults to 31, from
            15 frames too early to 15 too late.
        scale: Positive number that the scale of the scores begins at. Defaults
            to 1, as in the original; short trainings need more, such as 10.
        head: Projection head, copied for each modality and applied to each
            place and step. Defaults to `ProjectionHead(128)`, one linear layer.
        seed: Integer seed of the initial weights of the heads.

    Call arguments:
        batch: Dict with `video` or `audio` or both. Training also uses, if
            present, `has_audio` and `sample_weight`, each `(batch,)`.

    Returns:
        A dict of unit-length embeddings: `video`, `(batch, t, h, w, dim)`, and
        `audio`, `(batch, t + num_shifts - 1, dim)`.

    Raises:
        ValueError: If `num_shifts` is not odd, `scale` is not positive, or an
            encoder has an output of another shape.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.methods import Synchronization
    >>> video = keras.Sequential(
    ...     [keras.Input((6, 8, 8, 3)), keras.layers.Conv3D(4, (1, 2, 2), 2)])
    >>> audio = keras.Sequential(
    ...     [keras.Input((500,)), keras.layers.Reshape((5, 100))])
    >>> model = Synchronization(video, audio, num_shifts=3, seed=0)
    >>> model.compile(optimizer="adam", jit_compile=False)
    >>> batch = {"video": np.zeros((8, 6, 8, 8, 3), "uint8"),
    ...          "audio": np.zeros((8, 500), "float32")}
    >>> history = model.fit(batch, batch_size=4, verbose=0)
    >>> tuple(model.attention(batch).shape)
    (8, 3, 4, 4)
    """

    def __init__(
        self,
        video_encoder: keras.Model,
        audio_encoder: keras.Model,
        *,
        num_shifts: int = 31,
        scale: float = 1.0,
        head: ProjectionHead | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(
            video_encoder,
            audio_encoder,
            head=head,
            seed=seed,
            loss_names=["synchronization"],
            **kwargs,
        )
        if num_shifts < 3 or num_shifts % 2 == 0:
            raise ValueError(
                "num_shifts must be odd and at least 3: as many shifts before "
                f"the true one as after it. Received: num_shifts={num_shifts}"
            )
        check_positive("scale", scale)
        self.num_shifts = num_shifts
        _check_maps(self.video_encoder, self.audio_encoder)
        self._check_steps()
        self.scale = scale
        self.logits_scale = self.add_weight(
            name="logits_scale",
            shape=(),
            initializer=keras.initializers.Constant(scale),
            autocast=False,
        )
        self.accuracy = keras.metrics.Mean("accuracy")
        self.built = True

    def _check_steps(self) -> None:
        frames = self.video_encoder.output_shape[1]
        steps = self.audio_encoder.output_shape[1]
        expected = frames + self.num_shifts - 1
        if steps != expected:
            raise ValueError(
                f"The video encoder {self.video_encoder.name!r} returns "
                f"{frames} frames, and with num_shifts={self.num_shifts} the "
                f"audio encoder {self.audio_encoder.name!r} must return "
                f"{frames} + {self.num_shifts} - 1 = {expected} steps. "
                f"Received: {steps}. Change audio_seconds of the ClipSpec, the "
                "strides of the audio encoder or num_shifts."
            )

    @property
    def needs(self) -> Needs:
        """Sound."""
        return Needs(sound=True)

    def embed(
        self, modality: str, batch: Mapping[str, Tensor], training: bool
    ) -> Tensor:
        """Compute unit-length embeddings of each place or step.

        Args:
            modality: `"video"` or `"audio"`.
            batch: Batch with that key.
            training: Whether to run the encoder in training mode.
        """
        encoder = getattr(self, f"{modality}_encoder")
        head = getattr(self, f"{modality}_head")
        maps = encoder(self.take(batch, modality, encoder), training=training)
        if modality == "audio" and len(maps.shape) > 3:
            axes = tuple(range(2, len(maps.shape) - 1))
            maps = ops.mean(ops.cast(maps, "float32"), axis=axes)
        # The head would average over all that is left.
        rows = head(ops.reshape(maps, (-1, maps.shape[-1])))
        return ops.reshape(rows, (-1, *maps.shape[1:-1], self.dim))

    def scores(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> Tensor:
        """Scores of every place of every frame with the sound at each shift.

        Args:
            batch: Dict with `video` and `audio`.
            training: Whether to run the encoders in training mode. Defaults to
                False.

        Returns:
            Scores, `(batch, num_shifts, t, h, w)`, float32.
        """
        video = self.embed("video", batch, training)
        audio = self.embed("audio", batch, training)
        windows = shifted_windows(audio, video.shape[1])
        return synchronization_scores(video, windows, self.logits_scale)

    def attention(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Where in each frame the sound of that moment comes from.

        The sound may be any, such as that of another clip.

        Args:
            batch: Dict with `video` and `audio`.

        Returns:
            Logarithms of shares that add up to 1 in each frame, `(batch, t, h,
            w)`, float32.
        """
        return attention_map(self.scores(batch)[:, self.num_shifts // 2])

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Compute the loss, and which clips found their shift."""
        scores = shift_scores(self.scores(batch, training))
        true_shift = self.num_shifts // 2
        weights = clip_weights(batch, with_audio=True)
        values = nce_of_shifts(scores, true_shift)
        found = ops.equal(ops.argmax(scores, axis=1), true_shift)
        losses = {"synchronization": batch_mean(values, weights)}
        return losses, {"found": found, "weights": weights}

    def update_metrics(
        self, batch: Mapping[str, Tensor], outputs: Mapping[str, Tensor]
    ) -> None:
        """Update the share of clips whose true shift has the best score."""
        self.accuracy.update_state(
            ops.cast(outputs["found"], "float32"),
            sample_weight=outputs["weights"],
        )


def _check_maps(video_encoder: keras.Model, audio_encoder: keras.Model) -> None:
    """Refuse encoders that do not keep space and time.

    Raises:
        ValueError: If one has an output of another rank, or of unknown size.
    """
    for name, encoder, fits, wanted in (
        ("video_encoder", video_encoder, (5,), "t, h, w"),
        ("audio_encoder", audio_encoder, (3, 4, 5), "steps, ..."),
    ):
        shape = encoder.output_shape
        if len(shape) not in fits or None in shape[1:]:
            raise ValueError(
                f"{name} must return (batch, {wanted}, channels), of known "
                f"sizes. Received {encoder.name!r} with output shape {shape}. "
                "Make a backbone with pooling=keras.layers.Identity() and an "
                "input_shape of known sizes."
            )
