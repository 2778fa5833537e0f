"""Find out where in a video a sound comes from, by synchronization.

    python examples/synchronization.py                # generated videos
    python examples/synchronization.py --data=FOLDER  # FOLDER/class/clip.mp4

The run ends with a table of how often the body that is heard is found, beside
chance and three rivals that need no learning, and leaves in --output a picture
and a video with the sound in place, both backbones, the method and log.csv.
Run it again: an interrupted run resumes, a finished one is not repeated.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import pathlib

import keras
import numpy as np
from absl import flags

from keras_av.callbacks import Backup, EpochLog
from keras_av.cli.run_program import run_program
from keras_av.data import (
    ClipSpec,
    Manifest,
    clips,
    generated_benchmark,
    prepare,
    write_video,
)
from keras_av.evaluation import localize_sounds
from keras_av.layers import LogMelSpectrogram, log_mel_statistics
from keras_av.methods import Synchronization
from keras_av.metrics import sounding_objects
from keras_av.models import Backbone, ResNet3DBackbone, ResNetBackbone
from keras_av.report import attention_frames, format_table

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_string("output", "out/synchronization", "Folder for the results.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "How much to train.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")
FPS, NUM_FRAMES, NUM_SHIFTS = 16, 16, 15


def main(_):
    smoke, output = FLAGS.scale == "smoke", pathlib.Path(FLAGS.output)
    keras.utils.set_random_seed(FLAGS.seed)

    # 1. Files: of three bodies one is heard, and masks tell where that is.
    if FLAGS.data is None:
        counts = (32, 32) if smoke else (512, 128)
        files = generated_benchmark(None, None, *counts, num_silent=2)
        masks = Manifest.from_csv(f"{files.root}/masks/manifest.csv")
    else:
        files = Manifest.from_folder(FLAGS.data)

    # 2. Clips: frames in the middle of a longer sound, for the shifts.
    spec = ClipSpec(
        num_frames=NUM_FRAMES,
        frame_stride=1,
        fps=FPS,
        size=32 if smoke else 64,
        audio_seconds=(NUM_FRAMES + NUM_SHIFTS - 2) / FPS,
    )
    files = prepare(files, output / "prepared", spec)
    if FLAGS.data is None:
        masks = prepare(masks, output / "masks", spec)
    sides = (files.where(split=side) for side in ("train", "test"))
    if FLAGS.data is not None:
        sides = files.split_by_group(0.25, seed=FLAGS.seed)
    train_files, test_files = sides
    batch_size = min(16, len(train_files) // 2)
    train = clips(train_files, spec, batch_size, training=True, seed=FLAGS.seed)
    test = clips(test_files, spec, batch_size)

    # 3. Encoders: one stage, so that each place sees little beside itself, and
    # one step of sound for each frame: spectra four times as often, strides 4.
    width = 4 if smoke else 12
    scale = keras.layers.Rescaling(1 / 127.5, -1.0)
    shape, maps = spec.video_shape, keras.layers.Identity()
    video = ResNet3DBackbone(10, (width,), shape, maps, scale, "mc3")
    hop = {"sequence_stride": spec.sampling_rate // FPS // 4}
    in_order = clips(train_files, spec, batch_size)
    mean, std = log_mel_statistics(LogMelSpectrogram(**hop), in_order)
    spectra = LogMelSpectrogram(mean=mean, std=std, **hop)
    shape, maps = spec.audio_shape, keras.layers.Identity()
    audio = ResNetBackbone(10, (32,), shape, maps, spectra)

    # 4. The method: which of 15 shifts of the sound is the true one?
    model = Synchronization(
        video, audio, num_shifts=NUM_SHIFTS, scale=15.0, seed=FLAGS.seed
    )
    epochs = 2 if smoke else 15
    num_steps = epochs * int(train.cardinality())
    decay = keras.optimizers.schedules.CosineDecay(2e-3, num_steps, alpha=0.05)
    model.compile(keras.optimizers.Adam(decay))

    # 5. Training, and how often the body that is heard is found: in a frame, or
    # where it is at any time of the clip, for it strikes at its border.
    columns = {"untrained": {}, "trained": {}, "object": {}, "chance": {}}
    columns["chance"]["right_shift"] = 1 / NUM_SHIFTS

    def measure(title):
        logs = model.evaluate(test, verbose=0, return_dict=True)
        columns[title]["right_shift"] = logs["accuracy"]
        for row in ("in_body", "over_clip") if FLAGS.data is None else ():
            shown = clips(masks.where(split="test"), spec, batch_size)
            over_clip = row == "over_clip"
            found = localize_sounds(model, test, shown, over_clip=over_clip)
            columns[title][row] = found.pop("peak")
            for name, share in found.items():
                columns.setdefault(name, {})[row] = share

    measure("untrained")
    backup = Backup(output / "backup", clips=train, delete_checkpoint=False)
    log = EpochLog(output / "log.csv")
    model.fit(train, epochs=epochs, callbacks=[backup, log], verbose=2)
    measure("trained")
    table = format_table(columns, len(test_files))
    print(table)

    # 6. Where does it come from? A picture, and a video with its sound.
    clip = next(iter(test))
    inputs = {name: clip[name][:4] for name in ("video", "audio")}
    found = keras.ops.convert_to_numpy(model.attention(inputs))
    rows = [
        attention_frames(frames, attention, sounding_objects(attention)[:1])
        for frames, attention in zip(inputs["video"].numpy(), found)
    ]
    picture = np.concatenate([np.concatenate(row[::4], axis=1) for row in rows])
    keras.utils.save_img(output / "attention.png", picture)
    # The sound of these frames is in the middle of the longer one.
    first = (NUM_SHIFTS - 2) * spec.sampling_rate // (2 * FPS)
    heard = inputs["audio"].numpy()[-1, first:-first]
    write_video(output / "attention.mp4", rows[-1], FPS, heard)

    # 7. The backbones go into any other Keras model, under any backend.
    model.save(output / "synchronization.keras")
    card = {"Method": "synchronization", "Scores": f"```\n{table}\n```"}
    for name, encoder in (("video", video), ("audio", audio)):
        folder = output / f"{name}_backbone"
        encoder.save_to_preset(folder, overwrite=True, card=card)
    backbone = Backbone.from_preset(output / "video_backbone")
    print(f"{backbone.name} describes each place: {backbone.output_shape}")


if __name__ == "__main__":
    run_program(main)
