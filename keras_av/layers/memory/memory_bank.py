"""Memory bank: one unit vector per training clip."""

import contextlib
from collections.abc import Sequence
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from keras_av.layers.memory.alias_table import alias_table
from keras_av.layers.memory.check_sizes import check_sizes
from keras_av.layers.memory.draws import (
    none_of,
    past,
    replace_draws,
    rows_left_out,
)
from keras_av.layers.memory.merged import merged
from keras_av.layers.memory.momentum import (
    LearningRateSchedule,
    check_momentum,
    is_schedule,
    momentum_from_config,
    momentum_to_config,
    next_momentum,
)
from keras_av.layers.memory.state import add_state, draw_rows
from keras_av.ops.host_memory import host_memory
from keras_av.ops.replicas import replica_draw, replica_gather
from keras_av.ops.rows import read_rows, write_rows
from keras_av.ops.types import Array, Tensor


@keras.saving.register_keras_serializable(package="keras_av")
class MemoryBank(keras.layers.Layer):
    """Embeddings of all training clips, one row each, updated with momentum.

    A training step scores against the current rows and then updates those of
    its own clips:

        row <- normalize(momentum * row + (1 - momentum) * embedding).

    Rows have no gradient, and none reaches the momentum, which therefore cannot
    be learned. Reads and writes touch only the given rows, so the
    time of a step does not grow with `num_rows`. Of several replicas the
    updates are gathered and each replica applies all of them: an epoch gives
    the same bank on two replicas as on one.

    Rows begin at random, and negatives are drawn among all of them, as in the
    original programs, until as many clips have been seen as there are rows,
    about one epoch. From then on only rows that have been written are drawn:
    those of clips that are silent or cannot be read would stay random. A draw
    of another row is replaced by the nearest draw before it of a written one.

    References:
        - [Wu et al., 2018](https://arxiv.org/abs/1805.01978)
        - [Tian et al., 2020](https://arxiv.org/abs/1906.05849)
        - [Morgado et al., 2021](https://arxiv.org/abs/2004.12943)

    Args:
        num_rows: Number of clips; every `index` is in `[0, num_rows)`.
        dim: Size of an embedding.
        momentum: Share of the old row that an update keeps, in `[0, 1]`, or a
            `keras.optimizers.schedules.LearningRateSchedule` of it over the
            updates of the bank: the first one takes its value at 0. Updates
            that are given a momentum of their own do not count, and `reset`
            starts it again. Defaults to 0.5, as in the original programs.
        renormalize: Whether an update scales rows to unit length. Defaults to
            True.
        num_negatives: Number of negatives that `sample` draws for each clip,
            with replacement. Defaults to 1024.
        shared_negatives: Whether all clips of a batch share the same
            negatives, which is much cheaper for large batches. Defaults to
            False.
        exclude_self: Whether to exclude a clip's own row from its negatives.
            Defaults to True.
        duplicates: Treatment of clips that occur more than once in an update:
            `"last"` uses the last embedding, `"mean"` the average. Defaults to
            `"last"`.
        initial_rows: `"unit"` for random directions, or `"uniform"` for
            `U(-s, s)` with `s = sqrt(3 / dim)`, which is not of unit length.
            Defaults to `"unit"`.
        weighted_negatives: Whether `weight_negatives` sets weights by which
            negatives are drawn, until when all are equal; draws of rows that
            are left out become others. Defaults to False, uniform draws.
        on_host: Whether the rows stay in the memory of the host, where they
            are larger than that of the accelerator: only those of a step are
            copied. On JAX a layout of `keras.distribution.ModelParallel`
            shares them among devices instead. Defaults to False.
        seed: Integer seed of the initial rows and the negatives.

    Examples:

    >>> import numpy as np
    >>> from keras_av.layers import MemoryBank
    >>> bank = MemoryBank(num_rows=100, dim=8, num_negatives=16, seed=0)
    >>> index = np.array([3, 7])
    >>> tuple(bank.lookup(index).shape)
    (2, 8)
    >>> tuple(bank.lookup(bank.sample(index)).shape)
    (2, 16, 8)
    >>> bank.update(index, np.eye(2, 8, dtype="float32"))
    """

    def __init__(
        self,
        num_rows: int,
        dim: int,
        momentum: float | LearningRateSchedule = 0.5,
        renormalize: bool = True,
        *,
        num_negatives: int = 1024,
        shared_negatives: bool = False,
        exclude_self: bool = True,
        duplicates: Literal["last", "mean"] = "last",
        initial_rows: Literal["unit", "uniform"] = "unit",
        weighted_negatives: bool = False,
        on_host: bool = False,
        seed: int | None = None,
        **kwargs: object,
    ):
        super().__init__(**kwargs)
        check_sizes(num_rows, dim, num_negatives)
        check_momentum(momentum)
        if duplicates not in ("last", "mean"):
            raise ValueError(
                f"duplicates must be 'last' or 'mean'. Received: {duplicates!r}"
            )
        if initial_rows not in ("unit", "uniform"):
            raise ValueError(
                "initial_rows must be 'unit' or 'uniform'. Received: "
                f"{initial_rows!r}"
            )
        self.num_rows = num_rows
        self.dim = dim
        self._momentum = momentum
        self.renormalize = renormalize
        self.num_negatives = num_negatives
        self.shared_negatives = shared_negatives
        self.exclude_self = exclude_self
        self.duplicates = duplicates
        self.initial_rows = initial_rows
        self.weighted_negatives = weighted_negatives
        self.on_host = on_host
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: object = None) -> None:
        """Make the rows. The first use of the bank does it if nobody has.

        A bank that is only copied, by a method for each of its modalities,
        never takes the memory of its rows.
        """
        place = host_memory() if self.on_host else contextlib.nullcontext()
        with place:
            self._add_state()
        draw_rows(self.rows, self.seed, self.initial_rows)

    def _add_state(self) -> None:
        self.rows = add_state(self, "rows", (self.num_rows, self.dim), "zeros")
        # 1 for rows that have been updated.
        self.written = add_state(self, "written", (self.num_rows,), "zeros")
        # Number of clips seen, silent ones included, at most `num_rows`.
        self.seen = add_state(self, "seen", (1,), "zeros", "int")
        # Where the schedule is, if there is one.
        self.num_updates: keras.Variable | None = None
        if is_schedule(self._momentum):
            self.num_updates = add_state(
                self, "num_updates", (1,), "zeros", "int"
            )
        # The table of Walker's alias method.
        self.probability: keras.Variable | None = None
        if self.weighted_negatives:
            shape = (self.num_rows,)
            self.probability = add_state(self, "probability", shape, "ones")
            self.alias = add_state(self, "alias", shape, "zeros", "int32")

    @property
    def momentum(self) -> float | LearningRateSchedule:
        """Share of the old row that an update keeps, or a schedule of it."""
        return self._momentum

    def _build_once(self) -> None:
        if not self.built:
            self.build()

    def lookup(self, index: Tensor) -> Tensor:
        """Read rows.

        Args:
            index: Integers in `[0, num_rows)`, of any shape.

        Returns:
            The rows, `(*index.shape, dim)`, float32, without gradient; NaN
            for an index that is out of range.
        """
        self._build_once()
        index, inside = self._inside(index)
        rows = read_rows(self.rows, index)
        return ops.where(inside[..., None], rows, float("nan"))

    def _inside(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest rows that exist, and whether they are those asked for.

        Backends disagree about rows out of range: an error, zeros, the last
        row or NaN.
        """
        index = ops.cast(index, "int32")
        nearest = ops.clip(index, 0, self.num_rows - 1)
        return nearest, nearest == index

    def call(self, index: Tensor) -> Tensor:
        """The same as `lookup`."""
        return self.lookup(index)

    def sample(self, index: Tensor, skip: Tensor | None = None) -> Tensor:
        """Draw random rows as negatives.

        Args:
            index: Rows of the clips to draw for, `(batch,)`.
            skip: Optional other rows, int32 `(batch, count)`, all of a clip
                different, that are no negatives of it, such as its positives.

        Returns:
            int32 row numbers, `(batch, num_negatives)`; with
            `shared_negatives` one set, `(num_negatives,)`, which may include
            rows of the batch and those to skip.
        """
        self._build_once()
        if self.shared_negatives:
            shape = (self.num_negatives,)
            return self._among_written(self._draw(shape, self.num_rows))
        index = ops.cast(index, "int32")
        left_out = rows_left_out(index if self.exclude_self else None, skip)
        num_choices = self.num_rows
        if left_out is not None and self.probability is None:
            num_choices -= left_out.shape[1]
        drawn = replica_draw(
            lambda size: self._draw((size, self.num_negatives), num_choices),
            ops.shape(index)[0],
        )
        allowed = None
        if left_out is not None and self.probability is None:
            drawn = past(drawn, left_out)
        elif left_out is not None:
            allowed = none_of(drawn, left_out)
        return self._among_written(drawn, allowed)

    def _among_written(
        self, drawn: Tensor, allowed: Tensor | None = None
    ) -> Tensor:
        """Replace draws of rows that have not been written, once it is time."""
        seen = read_rows(self.seen, ops.zeros((1,), "int32"))
        good = (read_rows(self.written, drawn) > 0) | (seen < self.num_rows)
        if allowed is not None:
            good = good & allowed
        return replace_draws(drawn, good)

    def _draw(self, shape: tuple[int, ...], num_choices: int) -> Tensor:
        drawn = keras.random.randint(
            shape, 0, num_choices, dtype="int32", seed=self.seed_generator
        )
        if self.probability is None:
            return drawn
        chance = keras.random.uniform(shape, seed=self.seed_generator)
        kept = chance < read_rows(self.probability, drawn)
        return ops.where(kept, drawn, read_rows(self.alias, drawn))

    def weight_negatives(self, weights: Sequence[float] | Array) -> None:
        """Set the weights by which negatives are drawn.

        Args:
            weights: Weights of all rows, `(num_rows,)`, not negative; they
                need not sum to 1.

        Raises:
            ValueError: If the bank was made without `weighted_negatives`, or
                there are other than `num_rows` such weights.
        """
        self._build_once()
        if self.probability is None:
            raise ValueError(
                "This bank draws uniformly. Make it with MemoryBank(..., "
                "weighted_negatives=True)."
            )
        if np.shape(weights) != (self.num_rows,):
            raise ValueError(
                f"Expected a weight for each of {self.num_rows} rows. Received "
                f"weights of shape {np.shape(weights)}"
            )
        probability, alias = alias_table(weights)
        self.probability.assign(probability)
        self.alias.assign(alias)

    def update(
        self,
        index: Tensor,
        embeddings: Tensor,
        mask: Tensor | None = None,
        momentum: float | None = None,
    ) -> None:
        """Move the rows of a batch towards its embeddings.

        Args:
            index: Rows of the clips, `(batch,)`. One that is out of range
                changes nothing.
            embeddings: Embeddings of the clips, `(batch, dim)`.
            mask: Optional booleans, `(batch,)`. False leaves a row unchanged.
            momentum: Share of the old rows to keep. Defaults to the momentum
                of the bank.
        """
        self._build_once()
        share = momentum
        if share is None:
            share = next_momentum(self._momentum, self.num_updates)
        index, inside = self._inside(replica_gather(index))
        embeddings = replica_gather(ops.cast(embeddings, "float32"))
        if mask is None:
            mask = inside
        else:
            mask = inside & replica_gather(ops.cast(mask, "bool"))
        embeddings, mask = merged(
            index, embeddings, mask, mean=self.duplicates == "mean"
        )
        old = read_rows(self.rows, index)
        new = share * old + (1.0 - share) * embeddings
        if self.renormalize:
            new = ops.normalize(new, axis=-1)
        write_rows(self.rows, index, ops.where(mask[:, None], new, old))
        written = read_rows(self.written, index)
        write_rows(self.written, index, ops.where(mask, 1.0, written))
        first = ops.zeros((1,), "int32")
        seen = read_rows(self.seen, first)
        added = ops.cast(ops.shape(index)[0], seen.dtype)
        write_rows(self.seen, first, ops.minimum(seen + added, self.num_rows))

    def reset(self) -> None:
        """Restore the initial rows and mark all of them as unwritten.

        A schedule of the momentum starts again.
        """
        self._build_once()
        draw_rows(self.rows, self.seed, self.initial_rows)
        self.written.assign(ops.zeros((self.num_rows,), "float32"))
        self.seen.assign(ops.zeros((1,), self.seen.dtype))
        if self.num_updates is not None:
            self.num_updates.assign(ops.zeros((1,), self.num_updates.dtype))

    def load_own_variables(self, store: Any) -> None:
        values = {key: store[key] for key in store.keys()}
        # Files of earlier versions have rows and marks only.
        values.setdefault("2", np.sum(values["1"], keepdims=True))
        if self.num_updates is not None:
            # Files of a bank with a constant momentum.
            values.setdefault("3", np.zeros(1, "int32"))
        super().load_own_variables(values)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return (*input_shape, self.dim)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "MemoryBank":
        momentum = momentum_from_config(config.get("momentum", 0.5))
        return cls(**{**config, "momentum": momentum})

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_rows": self.num_rows,
            "dim": self.dim,
            "momentum": momentum_to_config(self._momentum),
            "renormalize": self.renormalize,
            "num_negatives": self.num_negatives,
            "shared_negatives": self.shared_negatives,
            "exclude_self": self.exclude_self,
            "duplicates": self.duplicates,
            "initial_rows": self.initial_rows,
            "weighted_negatives": self.weighted_negatives,
            "on_host": self.on_host,
            "seed": self.seed,
        }
