"""The contract between a method and its training step."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Self

import keras
from keras import ops

from keras_av.models.batch_keys import check_keys
from keras_av.ops.types import Tensor
from keras_av.training.freezing import Freezing
from keras_av.training.options import from_config, option_names, to_config
from keras_av.training.phase import Phase
from keras_av.training.progress_line import ProgressLine

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
    """A `keras.Model` trained by its own losses on batches that are dicts.

    A method writes three functions of `keras.ops`, and the training step of
    each backend runs them:

    - `compute_losses(batch, training)` returns `({name: scalar}, outputs)`.
      The sum of the scalars, means over the global batch as `batch_mean`
      makes them, is differentiated. It writes no state of its own.
    - `commit(batch, outputs)` writes what follows the gradient step: memory
      banks, momentum encoders. It runs in training only.
    - `update_metrics(batch, outputs)` runs in training and in validation.

    `fit`, `evaluate` and `predict`, mixed precision, gradient clipping and
    accumulation (options of the optimizer), `jit_compile`,
    `steps_per_execution` and `run_eagerly` work as for any Keras model. The
    states of random generators are saved with the weights, so that a run
    that resumes draws what it would have drawn.

    Files hold the options of a method: the arguments of its constructor and,
    where that passes `**kwargs` on, those of the classes above it. Each must
    be an attribute of the same name. Models and layers among them are
    deserialized again when a file is read.

    Args:
        loss_names: All names that `compute_losses` may return. Each is
            logged; one that is off or has no value is logged as NaN.

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

    # Old names of options, which files may still have, and new ones.
    renamed_options: ClassVar[Mapping[str, str]] = {}

    def __init__(self, loss_names: Sequence[str], **kwargs: Any):
        # A waveform must not be rounded to float16 on its way in: each layer
        # casts its own input.
        super().__init__(**{"autocast": False, **kwargs})
        self.loss_names = tuple(loss_names)
        self.active_losses = frozenset(loss_names)
        self.loss_weights: dict[str, float] = {}
        self.followed: frozenset[str] = frozenset()
        self.freezing = Freezing(self)
        self.total_tracker = keras.metrics.Mean(name="loss")
        self.loss_trackers = [keras.metrics.Mean(name=n) for n in loss_names]

    def compute_losses(
        self, batch: Mapping[str, Tensor], training: bool
    ) -> tuple[dict[str, Tensor], Any]:
        """Losses of a batch by name, and outputs for the other two."""
        raise NotImplementedError(
            f"{type(self).__name__} must define compute_losses."
        )

    def commit(self, batch: Mapping[str, Tensor], outputs: Any) -> None:
        """Write state that follows the gradient step."""

    def update_metrics(self, batch: Mapping[str, Tensor], outputs: Any) -> None:
        """Update metrics from a batch and its outputs."""

    def take(self, batch: Mapping[str, Tensor], key: str) -> Tensor:
        """A tensor of a batch, or an error that says where it comes from.

        Args:
            batch: Dict of tensors.
            key: Key of the tensor.

        Raises:
            ValueError: The batch lacks the key.
        """
        check_keys(type(self).__name__, batch, [key])
        return batch[key]

    def set_loss_weights(self, weights: Mapping[str, float]) -> None:
        """Weights of the losses; those of weight 0 are off.

        Args:
            weights: Numbers from 0 up by the names of the losses.
        """
        self.loss_weights = dict(weights)
        on = [name for name, weight in weights.items() if weight > 0]
        self.active_losses = frozenset(on)

    def weighted(self, losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The losses that are on, each times its weight.

        Args:
            losses: Scalars by the names of the losses.
        """
        return {
            name: self.loss_weights.get(name, 1.0) * value
            for name, value in losses.items()
            if name in self.active_losses
        }

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        # Keras adds a tracker of its own, also named "loss".
        own = self.total_tracker
        return [m for m in super().metrics if m.name != "loss" or m is own]

    def fit(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.fit`; a dataset of `clips` is told the epoch.

        So that a run that resumes at an epoch sees that epoch's clips.
        """
        if kwargs.get("verbose", "auto"):
            kwargs["callbacks"] = _with_callbacks(
                kwargs.get("callbacks"), last=[ProgressLine()]
            )
        if not hasattr(x, "set_epoch"):
            return super().fit(x, *args, **kwargs)
        tell = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs: x.set_epoch(epoch)
        )
        kwargs["callbacks"] = _with_callbacks(
            kwargs.get("callbacks"), first=[tell]
        )
        with warnings.catch_warnings():
            # Such a dataset shuffles by itself, and cannot know how many
            # batches it has before it has met its bad files.
            warnings.filterwarnings("ignore", "`shuffle=True` was passed")
            warnings.filterwarnings("ignore", "Your input ran out of data")
            return super().fit(x, *args, **kwargs)

    def make_train_function(self, force: bool = False) -> Any:
        self.freezing.build_optimizer()
        return super().make_train_function(force=force)

    def begin_phase(self, phase: Phase) -> None:
        """Choose what learns from now on, and from which losses.

        To be called between epochs; `keras_av.callbacks.Curriculum` does.

        Args:
            phase: Phase, of which `trainable` (names among `parts`),
                `losses` (among `loss_names`) and `follow` count.

        Raises:
            ValueError: For a name that the model does not have.
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
            self._retrace()

    def end_phase(self) -> None:
        """Let every part learn again."""
        if any([self.freezing.set(name, True) for name in self.parts]):
            self._retrace()

    def _retrace(self) -> None:
        # What a step does was decided when it was traced.
        self.test_function = self.predict_function = None
        if self.train_function is not None:
            self.make_train_function(force=True)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the layers that a phase may freeze."""
        return ()

    def _as_batch(self, data: Any) -> dict[str, Tensor]:
        """The dict of a batch; labels and weights beside it go into it."""
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
    ) -> dict[str, Tensor]:
        count = ops.shape(keras.tree.flatten(batch)[0])[0]
        self.total_tracker.update_state(total, sample_weight=count)
        for tracker in self.loss_trackers:
            value = losses.get(tracker.name, float("nan"))
            tracker.update_state(value, sample_weight=count)
        self.update_metrics(batch, outputs)
        return self.get_metrics_result()

    def get_config(self) -> dict[str, Any]:
        # Which parts are frozen now is the curriculum's, not the file's.
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
                f"{type(self).__name__} takes the option {name!r}, which "
                f"files are to hold, but has no attribute self.{name}. Set "
                "it in __init__, or override get_config."
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
        # Keras saves weights only, and would draw the first numbers again.
        weights = {id(weight) for weight in self.weights}
        return [v for v in self.variables if id(v) not in weights]


def _with_callbacks(
    given: Any,
    first: Sequence[keras.callbacks.Callback] = (),
    last: Sequence[keras.callbacks.Callback] = (),
) -> Any:
    """Callbacks of `fit` with others before and after them."""
    if isinstance(given, keras.callbacks.CallbackList):
        # It has its own progress bar.
        for callback in first:
            given.append(callback)
        return given
    if isinstance(given, keras.callbacks.Callback):
        given = [given]
    return [*first, *(given or ()), *last]


def _check_names(
    what: str, received: Collection[str], known: Collection[str]
) -> None:
    unknown = sorted(set(received) - set(known))
    if unknown:
        raise ValueError(
            f"Unknown {what}: {unknown}. Expected a choice of {sorted(known)}."
        )
