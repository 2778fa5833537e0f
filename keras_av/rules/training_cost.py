"""The rule for what it cost to train a model."""

import json
import pathlib
from collections.abc import Sequence

from keras_av.evaluation import count_flops
from keras_av.rules.model import Model
from keras_av.rules.run import COST
from keras_av.rules.scores import Scores
from keras_av.workspace import rule


def _plan(folder: pathlib.Path, *, stages: Sequence[Model]) -> Scores:
    if not stages:
        raise ValueError("stages must be one or more models. Received: none")
    return Scores(folder)


@rule(plan=_plan)
def training_cost(output: Scores, *, stages: Sequence[Model]) -> None:
    """Number of updates and of clips, and the cost of a clip.

    Rivals are compared at equal cost if they agree in all three.

    Args:
        output: Folder of the result.
        stages: The trained models of all stages of training, in order.

    Returns:
        `Scores` with `updates`, the steps of the optimizers of all stages;
        `clips`, how many were seen in them, each as often as it was; and
        `MFLOPs`, millions of multiply-adds of a forward pass of one clip
        through the backbones of the last stage, see
        `keras_av.evaluation.count_flops`.
    """
    found = {"updates": 0.0, "clips": 0.0}
    for stage in stages:
        file = stage.folder / COST
        if file.exists():
            cost = json.loads(file.read_text("utf-8"))
            found = {name: found[name] + cost[name] for name in found}
    last = stages[-1]
    multiply_adds = sum(
        count_flops(last.backbone(modality)) for modality in last.modalities
    )
    output.save(found | {"MFLOPs": multiply_adds / 1e6})
