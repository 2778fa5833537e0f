"""What YAMNet knows of sounds, and what a small student learns from it.

    python benchmarks/yamnet_teacher.py --weights=yamnet.h5 --data=ESC-10

--weights is a file of YAMNet's authors, or an ONNX file of it; nothing is
fetched. --data is a folder in the layout of ESC-50 or with its file names. For
each official fold a linear probe is fitted to the descriptors of the other
folds. With its weights as a layer of classes, YAMNet then teaches a small
network the same training sounds by their softened classes, beside one that
learns from the labels alone, with equal updates and augmentation.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
from absl import app, flags

from keras_av.data import ClipSpec, Manifest, clips
from keras_av.evaluation import (
    extract_features,
    linear_probe,
    mean_and_interval,
    predict_videos,
    video_scores,
)
from keras_av.layers import (
    LogMelSpectrogram,
    RandomGain,
    RandomTimeShift,
    SoundMixing,
    log_mel_statistics,
)
from keras_av.methods import HintDistillation
from keras_av.models import SoundCNNBackbone, yamnet
from keras_av.report import format_table

FLAGS = flags.FLAGS
flags.DEFINE_string("weights", None, "File of YAMNet.", required=True)
flags.DEFINE_string("data", None, "Folder of sound files.", required=True)
flags.DEFINE_integer("epochs", 40, "Epochs for each student; 0: no student.")
flags.DEFINE_integer("folds", 0, "Only the first so many; default: all.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")

SPEC = ClipSpec(num_frames=0, audio_seconds=5.0)
# Weights of labels and of the teacher's softened classes.
STUDENTS = {"by labels": (1.0, 0.0), "taught": (0.1, 0.9)}


def classifier_of(teacher, probe, num_classes):
    """The teacher and its probe, as logits."""
    scaler, regression = probe[0], probe[-1]
    found = (regression.coef_ / scaler.scale_).T
    # Classes of ESC-50 that are not among the files are never said.
    kernel, bias = (
        np.zeros((len(found), num_classes)),
        np.full(num_classes, -50.0),
    )
    kernel[:, regression.classes_] = found
    bias[regression.classes_] = regression.intercept_ - scaler.mean_ @ found
    dense = keras.layers.Dense(num_classes)
    model = keras.Sequential([teacher, dense])
    model.build((None, *SPEC.audio_shape))
    dense.set_weights([kernel, bias])
    return model


def learn(train, weights, teacher, num_classes, statistics):
    """Train a small student."""
    keras.utils.set_random_seed(FLAGS.seed)
    mean, std = statistics
    front = LogMelSpectrogram(sequence_stride=320, mean=mean, std=std)
    backbone = SoundCNNBackbone(16, SPEC.audio_shape, preprocessor=front)
    student = keras.Sequential([backbone, keras.layers.Dense(num_classes)])
    label_weight, kd_weight = weights
    model = HintDistillation(
        student,
        teacher,
        label_weight=label_weight,
        kd_weight=kd_weight,
        student_key="audio",
        teacher_key="audio",
        augmentation=keras.Sequential(
            [
                RandomTimeShift(0.5, seed=FLAGS.seed),
                RandomGain(seed=FLAGS.seed + 1),
                SoundMixing(seed=FLAGS.seed + 2),
            ]
        ),
    )
    num_steps = FLAGS.epochs * int(train.cardinality())
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, num_steps, 0.0, "rate", 2e-3, num_steps // 10
    )
    model.compile(keras.optimizers.Adam(rate))
    model.fit(train, epochs=FLAGS.epochs, verbose=0)
    return student


def main(_):
    """Measure fold by fold."""
    manifest = Manifest.from_esc50(FLAGS.data)
    read = dict(spec=SPEC, cache=True, seed=FLAGS.seed)
    teacher = yamnet(FLAGS.weights, input_shape=SPEC.audio_shape)
    teacher.trainable = False
    sounds = clips(manifest, batch_size=20, **read)
    x = extract_features(teacher, sounds, "audio")["features"]
    labels, num_classes = np.asarray(manifest.label), manifest.num_classes
    students = STUDENTS if FLAGS.epochs else {}
    found = {name: [] for name in ("YAMNet, linear probe", *students)}
    kept = np.unique(manifest.fold)[: FLAGS.folds or None]
    for fold in kept:
        test = manifest.fold == fold
        accuracy, probe = linear_probe(
            x[~test], labels[~test], x[test], labels[test]
        )
        found["YAMNet, linear probe"].append(accuracy)
        files = manifest.subset(np.flatnonzero(~test))
        train = clips(files, batch_size=16, training=True, **read)
        others = manifest.subset(np.flatnonzero(test))
        statistics = log_mel_statistics(
            LogMelSpectrogram(), clips(files, batch_size=20, **read)
        )
        top = classifier_of(teacher, probe, num_classes)
        for name, weights in students.items():
            student = learn(train, weights, top, num_classes, statistics)
            sounds = clips(others, batch_size=20, **read)
            scores = video_scores(predict_videos(student, sounds, "audio"))
            found[name].append(scores["top_1"])
        line = {name: round(values[-1], 3) for name, values in found.items()}
        print(f"fold {fold}: {line}", flush=True)
    chance = np.bincount(labels).max() / len(labels)
    columns = {
        name: {"accuracy": mean_and_interval(values)}
        for name, values in found.items()
        if len(kept) > 1
    }
    print(f"{len(kept)} folds, {len(labels)} sounds")
    print(format_table({**columns, "chance": {"accuracy": chance}}))


if __name__ == "__main__":
    app.run(main)
