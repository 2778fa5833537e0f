"""Export a cheap student to LiteRT and ONNX, and run it without Keras.

    python examples/listen_to_look.py
    pip install 'keras_av[litert,onnx]'
    python examples/export_student.py

The student looks at one frame and listens; `examples/listen_to_look.py` has
distilled it. Each file is run in its own runtime and compared with Keras before
it is called done. Then a program that imports NumPy and a runtime, and nothing
else, encodes test clips, and the nearest training clip by its descriptors names
their classes.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import pathlib
import subprocess
import sys

import keras
import numpy as np
from absl import flags

from keras_av.cli.run_program import run_program
from keras_av.data import ClipSpec, Manifest, clips, generated_set
from keras_av.export import export_model
from keras_av.metrics import knn_accuracy
from keras_av.models import Preset
from keras_av.report import format_table

FLAGS = flags.FLAGS
flags.DEFINE_string("preset", "out/listen_to_look/student", "Its folder.")
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_string("output", "out/export_student", "Folder for the files.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "Clips of the preset.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")

# What a server or a phone does. These lines are also in the card of each file.
PROGRAMS = {
    "litert": """
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter

run = Interpreter("model.tflite").get_signature_runner()
for side in ("train", "test"):
    clips = dict(np.load(f"../{side}.npz"))
    np.save(f"{side}.npy", *run(**clips).values())
print("LiteRT, with Keras:", "keras" in sys.modules)
""",
    "onnx": """
import sys
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
for side in ("train", "test"):
    clips = dict(np.load(f"../{side}.npz"))
    np.save(f"{side}.npy", *session.run(None, clips))
print("ONNX, with Keras:", "keras" in sys.modules)
""",
}


def read(files, spec, student):
    """Frames, sound and labels in memory."""
    batches = list(clips(files, spec, batch_size=16).as_numpy_iterator())
    data = {
        name: np.concatenate([batch[name] for batch in batches])
        for name in ("video", "audio", "has_audio", "label")
    }
    data["image"] = data.pop("video")[:, student.frame]
    return data


def main(_):
    smoke = FLAGS.scale == "smoke"
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    # 1. Files and clips: those that the student was trained on.
    if FLAGS.data is None:
        num_train, num_test = (32, 16) if smoke else (320, 128)
        files = generated_set(num_train=num_train, num_test=num_test)
        sides = [files.where(split=side) for side in ("train", "test")]
    else:
        files = Manifest.from_folder(FLAGS.data)
        sides = files.split_by_group(0.25, seed=FLAGS.seed)
    spec = ClipSpec(
        num_frames=8 if smoke else 16,
        frame_stride=4 if smoke else 2,
        size=32 if smoke else 48,
        audio_seconds=2.0,
    )
    student = Preset.from_preset(FLAGS.preset)
    data = {}
    for side, one in zip(("train", "test"), sides):
        data[side] = read(one, spec, student)
        inputs = {k: v for k, v in data[side].items() if k != "label"}
        np.savez(output / f"{side}.npz", **inputs)

    def measure(train, test):
        labels = [data[side]["label"] for side in ("train", "test")]
        return knn_accuracy(train, labels[0], test, labels[1], k=1)

    # 2. Keras itself.
    descriptors = [
        student.predict(data[side], verbose=0)["fused"] for side in data
    ]
    columns = {"Keras": {"accuracy": measure(*descriptors)}}

    # 3. Each file: written, compared, and run without Keras.
    for format, program in PROGRAMS.items():
        folder = output / format
        report = export_model(student, folder, format, overwrite=True)
        subprocess.run([sys.executable, "-c", program], cwd=folder, check=True)
        found = [np.load(folder / f"{side}.npy") for side in data]
        columns[format] = {
            "accuracy": measure(*found),
            "difference, 1e-6": 1e6 * report.difference,
            "MB": report.num_bytes / 1e6,
            "ms a clip": 1e3 * report.latency,
        }
        print((folder / "README.md").read_text())
    labels = data["test"]["label"]
    columns["chance"] = {"accuracy": np.bincount(labels).max() / len(labels)}
    print(f"{keras.backend.backend()}, {len(labels)} test clips")
    print(format_table(columns, len(labels)))


if __name__ == "__main__":
    run_program(main)
