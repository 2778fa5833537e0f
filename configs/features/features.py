"""Rules for features of clips that other networks have computed."""

import dataclasses
import hashlib
import pathlib
from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from keras_av.evaluation import linear_probe
from keras_av.evaluation.labelled_features import largest_share
from keras_av.methods import (
    CompositionalContrastive,
    Hint,
    HintDistillation,
    Supervised,
)
from keras_av.rules import Scores
from keras_av.workspace import Provider, rule

_DIM, _BATCH_SIZE, _STEPS = 512, 64, 600
Taught = Literal["labels", "kd_labelled", "kd", "regression", "ccl"]


@dataclasses.dataclass(frozen=True)
class Arrays(Provider):
    """Arrays in an `.npz` file, one row per clip."""

    path: pathlib.Path

    def missing(self):
        if self.path.is_file():
            return None
        return (
            f"there is no {str(self.path)!r}. Put the file there, or give its "
            "folder with --define=features=..."
        )

    def digest(self):
        if self.missing():
            return "missing"
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def load(self):
        with np.load(self.path, allow_pickle=False) as file:
            return dict(file)


@rule()
def arrays(*, path: str) -> Arrays:
    """Arrays in a file.

    Args:
        path: Path of the `.npz` file.
    """
    return Arrays(pathlib.Path(path))


def _plan(folder, **_):
    return Scores(folder)


@rule(plan=_plan)
def sound_probe(
    output: Scores, *, arrays: Arrays, split: int, C: float = 0.01
) -> None:
    """Accuracy of a linear probe of the sound, on an official split.

    Args:
        output: Folder of the result.
        arrays: `features`, `labels` and `test_split1` to `test_split3`.
        split: Number of the split.
        C: Inverse of the strength of its penalty. Defaults to 0.01, chosen by
            groups held out of the training side of split 1.

    Returns:
        `Scores` with `top_1`.
    """
    found = arrays.load()
    test = found[f"test_split{split}"].astype(bool)
    features, labels = found["features"], found["labels"]
    accuracy, _ = linear_probe(
        features[~test], labels[~test], features[test], labels[test], C=C
    )
    chance = {"top_1": largest_share(labels[test])}
    output.save({"top_1": accuracy}, chance, int(test.sum()))


@rule(plan=_plan)
def sound_student(
    output: Scores,
    *,
    arrays: Arrays,
    taught: Taught,
    num_labels: int = 5,
    held_out: bool = False,
    seed: int = 0,
) -> None:
    """Accuracy of a student of sound, which a teacher of sight has taught.

    Few of the training clips have a label, the same for teacher and student.
    The teacher is a linear classifier of what is seen.

    Args:
        output: Folder of the result.
        arrays: `visual_mean`, `audio`, `has_audio`, `labels`, `groups` and
            `test_split1`.
        taught: What the student learns from: `"labels"`; with them the
            teacher's classes, of the labelled clips (`"kd_labelled"`) or of
            all (`"kd"`); its descriptors of all clips (`"regression"`); or
            both by composition (`"ccl"`).
        num_labels: Number of labelled clips of each class. Defaults to 5.
        held_out: Whether to test on a third of the training groups, to choose
            settings. Defaults to False.
        seed: Integer seed of the labelled clips and the weights. Defaults
            to 0.

    Returns:
        `Scores` with `top_1`.
    """
    keras.utils.set_random_seed(seed)
    train, test, num_classes = _clips(arrays.load(), held_out, num_labels, seed)
    known = train["label"] >= 0
    labelled = {name: values[known] for name, values in train.items()}
    teacher = _teacher(labelled)
    model = _method(taught, teacher, num_classes)
    if taught == "ccl":
        # What its student takes is called video there.
        train, test = (
            {**one, "video": one["audio"], "teacher_image": one["video"]}
            for one in (train, test)
        )
    _fit(model, labelled if taught in ("labels", "kd_labelled") else train)
    logits = model.predict(test, batch_size=len(test["label"]), verbose=0)
    right = logits.argmax(axis=1) == test["label"]
    chance = {"top_1": largest_share(test["label"])}
    output.save({"top_1": float(right.mean())}, chance, len(right))


def _teacher(labelled):
    """A linear classifier of what is seen."""
    found = LogisticRegression(max_iter=1000).fit(
        labelled["video"], labelled["label"]
    )
    classifier = keras.layers.Dense(len(found.classes_))
    teacher = keras.Sequential(
        [
            keras.Input((_DIM,)),
            keras.layers.Identity(name="seen"),
            classifier,
        ]
    )
    classifier.set_weights([found.coef_.T, found.intercept_])
    return teacher


def _method(taught, teacher, num_classes):
    """A student of sound, and what it learns from."""
    student = keras.Sequential(
        [
            keras.Input((_DIM,)),
            keras.layers.LayerNormalization(),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(_DIM, name="heard"),
        ]
    )
    classifier = keras.Sequential([student, keras.layers.Dense(num_classes)])
    if taught == "ccl":
        return CompositionalContrastive(
            student, num_classes, {"image": None}, unlabelled="instance"
        )
    if taught == "labels":
        return Supervised(classifier, "audio")
    weights = {"label_weight": 0.1, "kd_weight": 0.9}
    regression = {"hints": [Hint("seen", "heard", match="linear")]}
    return HintDistillation(
        classifier,
        teacher,
        student_key="audio",
        teacher_key="video",
        **(regression if taught == "regression" else weights),
    )


def _clips(found, held_out, num_labels, seed):
    """Training and test clips that are seen and heard."""
    heard = found["has_audio"]
    _, labels = np.unique(found["labels"][heard], return_inverse=True)
    test = found["test_split1"][heard].astype(bool)
    rows = np.arange(len(labels))
    if held_out:
        rows = rows[~test]
        test = found["groups"][heard] % 3 == 0
    means = found["visual_mean"][heard].astype("float32")
    train_rows, test_rows = rows[~test[rows]], rows[test[rows]]
    look = PCA(_DIM, random_state=0).fit(means[train_rows])
    seen = look.transform(means).astype("float32")
    scale = seen[train_rows].std()
    columns = {
        "video": seen / scale,
        "audio": found["audio"][heard],
        "label": labels.astype("int32"),
        "index": np.arange(len(labels), dtype="int32"),
    }
    train, test = (
        {name: values[part] for name, values in columns.items()}
        for part in (train_rows, test_rows)
    )
    train["label"] = _few(train["label"], num_labels, seed)
    return train, test, int(labels.max()) + 1


def _few(labels, count, seed):
    """The labels of some clips of each class, and -1 for the others."""
    order = np.random.default_rng(seed).permutation(len(labels))
    kept = np.concatenate(
        [order[labels[order] == c][:count] for c in np.unique(labels)]
    )
    few = np.full_like(labels, -1)
    few[kept] = labels[kept]
    return few


def _fit(model, clips):
    """Train for some steps, whatever the number of clips."""
    count = len(clips["label"])
    batches = tf.data.Dataset.from_tensor_slices(clips)
    batches = batches.shuffle(count).repeat().batch(_BATCH_SIZE)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, _STEPS)
    model.compile(keras.optimizers.Adam(rate))
    model.fit(batches, steps_per_epoch=_STEPS, shuffle=False, verbose=0)
