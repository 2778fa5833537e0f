"""Skimming: attention that selects informative clips of a long video."""

import types
from collections.abc import Callable, Mapping
from typing import Any, Literal

import keras
from keras import ops

from keras_av.layers.heads.fusion_mlp import FusionMLP
from keras_av.layers.sequences.bank_attention import BankAttention
from keras_av.layers.sequences.weight_norm_lstm_cell import WeightNormLSTMCell
from keras_av.methods.skimming.bank_classifier import (
    BankClassifier,
    attended,
    masked_mean,
    random_keys,
    take,
    without,
)
from keras_av.methods.skimming.looked_at import looked_at
from keras_av.methods.skimming.thin_out import thin_out
from keras_av.ops.types import Array, Tensor
from keras_av.training.checks import check_choice, check_positive

_Pair = tuple[Tensor, Tensor]
_Steps = list[dict[str, Tensor]]
# Names of the losses of each kind of output.
_OUTPUTS = {
    "avg": ("average",),
    "last": ("last",),
    "both": ("average", "last"),
}


@keras.saving.register_keras_serializable(package="keras_av")
class Skimming(BankClassifier):
    """Classifies long videos with an LSTM that attends to informative clips.

    At each of T steps the attended features are fused and fed to the LSTM,

        f_t = Psi([x^I_t; x^A_t]),  (h, c) = LSTM(f_t; h, c),

    and the new state determines which features are attended next: with the
    weights `w^I` and `w^A` of one `BankAttention` per modality and a gate
    `g = softmax(W h)`,

        w = g_0 w^I + g_1 w^A,  x_{t+1} = sum_n w_n x_n

    in the image bank and in the audio bank. The logits of the video are
    `classifier(mean_t f_t)`, those of the last step `prediction(h_T)`.

    References:
        - [Gao et al., 2020](https://arxiv.org/abs/1912.04487)

    Args:
        num_classes: Number of classes.
        dim: Size of the image features and of the audio features. Defaults to
            512.
        fusion: `FusionMLP` over both features, usually from distillation. Set
            `fusion.trainable = False` to freeze it. Defaults to a new one with
            `dim` units.
        classifier: Dense layer over the fused features. Defaults to a new one.
        hidden_units: Size of the LSTM's state. Defaults to 1024.
        key_units: Size of keys and queries. Defaults to 512.
        num_steps: Number of steps T. Defaults to 10.
        output_kind: Logits to return and train, `"avg"`, `"last"` or `"both"`
            for their mean. Defaults to `"avg"`.
        start: Features of the first step: `"mean"` for the mean of the valid
            entries of a bank, `"random"` for one of them. Defaults to
            `"mean"`.
        hard: Whether inference uses only the best entry of each modality,
            in place of the weighted sum. Training always uses the sum: the
            best entry has no gradient. Defaults to False.
        mask_selected: Whether to exclude the best entry of a step from later
            steps. Defaults to False.
        interpolate: Stride of the entries of a bank that are kept; the others
            are interpolated between them. Defaults to 1, all.
        confidence: Class probability at which inference of a video stops
            early. In a batch later steps are still computed, but not used;
            `keras_av.evaluation.skim_videos` does not compute them. Defaults
            to None, all steps.
        index: What the clips are chosen by: `"both"` banks, or the `"image"`
            features. Then the sound of the chosen clips alone is needed, and
            `interpolate` thins out the index only; the gate is 1 for the image
            and the first step has no sound. Defaults to `"both"`.
        legacy_start_mask: Whether `mask_selected` excludes a random entry at
            the first step although it starts from the mean, as in the
            original. Defaults to False.
        legacy_shared_index: Whether `hard` uses the index of the image for the
            sound as well, as in the original. Defaults to False.
        seed: Integer seed of initial weights and random starts.
        **kwargs: `name` and others of `keras.Model`.

    Call arguments:
        batch: Dict with `image_features` and `audio_features`, `(batch,
            clips, dim)`, and `mask`, `(batch, clips)`, with at least one True
            in each row, such as from `keras_av.data.feature_sequences`.
            Training also uses `label`. An optional `start_index`, `(batch,)`,
            replaces random starts.

    Returns:
        A dict with `logits`, `(batch, num_classes)`; `num_steps`, `(batch,)`,
        the number of steps used for them; and for each step `image_index` and
        `audio_index`, `(batch, T)`, `gate`, `(batch, T, 2)`, `features`,
        `(batch, T, dim)`, `states`, `(batch, T, hidden_units)`, and
        `step_logits`, `(batch, T, num_classes)`.

    Raises:
        ValueError: If an option is unknown, or a batch has a missing key.

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

    renamed_options = types.MappingProxyType({"output": "output_kind"})

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
        output_kind: Literal["avg", "last", "both"] = "avg",
        start: Literal["mean", "random"] = "mean",
        hard: bool = False,
        mask_selected: bool = False,
        interpolate: int = 1,
        confidence: float | None = None,
        index: Literal["both", "image"] = "both",
        legacy_start_mask: bool = False,
        legacy_shared_index: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        _check(output_kind, start, index, num_steps, interpolate)
        names = _OUTPUTS[output_kind]
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
        self.index = index
        self.legacy_start_mask = legacy_start_mask
        self.legacy_shared_index = legacy_shared_index
        self.seed = seed
        self.output_kind = output_kind
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
        # What is not used has no gradient.
        self.prediction.trainable = self.output_kind != "avg"
        self.audio_attention.trainable = self.index == "both"
        self.gate.trainable = self.index == "both"

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
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
        index = self.thinned(image, mask), self.thinned(audio, mask)
        banks = index if self.index == "both" else (image, audio)
        if self.index == "image":
            index = index[0], ops.zeros_like(audio)

        def look(gate: Tensor, weights: _Pair, chosen: _Pair) -> _Pair:
            if self.hard and not training:
                return self._best(banks, chosen)
            return attended(banks, gate, weights)

        start = batch.get("start_index")
        steps = self.walk(index, mask, look, start, training=training)
        return self.classified(steps, training)

    def thinned(self, bank: Tensor, mask: Tensor) -> Tensor:
        """A bank of which only every `interpolate`-th entry is known."""
        if self.interpolate == 1:
            return bank
        thin = thin_out(bank, self.interpolate)
        return thin * ops.cast(mask, "float32")[..., None]

    def classified(
        self, found: _Steps, training: bool = False
    ) -> dict[str, Tensor]:
        """The logits after some steps, as `call` returns them."""
        steps = {
            name: ops.stack([step[name] for step in found], axis=1)
            for name in found[0]
        }
        count = ops.arange(1, len(found) + 1, dtype="float32")
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

    def encoded(
        self, outputs: Mapping[str, Tensor], mask: Tensor
    ) -> tuple[Array, Array]:
        if self.index == "both":
            return looked_at(mask, self.interpolate)
        if not self.hard:
            return looked_at(mask, 1)
        # The last choice is not looked at.
        steps = outputs["num_steps"] - 1
        return looked_at(mask, self.interpolate, outputs["image_index"], steps)

    def trained_logits(self, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The trained logits by loss name."""
        return {name: outputs[name] for name in self.loss_names}

    def walk(
        self,
        index: _Pair,
        mask: Tensor,
        look: Callable[[Tensor, _Pair, _Pair], _Pair],
        start_index: Tensor | None = None,
        stop: Callable[[_Steps], bool] = lambda steps: False,
        training: bool = False,
    ) -> _Steps:
        """Walk; what a step chose is looked at for the next one, if any.

        Args:
            index: Image and audio features to choose by, `(batch, clips,
                dim)` each.
            mask: Valid clips, `(batch, clips)`.
            look: Function from the gate, the weights and the best clips of a
                step to the features of the next one, `(batch, dim)` each.
            start_index: Clips to start from, in place of random ones.
            stop: Function that is called after each step, with all so far.
            training: Whether to train.

        Returns:
            The outputs of each step, by name.
        """
        keys = self._keys(index, training)
        masks = (mask, mask)
        first = self._start_index(mask, start_index)
        chosen = (first, first)
        if self.start == "random":
            x = (take(index[0], first), take(index[1], first))
        else:
            x = (masked_mean(index[0], mask), masked_mean(index[1], mask))
        rule_out = self.start == "random" or self.legacy_start_mask
        shape = ops.shape(x[0])[0], self.hidden_units
        state = [ops.zeros(shape, self.cell.compute_dtype)] * 2
        steps: _Steps = []
        while True:
            if self.mask_selected and rule_out:
                masks = tuple(
                    without(m, i, mask) for m, i in zip(masks, chosen)
                )
            fused = self.fusion(list(x))
            h, state = self.cell(fused, state)
            gate, weights = self._attend(h, keys, masks, training)
            chosen = tuple(ops.argmax(w, axis=1) for w in weights)
            steps.append(
                {
                    "features": fused,
                    "states": ops.cast(h, "float32"),
                    "step_logits": self.prediction(h),
                    "gate": gate,
                    "image_index": ops.cast(chosen[0], "int32"),
                    "audio_index": ops.cast(chosen[1], "int32"),
                }
            )
            if len(steps) == self.num_steps or stop(steps):
                return steps
            x, rule_out = look(gate, weights, chosen), True

    def _keys(self, index: _Pair, training: bool) -> tuple[Tensor, ...]:
        image = self.image_attention.keys(index[0], training)
        if self.index == "image":
            return (image,)
        return image, self.audio_attention.keys(index[1], training)

    def _attend(
        self, h: Tensor, keys: tuple[Tensor, ...], masks: _Pair, training: bool
    ) -> tuple[Tensor, _Pair]:
        """The gate and the attention weights over both banks."""
        attentions = self.image_attention, self.audio_attention
        weights = [
            attention(h, k, m, training=training)
            for attention, k, m in zip(attentions, keys, masks)
        ]
        if self.index == "image":
            gate = ops.ones_like(h[:, :2], "float32") * ops.array([1.0, 0.0])
        else:
            gate = ops.softmax(ops.cast(self.gate(h), "float32"))
        return gate, (weights[0], weights[-1])

    def _best(self, banks: _Pair, chosen: _Pair) -> _Pair:
        """The best features of both banks."""
        heard = chosen[0] if self.legacy_shared_index else chosen[1]
        return take(banks[0], chosen[0]), take(banks[1], heard)

    def _start_index(self, mask: Tensor, given: Tensor | None) -> Tensor:
        if given is not None:
            return ops.cast(given, "int32")
        if self.start == "mean" and not self.legacy_start_mask:
            return ops.zeros_like(ops.argmax(mask, axis=1))
        keys = random_keys(mask, self.seed_generator)
        return ops.argmax(ops.where(mask, keys, -1.0), axis=1)

    def _last_step(self, logits: Tensor, training: bool) -> Tensor:
        """Number of the step whose logits are used, `(batch,)`."""
        last = ops.full_like(logits[:, 0, 0], logits.shape[1] - 1, "int32")
        if self.confidence is None or training:
            return last
        probability = ops.max(keras.activations.softmax(logits), axis=-1)
        sure = probability >= self.confidence
        first = ops.cast(ops.argmax(ops.cast(sure, "int32"), axis=1), "int32")
        return ops.where(ops.any(sure, axis=1), first, last)


def _check(
    output_kind: str, start: str, index: str, num_steps: int, interpolate: int
) -> None:
    check_choice("output_kind", output_kind, _OUTPUTS)
    check_choice("start", start, ("mean", "random"))
    check_choice("index", index, ("both", "image"))
    if index == "image" and start == "random":
        raise ValueError(
            'index="image" starts from the mean of the images: the sound of a '
            'random clip is not known. Received: start="random"'
        )
    check_positive("num_steps", num_steps)
    check_positive("interpolate", interpolate)
