"""Pre-train two encoders by self-supervised curriculum learning (SSCL).

    python examples/sscl.py                    # the generated default set
    python examples/sscl.py --data=FOLDER      # FOLDER/class/clip.mp4, or flat
    KERAS_BACKEND=jax python examples/sscl.py --scale=smoke

A video and an audio encoder take turns as teacher and student, in two stages.
The run ends with a table of what they learned, beside chance, and leaves in
--output both backbones as presets, log.csv, curves.png and retrieval.png. A run
that was killed goes on where it stopped when it is started again.
"""

import common
import keras
from absl import app, flags

from keras_av.callbacks import Curriculum
from keras_av.layers import MemoryBank
from keras_av.methods import SSCL, sscl_phases

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "joint_mode",
    "symmetric",
    ["teacher_uni", "student", "symmetric"],
    "What trains when both encoders do; see `sscl_phases`.",
)


def main(_):
    """Train, measure, save."""
    keras.utils.set_random_seed(FLAGS.seed)
    folder = common.output_folder("sscl")
    train, test = common.load_manifests()
    train_clips = common.make_clips(train, training=True)
    ordered, test_clips = common.make_clips(train), common.make_clips(test)

    video_encoder, audio_encoder = common.make_encoders(ordered)
    bank = MemoryBank(len(train), dim=128, num_negatives=128)
    model = SSCL(video_encoder, audio_encoder, bank=bank, seed=FLAGS.seed)

    phases = sscl_phases(common.scale().epochs, joint_mode=FLAGS.joint_mode)
    curriculum = Curriculum(phases, clips=ordered)
    stage = curriculum.epochs // 2
    probes = common.make_probes(ordered, test_clips, frequency=stage)
    untrained = common.measure(model, probes)
    log = common.train(
        model, train_clips, curriculum.epochs, [curriculum, *probes], folder
    )

    stages = {
        "untrained": untrained,
        "stage I": {name: log[name][stage - 1] for name in untrained},
        "stage II": {name: log[name][-1] for name in untrained},
    }
    common.print_table(stages, folder)
    losses = {"InfoNCE": list(model.loss_names)}
    names = [phase.name for phase in phases]
    common.save(model, log, losses, names, test_clips, folder)


if __name__ == "__main__":
    app.run(main)
