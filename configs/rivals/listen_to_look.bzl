"""Listen to Look and its rivals, clips and long videos, at equal updates.

What a frame cannot show is heard, too. The teacher, a video network, learns
from one half of the training files. Students of a frame and the sound see the
other half in 16 epochs, 512 updates of 32 clips, without a label; by labels
they learn from the half of the teacher. Skimmers read long videos of the same
bodies, which are there for two seconds.

Tried on held-out training files, one seed, 512 clips, accuracy and mAP: the
teacher 0.330 and 0.346; students of its classes alone 0.367 and 0.379, of both
0.299 and 0.335, of its descriptors alone 0.162 and 0.212; of the image alone
0.111 and 0.126, of the sound alone 0.129 and 0.177; by labels, in place of a
teacher, 0.775 and 0.831: what the video network cannot tell, the sound does.
"""

load("@keras_av//:rules.bzl", "clip_features", "evaluate", "listen_to_look", "report", "selected_clips", "skimming", "supervised")
load("//configs:defs.bzl", "by_scale", "of_seed")
load("//configs/rivals:defs.bzl", "BATCH_SIZE", "CLIPS", "STUDENT_AUDIO", "STUDENT_IMAGE", "VIDEO", "halves")

# The encoders, and the weights of classes, descriptors and labels.
STUDENTS = {
    "audio_only": (None, STUDENT_AUDIO, 100.0, 1.0, 0.0),
    "by_labels": (STUDENT_IMAGE, STUDENT_AUDIO, 0.0, 0.0, 1.0),
    "image_only": (STUDENT_IMAGE, None, 100.0, 1.0, 0.0),
    "kl_alone": (STUDENT_IMAGE, STUDENT_AUDIO, 100.0, 0.0, 0.0),
    "l1_alone": (STUDENT_IMAGE, STUDENT_AUDIO, 0.0, 1.0, 0.0),
    "student": (STUDENT_IMAGE, STUDENT_AUDIO, 100.0, 1.0, 0.0),
}

# Clips of a video that are encoded, by those that have no choice.
COUNTS = by_scale([2], [2, 4, 8], [2, 4, 8])

# Every which image is the index of a skimmer, which looks at up to 4 clips.
STRIDES = by_scale([2], [1, 2, 4], [1, 2, 4])

def distillation(prefix, files, seed):
    """A teacher, its students, and a table of their accuracies.

    Args:
      prefix: Beginning of the names of the targets.
      files: Label of the files.
      seed: Number of the seed.
    """
    end = of_seed(seed)
    halves([prefix + "seen" + end, prefix + "of_teacher" + end], files, seed)
    shared = {
        "batch_size": BATCH_SIZE,
        "clip_spec": CLIPS,
        "epochs": by_scale(1, 16, 16),
        "optimizer": ":adam_3",
        "seed": seed,
    }
    supervised(
        name = prefix + "teacher" + end,
        dataset = ":%sof_teacher%s" % (prefix, end),
        encoder = VIDEO,
        label_smoothing = 0.1,
        **shared
    )
    for name, (image, audio, kl, l1, label) in STUDENTS.items():
        listen_to_look(
            name = prefix + name + end,
            audio_encoder = audio,
            dataset = ":%s%s%s" % (prefix, "of_teacher" if label else "seen", end),
            image_encoder = image,
            kl_weight = kl,
            l1_weight = l1,
            label_weight = label,
            teacher = ":%steacher%s" % (prefix, end),
            **shared
        )
    names = ["teacher"] + list(STUDENTS)
    for name in names:
        evaluate(
            name = prefix + name + "_accuracy" + end,
            model = ":" + prefix + name + end,
        )
    report(
        name = prefix + "students" + end,
        columns = {
            name: [":%s%s_accuracy%s" % (prefix, name, end)]
            for name in names
        },
    )

def long_videos(prefix, files, seed):
    """Skimmers beside who has no choice, by what they encode.

    Args:
      prefix: Beginning of the names of the targets of `distillation`.
      files: Label of the long videos.
      seed: Number of the seed.
    """
    end = of_seed(seed)
    clip_features(
        name = prefix + "features" + end,
        dataset = files,
        hop = 1.0,
        model = ":%sstudent%s" % (prefix, end),
    )
    shared = {
        "batch_size": BATCH_SIZE,
        "epochs": by_scale(1, 40, 40),
        "features": ":%sfeatures%s" % (prefix, end),
        "optimizer": ":adam_3",
        "seed": seed,
    }
    names = []
    for pooling in ["mean", "max", "attention"]:
        name = "all_" + pooling
        names.append(name)
        selected_clips(
            name = prefix + name + end,
            pooling = pooling,
            **shared
        )
        for count in COUNTS:
            for selection in ["uniform", "random"]:
                name = "%s_%d_%s" % (selection, count, pooling)
                names.append(name)
                selected_clips(
                    name = prefix + name + end,
                    num_steps = count,
                    pooling = pooling,
                    selection = selection,
                    **shared
                )
    for stride in STRIDES:
        for index in ["both", "image"]:
            name = "skimming_%s_%d" % (index, stride)
            names.append(name)
            skimming(
                name = prefix + name + end,
                hard = index == "image",
                index = index,
                interpolate = stride,
                num_steps = 5,
                **shared
            )
    report(
        name = prefix + "videos" + end,
        columns = {name: [":" + prefix + name + end] for name in names},
    )
