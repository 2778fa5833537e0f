"""How hard the generated benchmark is: ceilings, neighbours, labels.

    python benchmarks/ceilings.py
    python benchmarks/ceilings.py --num_classes=16 --spread=0.1

Prints for sight, sound and one frame of a task: the ceiling, which follows from
the numbers that the clips are made of; the accuracy of the nearest training
clip in raw pixels and log-mel values; and that of a network of the sizes of
`configs/` trained by labels, for ten epochs. The defaults are those of
`GeneratedTask`.

Measured with seed 0, for the three tasks of `configs/datasets`:

                            ceiling   neighbour      labels      chance
    benchmark
                   frame      0.544       0.178       0.346       0.031
                   sight      0.959       0.227       0.615       0.031
                   sound      0.761       NN          0.587       0.031
                   both       0.981
    benchmark_dynamics: --frame=0.4 --sound=0 --spread=0.06
                   frame      0.281       0.078       0.137       0.031
                   sight      0.924       0.175       0.461       0.031
                   sound      0.700       0.158       0.543       0.031
                   both       0.924
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import pathlib
import time

import keras
import numpy as np
from absl import app, flags

from keras_av.data import (
    ClipSpec,
    GeneratedTask,
    clips,
    generated_benchmark,
    prepare,
)
from keras_av.evaluation import predict_videos, video_scores
from keras_av.layers import LogMelSpectrogram, log_mel_statistics
from keras_av.methods import Supervised
from keras_av.models import ResNet3DBackbone, ResNetBackbone
from keras_av.report import format_table

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "out/ceilings", "Folder of the prepared clips.")
flags.DEFINE_integer("num_classes", 32, "Number of classes.")
flags.DEFINE_float("frame", 1.0, "Distance in what one frame shows.")
flags.DEFINE_float("motion", 1.0, "Distance in what is seen and heard.")
flags.DEFINE_float("sound", 0.25, "Distance in what is only heard.")
flags.DEFINE_float("spread", 0.08, "Deviation within a class.")
flags.DEFINE_integer("num_coarse_classes", None, "Coarse classes to tell.")
flags.DEFINE_integer("num_train", 2048, "Training clips.")
flags.DEFINE_integer("num_test", 1024, "Test clips.")
flags.DEFINE_integer("epochs", 10, "Epochs by labels.")
flags.DEFINE_integer("seed", 0, "Governs the task and everything random.")

_BATCH, _WIDTH = 32, 8
_SIGHT = ClipSpec(num_frames=8, frame_stride=2, size=32, audio_seconds=0.0)
_SPECS = {
    "frame": ClipSpec(num_frames=1, size=32, audio_seconds=0.0),
    "sight": _SIGHT,
    "sound": ClipSpec(num_frames=1, size=32, audio_seconds=1.0),
}


def nearest_neighbour(train, test):
    """Accuracy of the class of the nearest training clip."""
    (x, labels), (y, wanted) = train, test
    x, y = (v.reshape(len(v), -1).astype("float32") for v in (x, y))
    square = np.square(x).sum(axis=1) - 2 * y @ x.T
    return float((labels[square.argmin(axis=1)] == wanted).mean())


def gathered(batches, modality):
    """All clips as they are compared, and their labels."""
    key = "audio" if modality == "sound" else "video"
    listen = LogMelSpectrogram()
    values, labels = [], []
    for batch in batches:
        clip = batch[key]
        if modality == "sound":
            clip = listen(clip)
        values.append(keras.ops.convert_to_numpy(clip))
        labels.append(keras.ops.convert_to_numpy(batch["label"]))
    return np.concatenate(values), np.concatenate(labels)


def make_backbone(modality, spec, batches):
    """A network of the sizes of the experiments."""
    if modality == "sound":
        mean, std = log_mel_statistics(LogMelSpectrogram(), batches)
        front = LogMelSpectrogram(sequence_stride=160, mean=mean, std=std)
        return ResNetBackbone(10, _WIDTH, spec.audio_shape, preprocessor=front)
    scale = keras.layers.Rescaling(1 / 127.5, -1.0)
    return ResNet3DBackbone(10, _WIDTH, spec.video_shape, preprocessor=scale)


def by_labels(modality, train, test, num_classes):
    """Accuracy of a network that was trained by labels."""
    spec = _SPECS[modality]
    key = "audio" if modality == "sound" else "video"
    keras.utils.set_random_seed(FLAGS.seed)
    batches = clips(train, spec, _BATCH, training=True, seed=FLAGS.seed)
    backbone = make_backbone(modality, spec, clips(train, spec, _BATCH))
    logits = keras.layers.Dense(num_classes)
    model = Supervised(keras.Sequential([backbone, logits]), key)
    steps = FLAGS.epochs * int(batches.cardinality())
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=2e-3, warmup_steps=steps // 10
    )
    model.compile(keras.optimizers.Adam(rate))
    model.fit(batches, epochs=FLAGS.epochs, verbose=2)
    found = predict_videos(model, clips(test, spec, 64), key=None)
    return video_scores(found)["top_1"]


def main(_):
    """Measure one task."""
    task = GeneratedTask(
        FLAGS.num_classes,
        FLAGS.frame,
        FLAGS.motion,
        FLAGS.sound,
        FLAGS.spread,
        FLAGS.seed,
    )
    files = generated_benchmark(
        task, num_train=FLAGS.num_train, num_test=FLAGS.num_test
    )
    coarse = FLAGS.num_coarse_classes
    ceilings = task.ceilings(coarse)
    print("ceilings", ceilings)
    name = pathlib.Path(str(files.root)).name
    spec = ClipSpec(num_frames=8, frame_stride=2, size=32, audio_seconds=1.0)
    folder = pathlib.Path(FLAGS.output, name)
    shards = prepare(files, folder, spec, verbose=False)
    if coarse is not None:
        shards = shards.with_labels(*task.coarse(shards.label, coarse))
    train, test = (shards.where(split=s) for s in ("train", "test"))
    columns = {"ceiling": {}, "neighbour": {}, "labels": {}, "chance": {}}
    for modality, spec in _SPECS.items():
        sides = [gathered(clips(s, spec, 64), modality) for s in (train, test)]
        columns["ceiling"][modality] = ceilings[modality]
        columns["neighbour"][modality] = nearest_neighbour(*sides)
        began = time.process_time()
        columns["labels"][modality] = by_labels(
            modality, train, test, shards.num_classes
        )
        columns["chance"][modality] = 1 / shards.num_classes
        print(
            f"{modality}: {time.process_time() - began:.0f} s of CPU by labels"
        )
    print(f"\n{format_table(columns)}")


if __name__ == "__main__":
    app.run(main)
