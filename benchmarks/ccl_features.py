"""How much the sound of UCF101's 51 classes with sound tells of them.

    python benchmarks/ccl_features.py --data=FOLDER

A linear probe of precomputed audio embeddings, the ones that an audio teacher
of compositional contrastive learning starts from, by the three official
splits. `FOLDER/ucf51_audio_features.npz` holds `features`, (num, 512), `labels`
and, 1 for the test side, `test_split1` to `test_split3`, (num,) each.
"""

import pathlib

import numpy as np
from absl import app, flags

from keras_av.evaluation import linear_probe

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of the features.", required=True)

_FILE = "ucf51_audio_features.npz"
_SPLITS = (1, 2, 3)
# Inverse of the penalty: ten times more or less is no better on a third of the
# training side that is held out by groups.
_C = 0.01


def probe_audio(folder):
    """Top-1 accuracy of the audio embeddings on each official split."""
    with np.load(pathlib.Path(folder) / _FILE, allow_pickle=False) as file:
        features, labels = file["features"], file["labels"]
        sides = [file[f"test_split{n}"].astype(bool) for n in _SPLITS]
    return [
        linear_probe(
            features[~test], labels[~test], features[test], labels[test], C=_C
        )[0]
        for test in sides
    ]


def main(_):
    """Measure and print."""
    accuracies = probe_audio(FLAGS.data)
    print(f"{'split':>8}{'top-1':>8}")
    for number, accuracy in zip(_SPLITS, accuracies):
        print(f"{number:8}{accuracy:8.3f}")
    print(f"{'mean':>8}{np.mean(accuracies):8.3f}")


if __name__ == "__main__":
    app.run(main)
