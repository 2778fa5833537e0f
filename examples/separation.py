"""Take the sound of a video out of a mixture, by mixing and separating.

    python examples/separation.py                # generated videos
    python examples/separation.py --data=FOLDER  # FOLDER/class/clip.mp4

The run ends with a table of how well the sounds of unseen files are separated:
of pairs of different classes, as alike in pitch as there are, beside the
mixture, the best filter of frequencies alone, the network with the video of the
other sound, and the best mask. It leaves in --output some mixtures, sounds and
separated sounds to listen to, the video backbone, the method and log.csv.
Run it again: an interrupted run resumes, a finished one is not repeated.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import csv
import pathlib

import keras
import numpy as np
import soundfile
from absl import flags

from keras_av.callbacks import Backup, EpochLog
from keras_av.cli.run_program import run_program
from keras_av.data import (
    ClipSpec,
    GeneratedTask,
    Manifest,
    clips,
    generated_benchmark,
    prepare,
)
from keras_av.evaluation import measure_separation, separate_sounds
from keras_av.layers import ComplexSpectrogram
from keras_av.methods import Separation
from keras_av.models import ResNet3DBackbone, ResNetBackbone, SeparationUNet
from keras_av.report import format_table

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_string("output", "out/separation", "Folder for the results.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "How much to train.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")
FPS, RATE = 16, 8000


def main(_):
    smoke, output = FLAGS.scale == "smoke", pathlib.Path(FLAGS.output)
    keras.utils.set_random_seed(FLAGS.seed)

    # 1. Files: hopping bodies, each strike of which is heard.
    if FLAGS.data is None:
        task = GeneratedTask(num_classes=4 if smoke else 32)
        counts = (16, 8) if smoke else (512, 128)
        files = generated_benchmark(task, None, *counts)
        with open(f"{files.root}/numbers.csv") as rows:
            found = {row["path"]: row["pitch"] for row in csv.DictReader(rows)}
        heights = [float(found[str(path)]) for path in files.path]
        pitches = np.array(heights)[files.split == "test"]
    else:
        files = Manifest.from_folder(FLAGS.data)

    # 2. Clips: a moment of each video, another one in each epoch. At the end
    # whole videos are separated, in windows as long as a clip.
    shared = {"frame_stride": 1, "fps": FPS, "size": 32, "sampling_rate": RATE}
    spec = ClipSpec(FPS, audio_seconds=1.0, **shared)
    whole = ClipSpec(2 * FPS, audio_seconds=2.0, **shared)
    files = prepare(files, output / "prepared", spec)
    if FLAGS.data is None:
        sides = (files.where(split=side) for side in ("train", "test"))
    else:
        sides = files.split_by_group(0.25, seed=FLAGS.seed)
    train_files, test_files = sides
    batch_size = min(16, len(train_files) // 2)
    train = clips(train_files, spec, batch_size, training=True, seed=FLAGS.seed)

    # 3. Networks: a descriptor for each frame, of its most striking place and
    # of the frames around it; what they let through; and what a sound is like.
    width, shape = (4 if smoke else 8), spec.video_shape
    maps, scale = keras.layers.Identity(), keras.layers.Rescaling(1 / 127.5, -1)
    backbone = ResNet3DBackbone(10, (width,), shape, maps, scale, "mc3")
    pool = keras.layers.GlobalMaxPooling2D()
    x = keras.layers.TimeDistributed(pool)(backbone.output)
    for _ in range(2):
        x = keras.layers.Conv1D(32, 3, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    encoder = keras.Model(backbone.input, x)
    spectrogram = ComplexSpectrogram(256, 128, 256)
    shape = spectrogram.compute_output_shape((None, *spec.audio_shape))[1:]
    widths = (4,) if smoke else (12, 24, 48, 48)
    unet = SeparationUNet(shape, encoder.output_shape[1:], widths)
    sound = ResNetBackbone(10, (4,) if smoke else (8, 16), shape)

    # 4. The method: each clip is mixed with others of its batch. Triplets have
    # a tenth of the original's weight: between strikes there is little to mask.
    model = Separation(
        encoder,
        unet,
        spectrogram=spectrogram,
        sound_encoder=sound,
        cross_modal_weight=0.001,
        consistency_weight=0.001,
        seed=FLAGS.seed,
    )
    epochs = 1 if smoke else 20
    num_steps = epochs * int(train.cardinality())
    decay = keras.optimizers.schedules.CosineDecay(2e-3, num_steps, alpha=0.02)
    model.compile(keras.optimizers.Adam(decay))
    backup = Backup(output / "backup", clips=train, delete_checkpoint=False)
    log = EpochLog(output / "log.csv")
    model.fit(train, epochs=epochs, callbacks=[backup, log], verbose=2)

    # 5. Mixtures of whole unseen files, two and two of different classes.
    test = {"video": [], "audio": [], "label": [], "index": []}
    for batch in clips(test_files, whole, batch_size):
        for name, values in test.items():
            values.append(batch[name].numpy()[batch["has_audio"]])
    test = {name: np.concatenate(found) for name, found in test.items()}
    heights = test["index"] if FLAGS.data else pitches[test["index"]]
    distance = np.abs(np.subtract.outer(heights, heights)).astype("float64")
    same = np.equal.outer(test["label"], test["label"]) & (test["label"] >= 0)
    distance[same | np.eye(len(same), dtype=bool)] = np.inf
    others = distance.argmin(axis=1)
    video, audio = test["video"], test["audio"]

    # 6. How well are they separated?
    columns = measure_separation(model, video, audio, others, spec.num_samples)
    table = format_table(columns)
    print(f"{table}\n\ndB, means over {len(audio)} sounds")

    # 7. To listen to, and what goes into any other Keras model.
    levels = np.sqrt(np.mean(audio**2, axis=1, keepdims=True))
    audio = 0.1 * audio / levels
    for row, other in enumerate(others[:4]):
        mixture = audio[row] + audio[other]
        found = separate_sounds(model, video[row], mixture, spec.num_samples)
        waves = {"mixture": mixture, "separated": found, "original": audio[row]}
        for name, wave in waves.items():
            soundfile.write(output / f"{row}_{name}.wav", wave, RATE)
    model.save(output / "separation.keras")
    card = {"Method": "separation", "Scores": f"```\n{table}\n```"}
    backbone.save_to_preset(output / "backbone", overwrite=True, card=card)


if __name__ == "__main__":
    run_program(main)
