"""Compositional contrastive learning on real features of UCF101.

    python benchmarks/ccl_features.py --data=FOLDER

A student reads the sequence of visual features of a clip. Its teachers are the
mean of the clip's visual features and the embedding of its sound, where it has
one. Prints, from a few labels per class and from all of them, the test accuracy
and the retrieval of training clips by test clips on the official split, with
95 % intervals over seeds; then how much the sound of UCF101's 51 classes with
sound tells by itself: a linear probe by the three official splits.

`FOLDER/ucf14_paired_features.npz` holds `visual_seq_pca128` (num, 10, 128),
`visual_mean` (num, 4096), `audio` (num, 512), `has_audio`, `labels` and
`test_split1`, each (num,). `FOLDER/ucf51_audio_features.npz` holds `features`
(num, 512), `labels` and `test_split1` to `test_split3`.
"""

import pathlib

import keras
import numpy as np
from absl import app, flags
from sklearn.decomposition import PCA

from keras_av.evaluation import (
    class_retrieval,
    linear_probe,
    mean_and_interval,
)
from keras_av.methods import CompositionalContrastive
from keras_av.report import format_table

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of the features.", required=True)
flags.DEFINE_integer("seeds", 5, "Number of runs.", lower_bound=2)
flags.DEFINE_integer("shots", 5, "Labels per class, where they are few.")
flags.DEFINE_integer("steps", 600, "Steps of training.")

STUDENTS = {
    "baseline": (),
    "CCL-A": ("audio",),
    "CCL-I": ("image",),
    "CCL-AI": ("image", "audio"),
}
_DIM, _BATCH = 512, 64
_SPLITS = (1, 2, 3)
# Chosen by groups held out of the training side of split 1.
_C = 0.01


def read(name):
    """The arrays of a file."""
    path = pathlib.Path(FLAGS.data) / name
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def batches():
    """The clips, each with what its teachers say; and which are for tests."""
    file = read("ucf14_paired_features.npz")
    test = file["test_split1"].astype(bool)
    means = file["visual_mean"].astype("float32")
    # The student's size, by what the training side varies in.
    look = PCA(_DIM, random_state=0).fit(means[~test])
    clips = {
        "video": file["visual_seq_pca128"].astype("float32"),
        "teacher_image": look.transform(means).astype("float32"),
        "teacher_audio": file["audio"],
        "has_audio": file["has_audio"],
        "label": file["labels"].astype("int32"),
    }
    return clips, test


def few(labels, rows, seed):
    """Rows of some clips of each class."""
    rows = np.random.default_rng(seed).permutation(rows)
    own = [rows[labels[rows] == label] for label in np.unique(labels[rows])]
    return np.concatenate([mine[: FLAGS.shots] for mine in own])


def student():
    """A small network of sequences."""
    return keras.Sequential(
        [
            keras.Input((10, 128)),
            keras.layers.LayerNormalization(),
            keras.layers.Conv1D(256, 3, padding="same", activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(_DIM),
        ]
    )


def run(clips, train, test, senses, seed):
    """Accuracy and retrieval of one student."""
    keras.utils.set_random_seed(seed)
    num_classes = int(clips["label"].max()) + 1
    teachers = dict.fromkeys(senses)
    model = CompositionalContrastive(student(), num_classes, teachers)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, FLAGS.steps)
    jit = keras.backend.backend() == "jax"
    model.compile(keras.optimizers.Adam(rate), jit_compile=jit)
    sides = [{n: x[rows] for n, x in clips.items()} for rows in (train, test)]
    size = min(_BATCH, len(train))
    epochs = -(-FLAGS.steps // -(-len(train) // size))
    model.fit(sides[0], batch_size=size, epochs=epochs, verbose=0)
    found = [
        {
            "features": model.student.predict(side["video"], verbose=0),
            "label": side["label"],
        }
        for side in sides
    ]
    right = model.evaluate(sides[1], verbose=0, return_dict=True)["accuracy"]
    retrieved = class_retrieval(*found)
    names = ("recall@1", "recall@5", "map")
    return {"accuracy": right, **{name: retrieved[name] for name in names}}


def compare(title, clips, choose, test):
    """Print a row for each student."""
    columns = {}
    for name, senses in STUDENTS.items():
        runs = [
            run(clips, choose(seed), test, senses, seed)
            for seed in range(FLAGS.seeds)
        ]
        for measured in runs[0]:
            found = mean_and_interval([r[measured] for r in runs])
            columns.setdefault(measured, {})[name] = found
    print(f"\n{title}\n{format_table(columns)}", flush=True)


def probe_audio():
    """Print the accuracy of the sound alone on each official split."""
    file = read("ucf51_audio_features.npz")
    features, labels = file["features"], file["labels"]
    print("\nA linear probe of the sound, 51 classes")
    accuracies = []
    for number in _SPLITS:
        test = file[f"test_split{number}"].astype(bool)
        sides = features[~test], labels[~test], features[test], labels[test]
        accuracies.append(linear_probe(*sides, C=_C)[0])
        print(f"split {number}:{accuracies[-1]:8.3f}")
    print(f"mean:   {np.mean(accuracies):8.3f}")


def main(_):
    """Train and compare students, then probe the sound."""
    clips, held_out = batches()
    train, test = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    labels = clips["label"]
    print(
        f"{len(train)} clips to learn from, {len(test)} to test on, "
        f"{labels.max() + 1} classes, {clips['has_audio'].mean():.0%} heard"
    )
    title = f"{FLAGS.shots} labels per class"
    compare(title, clips, lambda seed: few(labels, train, seed), test)
    compare("All labels", clips, lambda seed: train, test)
    probe_audio()


if __name__ == "__main__":
    app.run(main)
