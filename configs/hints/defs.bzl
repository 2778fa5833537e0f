"""A teacher and its students, once for each seed."""

load("@keras_av//:rules.bzl", "evaluate", "hint", "hint_distillation", "report", "supervised")
load("//configs:defs.bzl", "by_scale", "few_and_most", "of_seed")

CLIPS = "//configs/datasets:clips"

# At scale=paper those of RepDistiller, which distils networks of images.
OPTIMIZER = by_scale(
    "//configs/optimizers:adam_with_warmup",
    "//configs/optimizers:adam_with_warmup",
    "//configs/optimizers:hints",
)

LEVELS = ["stage1", "stage2", "stage3"]

# What of the teacher's layers is compared, and the weights of labels and of
# the teacher's classes.
STUDENTS = {
    "student_alone": (None, 1.0, 0.0),
    "with_attention": ("attention", 1.0, 0.0),
    "with_hints": ("hint", 1.0, 0.0),
    "with_kd": (None, 0.1, 0.9),
}

def hints_of_levels():
    """Hints at three levels, of each loss."""
    for loss in ["hint", "attention"]:
        for level in LEVELS:
            hint(
                name = "%s_%s" % (loss, level),
                loss = loss,
                student_tap = level,
                teacher_tap = level,
            )

def distillation(seed):
    """The teacher, its students, and their accuracies.

    Args:
      seed: Number of the seed.
    """
    end = of_seed(seed)

    # The teacher learns from most of the files, students from the others.
    few_and_most(
        seed = seed,
        share = select({
            "data=generated": 0.15,
            "default": 0.2,
        }),
    )
    supervised(
        name = "teacher" + end,
        batch_size = by_scale(8, 32, 32),
        clip_spec = CLIPS,
        dataset = ":most" + end,
        encoder = "//configs/encoders:wide",
        epochs = by_scale(1, 16, 16),
        optimizer = OPTIMIZER,
        seed = seed,
    )
    for name, (loss, label_weight, kd_weight) in STUDENTS.items():
        taught = loss or kd_weight
        hint_distillation(
            name = name + end,
            batch_size = by_scale(8, 16, 64),
            clip_spec = CLIPS,
            dataset = ":few" + end,
            encoder = "//configs/encoders:narrow",
            epochs = by_scale(1, 60, 240),
            hints = [":%s_%s" % (loss, level) for level in LEVELS] if loss else [],
            kd_weight = kd_weight,
            label_weight = label_weight,
            optimizer = OPTIMIZER,
            seed = seed,
            teacher = ":teacher" + end if taught else None,
        )
    for name in ["teacher"] + list(STUDENTS):
        evaluate(
            name = name + "_accuracy" + end,
            model = ":" + name + end,
        )
    report(
        name = "report" + end,
        columns = {
            name: [":%s_accuracy%s" % (name, end)]
            for name in ["teacher"] + list(STUDENTS)
        },
        model = ":with_kd" + end,
    )
