"""The training step on JAX."""

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import jax
import keras

from keras_av.ops.rows import after
from keras_av.ops.types import Tensor
from keras_av.training.token import step_token

State = tuple[list[Tensor], ...]


class TrainStep:
    """`train_step` and `test_step` of a `StepModel`, on JAX.

    A step is a pure function of the values of all variables: every write
    goes to a `keras.StatelessScope`.
    """

    @functools.wraps(keras.Model.fit)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        parent: Any = super()
        with _refusing_indivisible_batches():
            return parent.fit(*args, **kwargs)

    @functools.wraps(keras.Model.evaluate)
    def evaluate(self: Any, *args: Any, **kwargs: Any) -> Any:
        parent: Any = super()
        with _refusing_indivisible_batches():
            return parent.evaluate(*args, **kwargs)

    def make_train_function(self: Any, force: bool = False) -> None:
        parent: Any = super()
        with _unlike_any(self, "train_step"):
            parent.make_train_function(force=force)

    def make_test_function(self: Any, force: bool = False) -> None:
        parent: Any = super()
        with _unlike_any(self, "test_step"):
            parent.make_test_function(force=force)

    def train_step(
        self: Any, state: State, data: Any
    ) -> tuple[dict[str, Tensor], State]:
        """One training step: losses, gradients, update, `commit`, metrics."""
        batch = self._as_batch(data)
        trainable, others, slots, metrics = state
        variables = self.trainable_variables + self.non_trainable_variables
        optimizer = self.optimizer

        def objective(trainable: list[Tensor]) -> tuple[Tensor, Any]:
            def run() -> tuple[Tensor, Any]:
                total, losses, outputs = self._forward(batch, training=True)
                scaled = optimizer.scale_loss(total)
                return scaled, (total, losses, outputs)

            (scaled, results), values = _scoped(
                variables + optimizer.variables,
                [*trainable, *others, *slots],
                run,
            )
            return scaled, (results, values[: len(variables)])

        gradients, (results, values) = jax.grad(objective, has_aux=True)(
            trainable
        )
        total, losses, outputs = results
        values = [*trainable, *values[len(trainable) :]]
        values, slots = _apply(self, gradients, values, slots)

        def finish() -> dict[str, Tensor]:
            with after(step_token(total, gradients)):
                self.commit(batch, outputs)
            return self._finish(batch, total, losses, outputs, training=True)

        logs, values = _scoped(
            variables + self.metrics_variables, [*values, *metrics], finish
        )
        n, m = len(trainable), len(variables)
        return logs, (values[:n], values[n:m], slots, values[m:])

    def test_step(
        self: Any, state: State, data: Any
    ) -> tuple[dict[str, Tensor], State]:
        """Losses and metrics of a batch."""
        batch = self._as_batch(data)
        trainable, others, metrics = state
        variables = self.trainable_variables + self.non_trainable_variables

        def run() -> dict[str, Tensor]:
            total, losses, outputs = self._forward(batch, training=False)
            return self._finish(batch, total, losses, outputs, training=False)

        logs, values = _scoped(
            variables + self.metrics_variables,
            [*trainable, *others, *metrics],
            run,
        )
        n, m = len(trainable), len(variables)
        return logs, (values[:n], values[n:m], values[m:])


@contextlib.contextmanager
def _unlike_any(model: Any, name: str) -> Iterator[None]:
    """Let Keras find a function that is equal to no other as a step.

    JAX keeps what it traced by the function, and a model's step is equal to
    itself: phases that train the same weights by other losses would all run
    the trace of the first.
    """
    vars(model)[name] = functools.partial(getattr(model, name))
    try:
        yield
    finally:
        del vars(model)[name]


@contextlib.contextmanager
def _refusing_indivisible_batches() -> Iterator[None]:
    """Say of a batch that devices cannot share how to have another one."""
    try:
        yield
    except ValueError as error:
        distribution = keras.distribution.distribution()
        # A class of its own, which JAX does not export.
        kind = type(error).__name__
        if distribution is None or kind != "IndivisibleError":
            raise
        raise ValueError(
            "Each batch must be divisible among the "
            f"{distribution.num_model_replicas} devices of {distribution}. "
            "Choose such a batch_size, and leave a smaller last batch out: "
            "clips(..., training=True) and dataset.batch(..., "
            f"drop_remainder=True) do. Received: {error}"
        ) from error


def _scoped(
    variables: list[keras.Variable],
    values: list[Tensor],
    function: Callable[[], Any],
) -> tuple[Any, list[Tensor]]:
    """Call with variables bound to values; return result and new values."""
    mapping = list(zip(variables, values))
    with keras.StatelessScope(mapping, collect_losses=True) as scope:
        result = function()
    return result, [scope.get_current_value(v) for v in variables]


def _apply(
    model: Any,
    gradients: list[Tensor],
    values: list[Tensor],
    slots: list[Tensor],
) -> tuple[list[Tensor], list[Tensor]]:
    """Apply the optimizer; frozen variables have no gradient and keep."""
    variables = model.trainable_variables + model.non_trainable_variables
    place = {id(v): i for i, v in enumerate(variables)}
    places = [place[id(v)] for v in model.freezing.optimized]
    gradients = [*gradients, *[None] * (len(values) - len(gradients))]
    with warnings.catch_warnings():
        # `stateless_apply` takes all variables. Those of a frozen part have
        # no gradient: it skips them with a warning for each.
        warnings.filterwarnings("ignore", "Gradients do not exist")
        updated, slots = model.optimizer.stateless_apply(
            slots,
            [gradients[i] for i in places],
            [values[i] for i in places],
        )
    values = list(values)
    for i, value in zip(places, updated):
        values[i] = value
    return values, slots
