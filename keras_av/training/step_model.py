"""The interface between a method and its training step."""

import inspect
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Self

import keras
from keras import ops

from keras_av.models.batch_keys import check_keys
from keras_av.ops.own_errors import own_errors
from keras_av.ops.replicas import replica_count, replica_sum
from keras_av.ops.types import Tensor
from keras_av.training.epoch_of_clips import epoch_callbacks
from keras_av.training.freezing import Freezing, TracedSteps
from keras_av.training.needs import Needs, known_clips
from keras_av.training.options import from_config, option_names, to_config
from keras_av.training.phase import Phase
from keras_av.training.progress_line import ProgressLine
from keras_av.training.watch import Watch
from keras_av.training.with_callbacks import with_callbacks

_step: Any
if keras.backend.backend() == "jax":
    from keras_av.training import jax_step as _step
elif keras.backend.backend() == "torch":
    from keras_av.training import torch_step as _step
else:
    from keras_av.training import tensorflow_step as _step
TrainStep: Any = _step.TrainStep

_STATE = "seed_generator_state_"


class StepModel(TrainStep, keras.Model):
    """A `keras.Model` trained with its own losses on batches that are dicts.

    A method implements three functions with `keras.ops`, which the training
    step of each backend calls:

    - `compute_losses(batch, training)` returns `({name: scalar}, outputs)`.
      The scalars are means over the global batch, as returned by
      `batch_mean`; their sum is differentiated. It must not change any state.
    - `commit(batch, outputs)` updates state after the gradient step, such as
      memory banks or momentum encoders. It runs in training only.
    - `update_metrics(batch, outputs)` runs in training and in validation.

    A property `needs` states what `fit` must find in the clips.

    `fit`, `evaluate` and `predict`, mixed precision, gradient clipping and
    accumulation (options of the optimizer), `jit_compile`,
    `steps_per_execution` and `run_eagerly` work as for any Keras model. The
    states of random generators are saved with the weights, so a resumed run
    draws the same numbers as an uninterrupted one.

    The saved config holds the options of a method: the arguments of its
    constructor and, if it passes `**kwargs` on, those of its parent classes.
    Each must be an attribute of the same name. Models and layers among them
    are serialized and deserialized.

    Args:
        loss_names: All names that `compute_losses` may return. Each is
            logged; a loss that is off or has no value is logged as NaN.

    Examples:

    >>> import keras, numpy as np
    >>> from keras_av.training import StepModel, batch_mean
    >>> class Halve(StepModel):
    ...     def __init__(self):
    ...         super().__init__(loss_names=["mse"])
    ...         self.dense = keras.layers.Dense(1)
    ...         self.dense.build((None, 1))
    ...         self.built = True
    ...     def call(self, batch, training=False):
    ...         return self.dense(batch["x"])
    ...     def compute_losses(self, batch, training):
    ...         y = self(batch, training=training)
    ...         return {"mse": batch_mean((y - batch["x"] / 2)[:, 0] ** 2)}, y
    >>> model = Halve()
    >>> model.compile(optimizer="adam")
    >>> x = np.arange(8, dtype="float32")[:, None]
    >>> history = model.fit({"x": x}, epochs=1, verbose=0)
    >>> sorted(history.history)
    ['loss', 'mse']
    """

    # New names of options by the old ones that saved files may still have.
    renamed_options: ClassVar[Mapping[str, str]] = {}

    def __init__(self, loss_names: Sequence[str], **kwargs: Any):
        # A waveform must not be rounded to float16 at the input: each layer
        # casts its own.
        super().__init__(**{"autocast": False, **kwargs})
        self.loss_names = tuple(loss_names)
        self.active_losses = frozenset(loss_names)
        self.loss_weights: dict[str, float] = {}
        self.followed: frozenset[str] = frozenset()
        self.freezing = Freezing(self)
        self.steps = TracedSteps(self)
        self.watch = Watch()
        self.total_tracker = keras.metrics.Mean(name="loss")
        self.loss_trackers = [keras.metrics.Mean(name=n) for n in loss_names]

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], Any]:
        """Compute the losses by name, and outputs for the other two."""
        raise NotImplementedError(
            f"{type(self).__name__} must define compute_losses."
        )

    def commit(self, batch: Mapping[str, Tensor], outputs: Any) -> None:
        """Update state after the gradient step."""

    def update_metrics(self, batch: Mapping[str, Tensor], outputs: Any) -> None:
        """Update metrics from a batch and its outputs."""

    def take(self, batch: Mapping[str, Tensor], key: str) -> Tensor:
        """Get a tensor from a batch, with a helpful error if it is missing.

        Args:
            batch: Dict of tensors.
            key: Key of the tensor.

        Raises:
            ValueError: If the key is missing.
        """
        check_keys(type(self).__name__, batch, [key])
        return batch[key]

    def set_loss_weights(self, weights: Mapping[str, float]) -> None:
        """Set the weights of the losses; a loss of weight 0 is off.

        Args:
            weights: Non-negative weights by loss name.
        """
        self.loss_weights = dict(weights)
        on = [name for name, weight in weights.items() if weight > 0]
        self.active_losses = frozenset(on)

    def weighted(self, losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The active losses, each multiplied by its weight.

        Args:
            losses: Scalars by loss name.
        """
        return {
            name: self.loss_weights.get(name, 1.0) * value
            for name, value in losses.items()
            if name in self.active_losses
        }

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        # Keras adds another tracker that is also named "loss".
        own = self.total_tracker
        found = [m for m in super().metrics if m.name != "loss" or m is own]
        # No attribute of the model, and so not in its files.
        return [*found, self.watch.tally]

    @property
    def needs(self) -> Needs:
        """What the active losses need of the clips, which `fit` checks."""
        return Needs()

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        **kwargs: Any,
    ) -> None:
        """`keras.Model.compile` without losses and metrics.

        Args:
            optimizer: Optimizer, or its name. Defaults to `"rmsprop"`.
            loss: None.
            loss_weights: None.
            metrics: None.
            weighted_metrics: None.
            **kwargs: Further arguments of `keras.Model.compile`.

        Raises:
            ValueError: If there are losses or metrics, which a method has by
                itself.
        """
        given = {
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
        }
        given = {name: v for name, v in given.items() if v is not None}
        if given:
            raise ValueError(
                f"{type(self).__name__} has its own losses, "
                f"{list(self.loss_names)}, and its own metrics. Received: "
                f"compile({', '.join(f'{k}={v!r}' for k, v in given.items())})"
                ". Leave this out; the losses and their weights are chosen by "
                f"the arguments of {type(self).__name__}(...), and other "
                "measures are callbacks (keras_av.callbacks)."
            )
        self.steps.clear()
        super().compile(optimizer, **kwargs)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        # Keras leaves this to classes with their own `compile`.
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def fit(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.fit`, which checks the clips and sets their epoch.

        Clips that do not meet the `needs` are refused. A run on a dataset of
        `keras_av.data.clips`, or of `keras_av.training.distribute_clips`, that
        resumes at an epoch sees its clips; errors of files are as they were.
        """
        bound = inspect.signature(super().fit).bind(x, *args, **kwargs)
        options = bound.arguments
        self._check_clips(options)
        last = [ProgressLine()] if options.get("verbose", "auto") else []
        given = options.get("callbacks")
        told = epoch_callbacks(x, options.get("initial_epoch", 0), given)
        first = [*told, self.watch]
        options["callbacks"] = with_callbacks(self, given, first, last)
        with warnings.catch_warnings(), own_errors():
            if hasattr(x, "set_epoch"):
                # It shuffles itself, and learns of bad files on the way.
                warnings.filterwarnings("ignore", "`shuffle=True` was passed")
                warnings.filterwarnings("ignore", "Your input ran out of data")
            return super().fit(**options)

    def _check_clips(self, options: Mapping[str, Any]) -> None:
        """Check what is known of the clips before a batch is read."""
        name = type(self).__name__
        found = known_clips(options.get("x"), options.get("y"))
        self.needs.check(name, **found)
        if options.get("validation_data") is not None:
            # Any of the classes will do, and a bank has no rows for them.
            ranges = Needs(num_classes=self.needs.num_classes)
            x, y, _ = keras.utils.unpack_x_y_sample_weight(
                options["validation_data"]
            )
            ranges.check(name, **known_clips(x, y))

    def make_train_function(self, force: bool = False) -> Any:
        self.freezing.build_optimizer()
        if force or self.train_function is None:
            self.steps.note()
        return super().make_train_function(force=force)

    def begin_phase(self, phase: Phase) -> None:
        """Select the parts to train and the losses to use from now on.

        Call it between epochs, as `keras_av.callbacks.Curriculum` does.

        Args:
            phase: Phase whose `trainable` (names among `parts`), `losses`
                (among `loss_names`) and `follow` are applied.

        Raises:
            ValueError: If the model has no part or loss of a given name.
        """
        _check_names("parts", phase.trainable, self.parts)
        _check_names("losses", phase.losses, self.loss_names)
        before = self.active_losses, self.followed
        self.active_losses = frozenset(phase.losses)
        self.followed = frozenset(phase.follow)
        changed = before != (self.active_losses, self.followed)
        for name in self.parts:
            changed |= self.freezing.set(name, name in phase.trainable)
        if changed:
            self.steps.switch()

    def end_phase(self) -> None:
        """Make every part trainable again."""
        if any([self.freezing.set(name, True) for name in self.parts]):
            self.steps.switch()

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
        return ()

    def _as_batch(self, data: Any) -> dict[str, Tensor]:
        """The batch as a dict that includes separate labels and weights."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        if not isinstance(x, Mapping):
            raise ValueError(
                f"{type(self).__name__} trains on batches that are dicts of "
                f"tensors. Received a batch of type {type(x).__name__}."
            )
        batch = dict(x)
        if y is not None:
            batch["label"] = y
        if sample_weight is not None:
            batch["sample_weight"] = sample_weight
        return batch

    def _forward(
        self, batch: dict[str, Tensor], training: bool
    ) -> tuple[Tensor, dict[str, Tensor], Any]:
        if training and self.needs.label:
            self.take(batch, "label")
        losses, outputs = self.compute_losses(batch, training)
        unknown = sorted(set(losses) - set(self.loss_names))
        if unknown:
            raise ValueError(
                f"compute_losses of {type(self).__name__} returned {unknown}, "
                f"which are not among its loss_names {self.loss_names}."
            )
        total = sum(losses.values(), start=ops.zeros((), "float32"))
        for penalty in self.losses:
            total = total + ops.sum(ops.cast(penalty, "float32"))
        return total, losses, outputs

    def _finish(
        self,
        batch: dict[str, Tensor],
        total: Tensor,
        losses: dict[str, Tensor],
        outputs: Any,
        training: bool,
    ) -> dict[str, Tensor]:
        if training:
            self.watch.tally.update_state(batch, self.needs)
        # Each replica has its share of means over the global batch.
        size = ops.shape(keras.tree.flatten(batch)[0])[0]
        count = replica_sum(ops.cast(size, "float32")) / replica_count()
        self.total_tracker.update_state(total, sample_weight=count)
        for tracker in self.loss_trackers:
            value = losses.get(tracker.name, float("nan"))
            tracker.update_state(value, sample_weight=count)
        self.update_metrics(batch, outputs)
        return self.get_metrics_result()

    def get_config(self) -> dict[str, Any]:
        # Which parts are frozen is up to the curriculum, not the file.
        with self.freezing.thawed():
            options = {
                name: to_config(self._option(name))
                for name in option_names(type(self), StepModel)
            }
        return {**super().get_config(), **options}

    def _option(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except AttributeError as error:
            raise ValueError(
                f"{type(self).__name__} takes the option {name!r}, which must "
                f"be saved, but has no attribute self.{name}. Set it in "
                "__init__, or override get_config."
            ) from error

    @classmethod
    def from_config(
        cls,
        config: dict[str, Any],
        custom_objects: dict[str, Any] | None = None,
    ) -> Self:
        renamed = {
            cls.renamed_options.get(name, name): value
            for name, value in config.items()
        }
        return cls(**from_config(renamed, custom_objects))

    def save_own_variables(self, store: Any) -> None:
        super().save_own_variables(store)
        for i, state in enumerate(self._generator_states()):
            store[f"{_STATE}{i}"] = ops.convert_to_numpy(state)

    def load_own_variables(self, store: Any) -> None:
        own = {k: store[k] for k in store.keys() if not k.startswith(_STATE)}
        super().load_own_variables(own)
        for i, state in enumerate(self._generator_states()):
            if f"{_STATE}{i}" in store:
                state.assign(store[f"{_STATE}{i}"])

    def _generator_states(self) -> list[keras.Variable]:
        # Keras saves weights only, and would repeat the first numbers.
        weights = {id(weight) for weight in self.weights}
        return [v for v in self.variables if id(v) not in weights]


def _check_names(
    what: str, received: Collection[str], known: Collection[str]
) -> None:
    unknown = sorted(set(received) - set(known))
    if unknown:
        raise ValueError(
            f"Unknown {what}: {unknown}. Expected a choice of {sorted(known)}."
        )
