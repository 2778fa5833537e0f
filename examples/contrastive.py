"""Align a video and an audio encoder by cross-modal contrastive learning.

    python examples/contrastive.py                   # negatives: the batch
    python examples/contrastive.py --negatives=bank  # negatives: memory banks
    python examples/contrastive.py --data=FOLDER     # FOLDER/class/clip.mp4

The run ends with a table of what the encoders learned, beside chance, and
leaves in --output both backbones as presets, log.csv, curves.png and
retrieval.png. A run that was killed goes on where it stopped.
"""

import common
import keras
from absl import app, flags

from keras_av.layers import MemoryBank
from keras_av.methods import CrossModalContrastive

FLAGS = flags.FLAGS
flags.DEFINE_enum("negatives", "batch", ["batch", "bank"], "Where from.")


def main(_):
    """Train, measure, save."""
    keras.utils.set_random_seed(FLAGS.seed)
    folder = common.output_folder("contrastive")
    train, test = common.load_manifests()
    train_clips = common.make_clips(train, training=True)
    ordered, test_clips = common.make_clips(train), common.make_clips(test)

    encoders = common.make_encoders(ordered)
    bank = None
    if FLAGS.negatives == "bank":
        bank = MemoryBank(len(train), dim=128, num_negatives=128)
    model = CrossModalContrastive(*encoders, bank=bank, seed=FLAGS.seed)

    epochs = sum(common.scale().epochs)
    probes = common.make_probes(ordered, test_clips, frequency=epochs)
    untrained = common.measure(model, probes)
    log = common.train(model, train_clips, epochs, probes, folder)

    trained = {name: log[name][-1] for name in untrained}
    stages = {"untrained": untrained, "trained": trained}
    common.print_table(stages, folder)
    losses = {"InfoNCE": list(model.loss_names)}
    common.save(model, log, losses, (), test_clips, folder)


if __name__ == "__main__":
    app.run(main)
