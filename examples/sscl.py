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
    learning = {
        **encoders,
        **common.learning(dataset),
        "joint_mode": FLAGS.joint_mode,
        "num_negatives": common.num_negatives(dataset),
    }
    epochs, rate = common.scale().epochs, FLAGS.learning_rate
    learning["optimizer"] = rules.adam(learning_rate=rate, final_share=0.5)
    stage1 = rules.sscl(
        folder / "stage1", **learning, stage=1, epochs=epochs[:2]
    )
    # It goes on as slowly as stage I ends.
    learning["optimizer"] = rules.adam(learning_rate=rate / 2, final_share=0.1)
    stage2 = rules.sscl(
        folder / "stage2", **learning, stage=2, epochs=epochs[2:], init=stage1
    )
    untrained = rules.untrained(folder / "untrained", **encoders)
    models = {"untrained": untrained, "stage I": stage1, "stage II": stage2}
    common.report(models, folder)


if __name__ == "__main__":
    app.run(main)
