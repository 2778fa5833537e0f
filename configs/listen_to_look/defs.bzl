"""Listen to Look, clips and long videos, once for each seed."""

load("@keras_av//:rules.bzl", "clip_features", "evaluate", "fine_tune_student", "listen_to_look", "report", "selected_clips", "skimming", "supervised")
load("//configs:defs.bzl", "by_scale", "dataset", "of_seed")

CLIPS = "//configs/datasets:clips"

OPTIMIZER = "//configs/optimizers:adam_with_warmup"

# At scale=paper as published.
SKIMMING_OPTIMIZER = by_scale(
    "//configs/optimizers:adam_with_warmup",
    "//configs/optimizers:adam_with_warmup",
    "//configs/optimizers:skimming",
)

IMAGE = "//configs/encoders:student_image"

AUDIO = "//configs/encoders:student_audio"

# The encoders, and the weights of classes and of descriptors.
STUDENTS = {
    "audio_only": (None, AUDIO, 100.0, 1.0),
    "image_only": (IMAGE, None, 100.0, 1.0),
    "kl_alone": (IMAGE, AUDIO, 100.0, 0.0),
    "l1_alone": (IMAGE, AUDIO, 0.0, 1.0),
    "student": (IMAGE, AUDIO, 100.0, 1.0),
}

# How many clips are looked at.
STEPS = by_scale([2], [1, 2, 4, 8], [10])

def distillation(seed):
    """A teacher, its students, and long videos that one of them reads.

    Args:
      seed: Number of the seed.
    """
    end = of_seed(seed)
    batch_size = by_scale(16, 32, 256)

    # At scale=paper: distilled on Kinetics. How, and lambda, is not published.
    files = dataset(
        "//configs/datasets:ucf101_1",
        "//configs/datasets:kinetics",
    )
    supervised(
        name = "teacher" + end,
        batch_size = batch_size,
        clip_spec = CLIPS,
        dataset = files,
        encoder = "//configs/encoders:teacher",
        epochs = by_scale(1, 40, 100),
        label_smoothing = 0.1,
        optimizer = OPTIMIZER,
        seed = seed,
    )

    # L = L1 + lambda KL.
    for name, (image, audio, kl_weight, l1_weight) in STUDENTS.items():
        listen_to_look(
            name = name + end,
            audio_encoder = audio,
            batch_size = batch_size,
            clip_spec = CLIPS,
            dataset = files,
            epochs = by_scale(1, 30, 30),
            image_encoder = image,
            kl_weight = kl_weight,
            l1_weight = l1_weight,
            optimizer = OPTIMIZER,
            seed = seed,
            teacher = ":teacher" + end,
        )

    # The fusion and the classifier learn from labels, too.
    fine_tune_student(
        name = "fine_tuned" + end,
        batch_size = batch_size,
        epochs = by_scale(1, 8, 8),
        model = ":student" + end,
        optimizer = OPTIMIZER,
        seed = seed,
    )
    models = ["teacher"] + list(STUDENTS) + ["fine_tuned"]
    for name in models:
        evaluate(
            name = name + "_accuracy" + end,
            model = ":" + name + end,
        )
    report(
        name = "report" + end,
        columns = {
            name: [":%s_accuracy%s" % (name, end)]
            for name in models
        },
        model = ":student" + end,
    )
    _long_videos(seed, end)

def _long_videos(seed, end):
    clip_features(
        name = "features" + end,
        dataset = by_scale(
            "//configs/datasets:generated_long",
            "//configs/datasets:generated_long",
            "//configs/datasets:activitynet",
        ),
        model = ":fine_tuned" + end,
    )
    shared = {
        "batch_size": by_scale(16, 32, 256),
        "epochs": by_scale(2, 60, 25),
        "features": ":features" + end,
        "length_range": by_scale(None, None, [200, 500]),
        "optimizer": SKIMMING_OPTIMIZER,
        "seed": seed,
    }
    names = ["videos_all"]
    selected_clips(
        name = "videos_all" + end,
        **shared
    )
    for steps in STEPS:
        for selection in ["uniform", "random"]:
            name = "videos_%s_%d" % (selection, steps)
            names.append(name)
            selected_clips(
                name = name + end,
                num_steps = steps,
                selection = selection,
                **shared
            )
        name = "videos_skimming_%d" % steps
        names.append(name)
        skimming(
            name = name + end,
            # The default is half of the student's units.
            key_units = by_scale(None, None, 512),
            num_steps = steps,
            **shared
        )
    report(
        name = "videos" + end,
        columns = {
            name.removeprefix("videos_"): [":" + name + end]
            for name in names
        },
    )
