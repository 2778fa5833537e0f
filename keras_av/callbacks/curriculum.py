"""A curriculum: training phases within one `fit`."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras

from keras_av.training.phase import Phase
from keras_av.training.step_model import StepModel


class Curriculum(keras.callbacks.Callback):
    """Runs a model through phases, switching between epochs of one `fit`.

    The phase is a function of the epoch, so a resumed run (see
    `keras_av.callbacks.Backup`) resumes in the right phase. Parts that a phase
    does not train are frozen exactly: weights, BatchNormalization statistics
    and optimizer slots. `phase` in the logs is the number of the phase, from
    0. When training ends, all parts are trainable again.

    Args:
        phases: List of `keras_av.training.Phase`, in order, for example from
            `keras_av.methods.sscl_phases`.
        clips: Batches that cover each training clip once, for phases that
            begin by refreshing a memory bank:
            `keras_av.data.clips(manifest, spec, batch_size)`.

    Raises:
        ValueError: If a phase refreshes a bank and there are no `clips`, or
            if `fit` is called with more epochs than the phases have.

    Examples:

    >>> from keras_av.callbacks import Curriculum
    >>> from keras_av.methods import sscl_phases
    >>> phases = sscl_phases((10, 20, 10, 20), refresh_student_bank=False)
    >>> Curriculum(phases).epochs
    60
    """

    def __init__(
        self,
        phases: Sequence[Phase],
        clips: Iterable[dict[str, Any]] | None = None,
    ):
        super().__init__()
        self.phases = list(phases)
        self.clips = clips
        self.epochs = sum(phase.epochs for phase in phases)
        refreshing = [phase.name for phase in phases if phase.refresh]
        if refreshing and clips is None:
            raise ValueError(
                f"The phases {refreshing} begin with a forward pass that "
                "refreshes a memory bank. Pass clips=keras_av.data.clips("
                "manifest, spec, batch_size), or make phases without it, such "
                "as with sscl_phases(..., refresh_student_bank=False)."
            )

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        if not isinstance(model, StepModel):
            raise ValueError(
                "Curriculum needs a model of keras_av.methods. Received: "
                f"{type(model).__name__}"
            )
        banks = getattr(model, "bank", None) is not None
        named = [p.name for p in self.phases if p.reset == "banks" or p.refresh]
        if named and not (banks and hasattr(model, "reset_banks")):
            raise ValueError(
                f"The phases {named} reset or refresh memory banks. Received: "
                f"{type(model).__name__} without them. Pass it bank=MemoryBank"
                "(...), or make phases without reset='banks' and refresh."
            )
        mining = [p.name for p in self.phases if p.mine_every]
        if mining and not hasattr(model, "mine_positives"):
            raise ValueError(
                f"The phases {mining} mine positive sets. Received: "
                f"{type(model).__name__}, which has none. Train a "
                "CrossModalAgreement, or make phases without mine_every."
            )
        # Saved before another callback restores a backup.
        if any(phase.reset == "all" for phase in self.phases):
            self._initial_weights = model.get_weights()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        if self.params.get("epochs", 0) > self.epochs:
            raise ValueError(
                f"fit was called with {self.params['epochs']} epochs, but the "
                f"phases have {self.epochs}. Pass epochs=curriculum.epochs."
            )

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        number, first = self._locate(epoch)
        phase = self.phases[number]
        # What a run that resumes within an epoch has done before.
        if not getattr(self.model, "within_epoch", False):
            self._prepare(phase, epoch - first)
        self.model.begin_phase(phase)

    def _prepare(self, phase: Phase, epoch: int) -> None:
        """Set what an epoch of a phase, counted from its first, begins with."""
        if epoch == 0:
            if phase.reset == "all":
                self.model.set_weights(self._initial_weights)
            elif phase.reset == "banks":
                self.model.reset_banks()
            for modality in phase.refresh:
                self.model.refresh_bank(modality, self.clips)
        if phase.mine_every and epoch % phase.mine_every == 0:
            self.model.mine_positives()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if logs is not None:
            logs["phase"] = self._locate(epoch)[0]

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.model.end_phase()

    def _locate(self, epoch: int) -> tuple[int, int]:
        """The number of an epoch's phase, and that phase's first epoch."""
        first = 0
        for number, phase in enumerate(self.phases):
            if epoch < first + phase.epochs:
                return number, first
            first += phase.epochs
        raise ValueError(
            f"Epoch {epoch} is after the last phase; the phases have "
            f"{self.epochs} epochs."
        )
