"""The rule for contrastive pre-training of one encoder alone."""

import pathlib
from typing import Any

from keras_av.methods import InstanceDiscrimination
from keras_av.report import plot_history
from keras_av.rules.clip_spec import Clips
from keras_av.rules.component import Component
from keras_av.rules.dataset import Dataset
from keras_av.rules.encoder import Encoder
from keras_av.rules.methods.check_bank import check_bank
from keras_av.rules.methods.method import method
from keras_av.rules.model import Model
from keras_av.rules.run import Run, check_batch_size


def _plan(
    folder: pathlib.Path,
    *,
    dataset: Dataset,
    clip_spec: Clips,
    encoder: Encoder,
    batch_size: int,
    bank: Component,
    **_: Any,
) -> Model:
    encoder.check("encoder", ("video", "audio"), clip_spec)
    check_batch_size(batch_size, dataset)
    check_bank(bank, dataset, num_banks=1)
    return Model(folder, dataset, clip_spec, (encoder.modality,))


@method(InstanceDiscrimination, plan=_plan, leave_out=("key",))
def instance_discrimination(
    output: Model, run: Run, *, encoder: Encoder, **options: Any
) -> None:
    """Train an encoder of frames or of sound to tell clips apart.

    Args:
        encoder: Encoder of frames or of sound.
    """
    key: Any = encoder.modality
    model = InstanceDiscrimination(encoder.make(run), key, **options)
    log = run.fit(model)
    plot_history(log, output.folder / "curves.png", {"InfoNCE": ["instance"]})
    output.save(model, {key: model.encoder})
