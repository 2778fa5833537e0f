"""CCL and its rivals where few clips have a label, at equal updates.

Teachers learn from one half of the training files. Students see the other half
in 16 epochs, 512 updates of 32 clips, an eighth of which has its label.
"""

load("@keras_av//:rules.bzl", "class_retrieval", "compositional_contrastive", "dataset_share", "evaluate", "features", "hint_distillation", "report", "supervised")
load("//configs:defs.bzl", "by_scale")
load("//configs/rivals:defs.bzl", "AUDIO", "BATCH_SIZE", "CLIPS", "IMAGE", "VIDEO", "halves")

# What the students learn from, beside labels: the teachers, what is done with
# clips without a label, and the weight of the teachers' terms.
STUDENTS = {
    "ccl_a": (["audio"], "skip", None),
    "ccl_a_all": (["audio"], "instance", None),
    "ccl_a_named": (["audio"], "teacher", None),
    "ccl_ai_all": (["image", "audio"], "instance", None),
    "ccl_i_all": (["image"], "instance", None),
    "labels": ([], "skip", None),
    # The teacher's classes alone.
    "named": (["audio"], "teacher", 0.0),
}

# The rivals that know a teacher in another way, of all clips: its sense, its
# hints, and the weights of the labels and of its classes.
TAUGHT = {
    "kd": ("audio", [], 0.1, 0.9),
    "kd_image": ("image", [], 0.1, 0.9),
    "regression": ("audio", [":descriptors"], 1.0, 0.0),
}

def teaching(prefix, files, seed):
    """Teachers, students and a table of what the students know.

    Args:
      prefix: Beginning of the names of the targets.
      files: Label of the files.
      seed: Number of the seed.
    """
    shared = {
        "batch_size": BATCH_SIZE,
        "clip_spec": CLIPS,
        "seed": seed,
    }
    halves([prefix + "seen", prefix + "of_teachers"], files, seed)
    dataset_share(
        name = prefix + "few",
        dataset = ":%sseen" % prefix,
        keep_unlabelled = True,
        seed = seed,
        share = by_scale(0.5, 0.125, 0.125),
    )
    for sense, encoder in [("image", IMAGE), ("audio", AUDIO)]:
        supervised(
            name = prefix + sense + "_teacher",
            dataset = ":%sof_teachers" % prefix,
            encoder = encoder,
            epochs = by_scale(1, 16, 16),
            optimizer = ":adam_3",
            **shared
        )
    students = {
        "dataset": ":%sfew" % prefix,
        "encoder": VIDEO,
        "epochs": by_scale(1, 16, 16),
        "optimizer": ":adam_3",
    } | shared
    for name, (senses, unlabelled, weight) in STUDENTS.items():
        compositional_contrastive(
            name = prefix + name,
            teacher_weight = weight,
            teachers = {
                sense: ":%s%s_teacher" % (prefix, sense)
                for sense in senses
            },
            unlabelled = unlabelled,
            **students
        )
    compositional_contrastive(
        name = prefix + "label_teacher",
        label_teacher = True,
        **students
    )
    for name, (sense, hints, label_weight, kd_weight) in TAUGHT.items():
        hint_distillation(
            name = prefix + name,
            hints = hints,
            kd_weight = kd_weight,
            label_weight = label_weight,
            teacher = ":%s%s_teacher" % (prefix, sense),
            **students
        )
    names = list(STUDENTS) + ["label_teacher"] + list(TAUGHT)
    columns = {}
    for name in ["image_teacher", "audio_teacher"] + names:
        evaluate(
            name = prefix + name + "_accuracy",
            model = ":" + prefix + name,
        )
        columns[name] = [":%s%s_accuracy" % (prefix, name)]
    for name in names:
        features(
            name = prefix + name + "_features",
            model = ":" + prefix + name,
        )
        class_retrieval(
            name = prefix + name + "_retrieval",
            features = ":%s%s_features" % (prefix, name),
            modality = "video",
        )
        columns[name].append(":%s%s_retrieval" % (prefix, name))
    report(
        name = prefix + "students",
        columns = columns,
    )
