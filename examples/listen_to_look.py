"""Distil a video network into one image and its sound, then skim long videos.

    python examples/listen_to_look.py                # the generated sets
    python examples/listen_to_look.py --data=FOLDER  # FOLDER/class/clip.mp4
    KERAS_BACKEND=torch python examples/listen_to_look.py --scale=smoke

A teacher learns from labels to classify clips by their frames. Students that
see one frame, hear the sound, or both, learn from the teacher alone. The one
with both senses then learns from labels as well, encodes long videos clip by
clip, and skimmers learn where in them to look. The run ends with a table of
accuracy and cost, and leaves in --output the student as a preset, table.json
and pictures of accuracy over cost.
"""

import common
import keras
import numpy as np
from absl import app, flags
from listen_to_look_clips import Clips
from listen_to_look_table import Table
from listen_to_look_videos import STEPS, Videos

from keras_av.models import Preset

FLAGS = flags.FLAGS
# The students: what they lack of senses and of losses.
STUDENTS = {
    "student": {},
    "image only": {"audio_encoder": None},
    "audio only": {"image_encoder": None},
    "L1 alone": {"kl_weight": 0.0},
    "KL alone": {"l1_weight": 0.0},
}


def main(_):
    """Train, distil, skim, measure."""
    table = Table(common.output_folder("listen_to_look"))
    clips = Clips(table)
    teacher = clips.teach()
    clips.measure("teacher", teacher)
    students = {}
    for name, options in STUDENTS.items():
        students[name] = clips.distil(name, teacher, **options)
        clips.measure(name, students[name])

    tuned = clips.fine_tune(students["student"])
    clips.measure("fine-tuned", tuned)
    videos = Videos(clips, tuned)
    videos.measure("all")
    for num_steps in STEPS[FLAGS.scale]:
        for selection in ("uniform", "random", "skimming"):
            videos.measure(selection, num_steps)
    table.report()
    inside_another_model(tuned.folder / "student", clips.clip)


def inside_another_model(preset, clip):
    """Use the student in a model of one's own."""
    encoder = Preset.from_preset(preset, trainable=False)
    values = {"image": clip["video"][:, 0], "audio": clip["audio"]}
    inputs = {
        name: keras.Input(np.shape(value)[1:], name=name)
        for name, value in values.items()
    }
    outputs = keras.layers.Dense(2)(encoder(inputs)["fused"])
    model = keras.Model(inputs, outputs)
    shape = model.predict(values, verbose=0).shape
    print(f"The student inside another model gives {shape}.")


if __name__ == "__main__":
    app.run(main)
