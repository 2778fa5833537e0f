"""Distil a video network into one of a single image and its sound.

    python examples/listen_to_look.py                # the generated set
    python examples/listen_to_look.py --data=FOLDER  # FOLDER/class/clip.mp4

A teacher classifies clips by all frames. Students that see one, hear the sound,
or both, learn from it; they are presets of the resumable run, with report.html.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import pathlib

import keras
import numpy as np
from absl import flags

from keras_av.callbacks import Backup, EpochLog
from keras_av.cli.run_program import run_program
from keras_av.data import ClipSpec, Manifest, clips, generated_set
from keras_av.evaluation import count_flops
from keras_av.layers import FusionMLP, LogMelSpectrogram, log_mel_statistics
from keras_av.methods import ListenToLook, Supervised
from keras_av.models import (
    ImageAudioEncoder,
    Preset,
    R2Plus1DBackbone,
    listen_to_look_audio,
    listen_to_look_image,
    with_descriptor,
)
from keras_av.report import RunPage, format_table, read_log

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_string("output", "out/listen_to_look", "Folder for the results.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "How much to train.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")

STUDENTS = {
    "student": ("image", "audio"),
    "image only": ("image",),
    "audio only": ("audio",),
}


def main(_):
    smoke, output = FLAGS.scale == "smoke", pathlib.Path(FLAGS.output)
    keras.utils.set_random_seed(FLAGS.seed)

    # 1. Files: a manifest says which there are, and of which class.
    if FLAGS.data is None:
        num_train, num_test = (32, 16) if smoke else (320, 128)
        files = generated_set(num_train=num_train, num_test=num_test)
        sides = [files.where(split=side) for side in ("train", "test")]
    else:
        files = Manifest.from_folder(FLAGS.data)
        sides = files.split_by_group(0.25, seed=FLAGS.seed)
    train_files, test_files = sides

    # 2. Clips: frames and the sound of the same moment, kept in memory.
    spec = ClipSpec(
        num_frames=8 if smoke else 16,
        frame_stride=4 if smoke else 2,
        size=32 if smoke else 48,
        audio_seconds=2.0,
    )
    size = min(16 if smoke else 32, len(train_files) // 2)
    train = clips(
        train_files, spec, size, training=True, seed=FLAGS.seed, cache=True
    )
    test = clips(test_files, spec, 32, cache=True)
    one = next(iter(test.unbatch().batch(1).as_numpy_iterator()))
    columns, logs, answers = {}, {}, {}

    def fit(model, name, epochs):
        num_steps = epochs * int(train.cardinality())
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, num_steps, 0.02, "rate", 1e-3, min(20, num_steps // 4)
        )
        model.compile(keras.optimizers.Adam(rate))
        path = output / f"{name.replace(' ', '_')}_backup"
        backup = Backup(path, clips=train, delete_checkpoint=False)
        log = EpochLog(output / f"{name}.csv")
        model.fit(train, epochs=epochs, callbacks=[backup, log], verbose=2)
        logs[name] = read_log(output / f"{name}.csv")

    def measure(name, model, network, inputs):
        found = model.evaluate(test, verbose=0, return_dict=True)
        shapes = keras.tree.map_structure(lambda x: x.shape[1:], inputs)
        flops = count_flops(network, shapes)
        columns[name] = {"accuracy": found["accuracy"], "MFLOPs": flops / 1e6}
        answers[name] = model.predict(test, verbose=0).argmax(axis=1)

    # 3. The teacher: a classifier of clips by their frames.
    width = 8 if smoke else 16
    scale = keras.layers.Rescaling(1 / 127.5, -1.0)
    video = R2Plus1DBackbone(10, width, spec.video_shape, preprocessor=scale)
    teacher = keras.Sequential([video, keras.layers.Dense(files.num_classes)])
    model = Supervised(teacher, label_smoothing=0.1)
    fit(model, "teacher", 1 if smoke else 40)
    measure("teacher", model, teacher, one["video"])

    # 4. Students: they learn from what the teacher says, without labels.
    mean, std = log_mel_statistics(LogMelSpectrogram(num_mel_bins=40), train)
    dim, width = 8 * width, max(8, 3 * width // 4)
    for name, senses in STUDENTS.items():
        keras.utils.set_random_seed(FLAGS.seed)
        listen = LogMelSpectrogram(
            num_mel_bins=40, sequence_stride=320, mean=mean, std=std
        )
        image = listen_to_look_image(spec.size, 10, width)
        audio = listen_to_look_audio(
            spec.num_samples, depth=10, width=width, preprocessor=listen
        )
        student = ImageAudioEncoder(
            image if "image" in senses else None,
            audio if "audio" in senses else None,
            FusionMLP(dim, 2 * dim, "he_normal"),
        )
        model = ListenToLook(student, with_descriptor(teacher), kl_weight=100.0)
        fit(model, name, 1 if smoke else 30)
        inputs = {key: one[key] for key in ("video", "audio")}
        measure(name, model, student, inputs)
        student.save_to_preset(output / name.replace(" ", "_"), overwrite=True)

    # 5. What was learned, beside chance.
    chance = np.bincount(test_files.label).max() / len(test_files)
    columns["chance"] = {"accuracy": chance}
    print(format_table(columns, len(test_files)))
    page = RunPage("Listen to Look")
    page.add_table(columns, num_clips=len(test_files))
    page.add_cost(columns)
    page.add_answers(answers, test, files.class_names)
    page.add_comparison(logs)
    page.write(output / "report.html")

    # 6. The student goes into any other Keras model, under any backend.
    encoder = Preset.from_preset(output / "student")
    image = keras.Input((spec.size, spec.size, 3), name="image")
    audio = keras.Input(spec.audio_shape, name="audio")
    inputs = {"image": image, "audio": audio}
    outputs = keras.layers.Dense(2)(encoder(inputs)["fused"])
    print(f"Inside another model: {keras.Model(inputs, outputs).output_shape}")


if __name__ == "__main__":
    run_program(main)
