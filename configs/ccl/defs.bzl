"""Teachers and students of CCL, once for each seed."""

load("@keras_av//:rules.bzl", "class_retrieval", "compositional_contrastive", "evaluate", "features", "report", "supervised")
load("//configs:defs.bzl", "by_scale", "few_and_most", "of_seed")

CLIPS = "//configs/datasets:large_clips"

STUDENTS = {
    "baseline": [],
    "ccl_a": ["audio"],
    "ccl_i": ["image"],
    "ccl_ai": ["image", "audio"],
}

def teaching(seed):
    """Two teachers, four students, and what the students know.

    Args:
      seed: Number of the seed.
    """
    end = of_seed(seed)

    # Teachers learn from most of the files, students from the others.
    few_and_most(
        seed = seed,
        share = select({
            "data=generated": 0.05,
            "default": 0.2,
        }),
    )

    # At scale=paper the optimizer of the students is the published one. The
    # teachers are others there: a ResNet-34 of ImageNet and a network of
    # AudioSet.
    for sense in ["image", "audio"]:
        supervised(
            name = sense + "_teacher" + end,
            batch_size = by_scale(8, 32, 32),
            clip_spec = CLIPS,
            dataset = ":most" + end,
            encoder = "//configs/encoders:" + sense,
            epochs = by_scale(1, 16, 16),
            optimizer = "//configs/optimizers:adam_with_warmup",
            seed = seed,
        )
        evaluate(
            name = sense + "_teacher_accuracy" + end,
            model = ":" + sense + "_teacher" + end,
        )
    for name, senses in STUDENTS.items():
        compositional_contrastive(
            name = name + end,
            # Half of the few: a few bad files leave a batch.
            batch_size = select({
                "data=generated": 6,
                "default": by_scale(8, 16, 16),
            }),
            clip_spec = CLIPS,
            dataset = ":few" + end,
            encoder = "//configs/encoders:ccl_video",
            epochs = by_scale(1, 60, 300),
            optimizer = by_scale(
                "//configs/optimizers:adam_with_warmup",
                "//configs/optimizers:adam_with_warmup",
                "//configs/optimizers:ccl",
            ),
            seed = seed,
            teachers = {
                sense: ":%s_teacher%s" % (sense, end)
                for sense in senses
            },
        )
        evaluate(
            name = name + "_accuracy" + end,
            model = ":" + name + end,
        )
        features(
            name = name + "_features" + end,
            model = ":" + name + end,
        )
        class_retrieval(
            name = name + "_retrieval" + end,
            features = ":" + name + "_features" + end,
            modality = "video",
        )
    report(
        name = "report" + end,
        columns = {
            name: [
                ":%s_accuracy%s" % (name, end),
                ":%s_retrieval%s" % (name, end),
            ]
            for name in STUDENTS
        },
        model = ":ccl_ai" + end,
    )
