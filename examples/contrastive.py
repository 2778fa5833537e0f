"""Align a video and an audio encoder by cross-modal contrastive learning.

    python examples/contrastive.py                   # negatives: the batch
    python examples/contrastive.py --negatives=bank  # negatives: memory banks
    python examples/contrastive.py --data=FOLDER     # FOLDER/class/clip.mp4

The run ends with a table of what the encoders learned, beside chance, and
leaves in --output both backbones as presets, log.csv and curves.png, and in
trained/measured/retrieval a picture of what sounds find. A run that was killed
goes on where it stopped.
"""

import common
from absl import app, flags

from keras_av import rules

FLAGS = flags.FLAGS
flags.DEFINE_enum("negatives", "batch", ["batch", "bank"], "Where from.")


def main(_):
    """Train, measure, tell."""
    folder = common.output_folder("contrastive")
    dataset = common.prepare_dataset(folder)
    encoders = common.pair(dataset)
    trained = rules.contrastive(
        folder / "trained",
        **{**encoders, **common.learning(dataset)},
        epochs=sum(common.scale().epochs),
        bank=FLAGS.negatives == "bank",
        num_negatives=common.num_negatives(dataset),
    )
    untrained = rules.untrained(folder / "untrained", **encoders)
    common.report({"untrained": untrained, "trained": trained}, folder)


if __name__ == "__main__":
    app.run(main)
