"""Align a video and an audio encoder by AVID, then by agreement (CMA).

    python examples/cma.py                # generated videos
    python examples/cma.py --data=FOLDER  # FOLDER/class/clip.mp4

The run ends with a table of what the encoders learned beside chance and
leaves in --output both backbones, log.csv and report.html, which plays clips.
Run it again: an interrupted run resumes, a finished one is not repeated.
"""

from keras_av.cli.quiet_start import quiet_start

quiet_start()

import pathlib

import keras
from absl import flags

from keras_av.callbacks import (
    Backup,
    Curriculum,
    EpochLog,
    KNNProbe,
    LinearProbe,
    RetrievalProbe,
    measure,
)
from keras_av.cli.run_program import run_program
from keras_av.data import ClipSpec, Manifest, clips, generated_set, prepare
from keras_av.evaluation import embed_pairs
from keras_av.layers import (
    ClipAugmentation,
    DecibelSpectrogram,
    MemoryBank,
    PartitionFunction,
    log_mel_statistics,
)
from keras_av.methods import CrossModalAgreement, agreement_phases
from keras_av.models import AVIDAudioBackbone, Backbone, R2Plus1DBackbone
from keras_av.report import RunPage, format_table, read_log

FLAGS = flags.FLAGS
flags.DEFINE_string("data", None, "Folder of videos; default: generated ones.")
flags.DEFINE_string("output", "out/cma", "Folder for the results.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "How much to train.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")


def main(_):
    smoke, output = FLAGS.scale == "smoke", pathlib.Path(FLAGS.output)
    keras.utils.set_random_seed(FLAGS.seed)

    # 1. Files: a manifest says which there are, and of which class.
    if FLAGS.data is None:
        num_train, num_test = (32, 16) if smoke else (320, 128)
        files = generated_set(num_train=num_train, num_test=num_test)
    else:
        files = Manifest.from_folder(FLAGS.data)

    # 2. Clips: frames and the sound of the same moment, decoded once.
    spec = ClipSpec(
        num_frames=8 if smoke else 16,
        frame_stride=4 if smoke else 2,
        size=32 if smoke else 48,
        audio_seconds=2.0,
    )
    files = prepare(files, output / "prepared", spec)
    sides = (files.where(split=side) for side in ("train", "test"))
    if FLAGS.data is not None:
        sides = files.split_by_group(0.25, seed=FLAGS.seed)
    train_files, test_files = sides
    batch_size = min(16 if smoke else 32, len(train_files) // 2)
    train = clips(train_files, spec, batch_size, training=True, seed=FLAGS.seed)
    train_in_order = clips(train_files, spec, batch_size)
    test = clips(test_files, spec, batch_size)

    # 3. Encoders: what prepares raw frames and waveforms is inside of them.
    width = 8 if smoke else 16
    scale = keras.layers.Rescaling(1 / 127.5, -1.0)
    look = keras.Sequential([ClipAugmentation(seed=FLAGS.seed), scale])
    shape = spec.video_shape
    video = R2Plus1DBackbone(10, width, shape, "max", look, variant="avid")
    mean, std = log_mel_statistics(DecibelSpectrogram(256), train_in_order)
    listen = DecibelSpectrogram(256, 320, mean=mean, std=std)
    audio = AVIDAudioBackbone(width, spec.audio_shape, preprocessor=listen)

    # 4. The method: first every clip is told from all others, then the clips
    # that agree with it most, by sight and by sound, are positives as well.
    count = len(train_files)
    model = CrossModalAgreement(
        video,
        audio,
        bank=MemoryBank(count, 128, num_negatives=128, exclude_self=False),
        num_positives=min(8, count // 4),
        partition=PartitionFunction("first_batch"),
        seed=FLAGS.seed,
    )
    half = 2 if smoke else 40
    curriculum = Curriculum(agreement_phases((half, half)))
    model.compile(keras.optimizers.Adam(5e-4))

    # 5. Training: probes measure on other files after each of the two phases.
    probes = [RetrievalProbe(test, frequency=half)]
    if files.num_classes > 1:
        probes += [
            probe(train_in_order, test, modality=modality, frequency=half)
            for modality in ("video", "audio")
            for probe in (LinearProbe, KNNProbe)
        ]
    untrained, chance = measure(model, probes)
    model.fit(
        train,
        epochs=2 * half,
        callbacks=[
            Backup(output / "backup", clips=train, delete_checkpoint=False),
            curriculum,
            *probes,
            EpochLog(output / "log.csv"),
        ],
        verbose=2,
    )

    # 6. What was learned, beside chance.
    log = read_log(output / "log.csv")
    columns = {"untrained": untrained}
    for title, epoch in (("AVID", half - 1), ("CMA", 2 * half - 1)):
        columns[title] = {name: log[name][epoch] for name in untrained}
    table = format_table(columns | {"chance": chance}, len(test_files))
    print(table)
    page = RunPage("Audio-visual instance discrimination, with agreement")
    page.add_table(columns | {"chance": chance}, num_clips=len(test_files))
    page.add_curves(log)
    pairs = embed_pairs(model, test)
    page.add_pairs(pairs, test, class_names=files.class_names)
    page.add_text("Clips", train.report.summary())
    page.write(output / "report.html")

    # 7. The backbones go into any other Keras model, under any backend.
    card = {"Method": "AVID-CMA", "Scores": f"```\n{table}\n```"}
    for name, encoder in (("video", video), ("audio", audio)):
        folder = output / f"{name}_backbone"
        encoder.save_to_preset(folder, overwrite=True, card=card)
    backbone = Backbone.from_preset(output / "video_backbone")
    classifier = keras.Sequential([backbone, keras.layers.Dense(5)])
    print(f"{backbone.name} inside another model: {classifier.output_shape}")


if __name__ == "__main__":
    run_program(main)
