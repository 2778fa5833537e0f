"""What a trained model adds to the page of a report."""

import json
from typing import Any

import keras

from keras_av.evaluation import (
    confusion_matrix,
    predict_videos,
)
from keras_av.evaluation.embed_pairs import embed_encoded, encode_towers
from keras_av.layers import MemoryBank
from keras_av.methods.contrastive.two_tower import TwoTower
from keras_av.report import RunPage, read_log
from keras_av.rules.model import Model
from keras_av.rules.run import COST
from keras_av.workspace.build.target_folder import TargetFolder

_BATCH_SIZE = 32
_NOTHING_HEARD = "No test clip has sound."


def add_model(page: RunPage, model: Model) -> None:
    """Add how a model was trained, and what it does with test clips.

    Curves of its losses, the clips that sounds and frames find, confusion of
    its classifier, its memory banks, clips that could not be read, settings and
    cost, as far as the model has them.

    Args:
        page: Page of the report.
        model: Trained model.
    """
    log = model.folder / "log.csv"
    if log.exists():
        page.add_curves(read_log(log))
    clips = model.dataset.test_clips(model.clip_spec, _BATCH_SIZE)
    names = model.dataset.files.class_names
    read = ""
    if model.has_classifier:
        found = predict_videos(
            model.load_classifier(), clips, model.classifier_key
        )
        read = clips.report.summary()
        if (found["label"] >= 0).any():
            page.add_confusion(confusion_matrix(found), names)
    method = model.load_method() if model.method.exists() else None
    if isinstance(method, TwoTower):
        encoded = encode_towers(method, clips)
        read = clips.report.summary()
        if encoded["has_audio"].any():
            pairs = embed_encoded(method, encoded)
            rate = model.clip_spec.spec.sampling_rate
            page.add_pairs(pairs, clips, rate, names)
        else:
            page.add_text("What a sound finds", _NOTHING_HEARD)
    if method is not None and (banks := _banks(method)):
        page.add_table(banks, "Memory banks")
    if read:
        page.add_text("Test clips", read)
    page.add_text("Settings", _settings(model))


def _banks(method: keras.Model) -> dict[str, dict[str, float]]:
    """Rows of each memory bank, and the share that clips have written."""
    return {
        layer.name: {
            "rows": float(layer.num_rows),
            "share written": float(
                keras.ops.convert_to_numpy(layer.written).mean()
            ),
        }
        for layer in method.layers
        if isinstance(layer, MemoryBank)
    }


def _settings(model: Model) -> str:
    """The attributes of its target, its key and what it cost."""
    found: dict[str, Any] = {}
    folder = TargetFolder(model.folder)
    if folder.is_begun:
        content = folder.content()
        about = folder.about()
        found = {"rule": content["rule"], "key": model.folder.name}
        found |= about.get("labels") or content["attributes"]
    cost = model.folder / COST
    if cost.exists():
        found |= json.loads(cost.read_text("utf-8"))
    return "\n".join(f"{name} = {value}" for name, value in found.items())
