"""First losses of the trained targets of configs/, pinned for each backend.

    KERAS_BACKEND=jax python -m tests.first_losses

rewrites those of a backend: the losses that Keras reports after each of the
first steps of each trained target at `--define=scale=smoke`, means of the
epoch so far. Teachers are trained for these steps, too.
"""

import json
import pathlib
import tempfile
from unittest import mock

import keras

from keras_av.rules import RULES
from keras_av.workspace import Builder, Graph, Label, Workspace

# The same rules as in the other packages, for hours.
LEFT_OUT = {"configs/rivals"}
ROOT = pathlib.Path(__file__).resolve().parents[1]
FILE = pathlib.Path(__file__).with_suffix(".json")
NUM_STEPS = 4


class FirstLosses(keras.callbacks.Callback):
    """Ends a run after its first steps and keeps their losses."""

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(float(logs["loss"]))
        if len(self.losses) >= NUM_STEPS:
            self.model.stop_training = True


def trained_targets(graph):
    """Labels of the targets that are trained on files that are there."""
    for package in graph.workspace.packages("configs"):
        if package in LEFT_OUT:
            continue
        for name in graph.workspace.package(package):
            node = graph.node(Label(package, name))
            nodes = map(graph.node, node.dependencies)
            if (
                "epochs" in node.target.rule.attributes
                and not any(one.provider.missing() for one in nodes)
                # Other seeds train the same networks by the same losses.
                and "seed" not in name
            ):
                yield node.label


def first_losses(folder):
    """Losses of each target by its label, built in a folder."""
    workspace = Workspace(ROOT, RULES, {"scale": "smoke"})
    graph = Graph(workspace, folder)
    found, runs = {}, []
    if keras.backend.backend() == "torch":
        import torch

        # On two AVX2 cores the weights' gradient of a small 1 x 1 convolution
        # in oneDNN (jit_avx2_1x1_convolution_bwd_weights) may never return.
        torch.backends.mkldnn.enabled = False

    def recorder(clips):
        runs.append(FirstLosses())
        return runs[-1]

    with mock.patch("keras_av.rules.run.StopOnNaN", recorder):
        for label in trained_targets(graph):
            assert Builder(graph).build([label]), label
            # Those of the target itself, after its teachers'.
            found[str(label)] = runs[-1].losses
    return found


def main():
    with tempfile.TemporaryDirectory() as folder:
        found = first_losses(pathlib.Path(folder))
    # Only now: another backend's may have been written meanwhile.
    pinned = json.loads(FILE.read_text()) if FILE.exists() else {}
    pinned[keras.backend.backend()] = found
    FILE.write_text(json.dumps(pinned, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
