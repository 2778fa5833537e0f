"""Pre-train two encoders by self-supervised curriculum learning (SSCL).

    python examples/sscl.py                    # the generated default set
    python examples/sscl.py --data=FOLDER      # FOLDER/class/clip.mp4, or flat
    KERAS_BACKEND=jax python examples/sscl.py --scale=smoke

A video and an audio encoder take turns as teacher and student, in two stages.
The run ends with a table of what they learned, beside chance, and leaves in
--output, for each stage, both backbones as presets, log.csv and curves.png,
and in stage2/measured/retrieval a picture of what sounds find. A run that was
killed goes on where it stopped when it is started again.
"""

import common
from absl import app, flags

from keras_av import rules

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "joint_mode",
    "symmetric",
    ["teacher_uni", "student", "symmetric"],
    "What trains when both encoders do; see `sscl_phases`.",
)


def main(_):
    """Train, measure, tell."""
    folder = common.output_folder("sscl")
    dataset = common.prepare_dataset(folder)
    encoders = common.pair(dataset)

    def train(stage, epochs, init=None, **rates):
        return rules.sscl(
            folder / f"stage{stage}",
            **{**encoders, **common.learning(dataset, **rates)},
            stage=stage,
            epochs=epochs,
            init=init,
            joint_mode=FLAGS.joint_mode,
            num_negatives=common.num_negatives(dataset),
        )

    epochs, half = common.scale().epochs, FLAGS.learning_rate / 2
    stage1 = train(1, epochs[:2], final_share=0.5)
    # It goes on as slowly as stage I ends.
    stage2 = train(2, epochs[2:], stage1, learning_rate=half, final_share=0.1)
    untrained = rules.untrained(folder / "untrained", **encoders)
    models = {"untrained": untrained, "stage I": stage1, "stage II": stage2}
    common.report(models, folder)


if __name__ == "__main__":
    app.run(main)
