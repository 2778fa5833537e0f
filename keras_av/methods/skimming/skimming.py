"""Skimming: attention that jumps to the telling moments of a long video."""

from collections.abc import Mapping
from typing import Any, Literal

import keras
from keras import ops

from keras_av.layers.heads.fusion_mlp import FusionMLP
from keras_av.layers.sequences.bank_attention import BankAttention
from keras_av.layers.sequences.weight_norm_lstm_cell import WeightNormLSTMCell
from keras_av.methods.skimming.bank_classifier import (
    BankClassifier,
    masked_mean,
    take,
)
from keras_av.methods.skimming.thin_out import thin_out
from keras_av.ops.types import Tensor

_Pair = tuple[Tensor, Tensor]
# Names of the losses that each kind of output is trained by.
_OUTPUTS = {
    "avg": ("average",),
    "last": ("last",),
    "both": ("average", "last"),
}
_OPTIONS = (
    "hidden_units",
    "key_units",
    "num_steps",
    "start",
    "hard",
    "mask_selected",
    "interpolate",
    "confidence",
    "legacy_start_mask",
    "legacy_shared_index",
    "seed",
)


@keras.saving.register_keras_serializable(package="keras_av")
class Skimming(BankClassifier):
    """An LSTM that looks again and again at the clips it finds telling.

    At each of T steps the features under attention are fused and read,

        f_t = Psi([x^I_t; x^A_t]),  (h, c) = LSTM(f_t; h, c),

    and the state asks both banks where to look next: with the weights `w^I`
    and `w^A` of a `BankAttention` each and a gate `g = softmax(W h)`,

        w = g_0 w^I + g_1 w^A,  x_{t+1} = sum_n w_n x_n

    in the image bank and in the audio bank. The video's logits are
    `classifier(mean_t f_t)`, those of the last step `prediction(h_T)`.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487)

    Args:
        num_classes: Number of classes.
        dim: Size of the features of an image and of the sound, each.
            Defaults to 512.
        fusion: `FusionMLP` over both, as distillation has left it; set
            `fusion.trainable = False` to keep it as it is. Defaults to a new
            one of `dim` units.
        classifier: Dense layer over what it gives. Defaults to a new one.
        hidden_units: Size of the LSTM's state. Defaults to 1024.
        key_units: Size of keys and queries. Defaults to 512.
        num_steps: Steps T. Defaults to 10.
        output: `"avg"`, `"last"` or `"both"`: which logits are given and
            trained, of both their mean. Defaults to `"avg"`.
        start: `"mean"` begins with the mean of a bank's valid entries,
            `"random"` with one of them. Defaults to `"mean"`.
        hard: Whether each modality looks at its best entry alone, in place of
            the weighted sum; for evaluation, since the attention then has no
            gradient. Defaults to False.
        mask_selected: Whether the best entry of a step is out of the question
            in later ones. Defaults to False.
        interpolate: Keeps every so many entries of a bank and interpolates
            the others between them. Defaults to 1, all.
        confidence: In inference, stop a video at the first step at which the
            mean features, or the state, give a class this probability. Steps
            after it are computed in the batch but do not count. Defaults to
            None, all steps.
        legacy_start_mask: With `mask_selected`, rule out a random entry at
            the first step although it starts from the mean, as the original
            does. Defaults to False.
        legacy_shared_index: With `hard`, look up the sound by the index of
            the image, as the original does. Defaults to False.
        seed: Integer that governs initial weights and random starts.
        **kwargs: `name` and others of `keras.Model`.

    Call arguments:
        batch: A dict with `image_features` and `audio_features` `(batch,
            clips, dim)` and `mask` `(batch, clips)` with at least one True in
            a row; training also reads `label`, and `start_index` `(batch,)`
            takes the place of what is random.
            `keras_av.data.feature_sequences` gives it.

    Returns:
        A dict with `logits` `(batch, num_classes)`; `num_steps` `(batch,)`,
        how many steps went into them; and of each step `image_index` and
        `audio_index` `(batch, T)`, `gate` `(batch, T, 2)`, `features` `(batch,
        T, dim)`, `states` `(batch, T, hidden_units)`, `step_logits` `(batch,
        T, num_classes)`.

    Raises:
        ValueError: An option is unknown, or a batch lacks a key.

    Examples:

    >>> import numpy as np
    >>> from keras_av.methods import Skimming
    >>> model = Skimming(5, dim=4, hidden_units=8, key_units=4, num_steps=3)
    >>> batch = {"image_features": np.ones((2, 9, 4)),
    ...          "audio_features": np.ones((2, 9, 4)),
    ...          "mask": np.ones((2, 9), "bool")}
    >>> outputs = model(batch)
    >>> tuple(outputs["logits"].shape), tuple(outputs["image_index"].shape)
    ((2, 5), (2, 3))
    """

    def __init__(
        self,
        num_classes: int,
        dim: int = 512,
        fusion: FusionMLP | None = None,
        classifier: keras.layers.Dense | None = None,
        *,
        hidden_units: int = 1024,
        key_units: int = 512,
        num_steps: int = 10,
        output: Literal["avg", "last", "both"] = "avg",
        start: Literal["mean", "random"] = "mean",
        hard: bool = False,
        mask_selected: bool = False,
        interpolate: int = 1,
        confidence: float | None = None,
        legacy_start_mask: bool = False,
        legacy_shared_index: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        _check(output, start, num_steps, interpolate)
        names = _OUTPUTS[output]
        super().__init__(
            num_classes, dim, fusion, classifier, loss_names=names, **kwargs
        )
        self.hidden_units = hidden_units
        self.key_units = key_units
        self.num_steps = num_steps
        self.start = start
        self.hard = hard
        self.mask_selected = mask_selected
        self.interpolate = interpolate
        self.confidence = confidence
        self.legacy_start_mask = legacy_start_mask
        self.legacy_shared_index = legacy_shared_index
        self.seed = seed
        # A model of Keras has an `output` of its own.
        self.output_kind = output
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._make_layers()
        self.built = True

    def _make_layers(self) -> None:
        def draw(number: int) -> int | None:
            return None if self.seed is None else self.seed + 101 * number

        state = (None, self.hidden_units)
        self.cell = WeightNormLSTMCell(self.hidden_units, draw(1), name="cell")
        self.cell.build((None, self.fusion.units))
        attentions = [
            BankAttention(
                self.key_units,
                self.hidden_units,
                draw(number),
                name=f"{modality}_attention",
            )
            for number, modality in enumerate(("image", "audio"), start=2)
        ]
        self.image_attention, self.audio_attention = attentions
        for attention in attentions:
            attention.build(state, (None, None, self.dim))
        self.gate = keras.layers.Dense(
            2,
            kernel_initializer=keras.initializers.GlorotUniform(draw(4)),
            name="gate",
        )
        self.gate.build(state)
        self.prediction = keras.layers.Dense(
            self.num_classes,
            kernel_initializer=keras.initializers.GlorotUniform(draw(5)),
            dtype="float32",
            name="prediction",
        )
        self.prediction.build(state)
        # It has no gradient where its logits are not asked for.
        self.prediction.trainable = self.output_kind != "avg"

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a stage may freeze."""
        return (
            "fusion",
            "classifier",
            "cell",
            "image_attention",
            "audio_attention",
            "gate",
        )

    def call(
        self, batch: Mapping[str, Tensor], training: bool = False
    ) -> dict[str, Tensor]:
        image, audio, mask = self.read(batch)
        if self.interpolate > 1:
            image, audio = (
                thin_out(bank, self.interpolate)
                * ops.cast(mask, "float32")[..., None]
                for bank in (image, audio)
            )
        found = self._walk(image, audio, mask, batch, training)
        steps = {
            name: ops.stack(values, axis=1) for name, values in found.items()
        }
        count = ops.arange(1, self.num_steps + 1, dtype="float32")
        means = ops.cumsum(steps["features"], axis=1) / count[None, :, None]
        running = {
            "average": self.classifier(means),
            "last": steps["step_logits"],
        }
        chosen = [running[name] for name in _OUTPUTS[self.output_kind]]
        logits = sum(chosen[1:], start=chosen[0]) / len(chosen)
        last = self._last_step(logits, training)
        return {
            **steps,
            **{name: values[:, -1] for name, values in running.items()},
            "logits": take(logits, last),
            "num_steps": last + 1,
        }

    def trained_logits(self, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Which logits the losses are made of, by the names of the losses."""
        return {name: outputs[name] for name in self.loss_names}

    def _walk(
        self,
        image: Tensor,
        audio: Tensor,
        mask: Tensor,
        batch: Mapping[str, Tensor],
        training: bool,
    ) -> dict[str, list[Tensor]]:
        """All steps: what is read, what is thought, where to look next."""
        keys = (
            self.image_attention.keys(image, training),
            self.audio_attention.keys(audio, training),
        )
        masks = (mask, mask)
        index = self._start_index(mask, batch)
        chosen = (index, index)
        if self.start == "random":
            x = (take(image, index), take(audio, index))
        else:
            x = (masked_mean(image, mask), masked_mean(audio, mask))
        rule_out = self.start == "random" or self.legacy_start_mask
        state = [self._zeros(x[0]), self._zeros(x[0])]
        found: dict[str, list[Tensor]] = {}
        for _ in range(self.num_steps):
            if self.mask_selected and rule_out:
                masks = tuple(
                    _without(m, i, mask) for m, i in zip(masks, chosen)
                )
            rule_out = True
            fused = self.fusion(list(x))
            h, state = self.cell(fused, state)
            gate, weights = self._attend(h, keys, masks, training)
            chosen = tuple(ops.argmax(w, axis=1) for w in weights)
            x = self._look(image, audio, gate, weights, chosen)
            step = {
                "features": fused,
                "states": ops.cast(h, "float32"),
                "step_logits": self.prediction(h),
                "gate": gate,
                "image_index": ops.cast(chosen[0], "int32"),
                "audio_index": ops.cast(chosen[1], "int32"),
            }
            for name, value in step.items():
                found.setdefault(name, []).append(value)
        return found

    def _attend(
        self, h: Tensor, keys: _Pair, masks: _Pair, training: bool
    ) -> tuple[Tensor, _Pair]:
        """The gate, and the weights over both banks."""
        attentions = self.image_attention, self.audio_attention
        weights = [
            attention(h, k, m, training=training)
            for attention, k, m in zip(attentions, keys, masks)
        ]
        gate = ops.softmax(ops.cast(self.gate(h), "float32"))
        return gate, (weights[0], weights[1])

    def _look(
        self,
        image: Tensor,
        audio: Tensor,
        gate: Tensor,
        weights: _Pair,
        chosen: _Pair,
    ) -> _Pair:
        """What is under attention, of both banks."""
        if self.hard:
            heard = chosen[0] if self.legacy_shared_index else chosen[1]
            return take(image, chosen[0]), take(audio, heard)
        shared = gate[:, :1] * weights[0] + gate[:, 1:] * weights[1]
        return (
            ops.einsum("bn,bnd->bd", shared, image),
            ops.einsum("bn,bnd->bd", shared, audio),
        )

    def _zeros(self, x: Tensor) -> Tensor:
        """Something of the state's shape and dtype."""
        return ops.zeros(
            (ops.shape(x)[0], self.cell.units), self.cell.compute_dtype
        )

    def _start_index(self, mask: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
        if "start_index" in batch:
            return ops.cast(batch["start_index"], "int32")
        if self.start == "mean" and not self.legacy_start_mask:
            return ops.zeros_like(ops.argmax(mask, axis=1))
        keys = keras.random.uniform(ops.shape(mask), seed=self.seed_generator)
        return ops.argmax(ops.where(mask, keys, -1.0), axis=1)

    def _last_step(self, logits: Tensor, training: bool) -> Tensor:
        """Number of the step, `(batch,)`, whose logits count."""
        last = ops.zeros_like(ops.cast(logits[:, 0, 0], "int32"))
        last = last + self.num_steps - 1
        if self.confidence is None or training:
            return last
        probability = ops.max(keras.activations.softmax(logits), axis=-1)
        sure = probability >= self.confidence
        first = ops.cast(ops.argmax(ops.cast(sure, "int32"), axis=1), "int32")
        return ops.where(ops.any(sure, axis=1), first, last)

    def get_config(self) -> dict[str, Any]:
        options = {name: getattr(self, name) for name in _OPTIONS}
        return {**super().get_config(), "output": self.output_kind, **options}


def _check(output: str, start: str, num_steps: int, interpolate: int) -> None:
    if output not in _OUTPUTS or start not in ("mean", "random"):
        raise ValueError(
            f"output must be one of {sorted(_OUTPUTS)} and start 'mean' or "
            f"'random'. Received: {output!r} and {start!r}"
        )
    if num_steps < 1 or interpolate < 1:
        raise ValueError(
            "num_steps and interpolate must be positive. Received: "
            f"{num_steps} and {interpolate}"
        )


def _without(mask: Tensor, index: Tensor, valid: Tensor) -> Tensor:
    """The mask without one entry; all valid ones where none is left."""
    places = ops.arange(ops.shape(mask)[1])[None]
    rest = ops.logical_and(
        mask, places != ops.cast(index, places.dtype)[:, None]
    )
    return ops.where(ops.any(rest, axis=1, keepdims=True), rest, valid)
