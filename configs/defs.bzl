"""What the experiments share."""

load("@keras_av//:rules.bzl", "dataset_share", "knn_probe", "linear_probe", "report", "retrieval")

# Classes of the generated set whose events look like those of others.
LOOK_ALIKE = [
    "metal_ball",
    "hammer_metal",
]

def by_scale(smoke, small, paper):
    """A value for each scale, which --define=scale=... chooses.

    Args:
      smoke: For generated data and a run of minutes.
      small: For real data and one CPU.
      paper: As published, where that is known.

    Returns:
      One of them; without the option the value of small.
    """
    return select({
        "scale=paper": paper,
        "scale=smoke": smoke,
        "default": small,
    })

def few_and_most():
    """Two parts of the labelled files: :few for students, :most for teachers."""
    for name in ["few", "most"]:
        dataset_share(
            name = name,
            dataset = by_scale(
                "//configs/datasets:generated_by_sight",
                "//configs/datasets:ucf101_1",
                "//configs/datasets:ucf101_1",
            ),
            rest = name == "most",
            share = by_scale(0.5, 0.2, 0.5),
        )

def measured(model):
    """Everything that probes find in two encoders.

    Args:
      model: The label of the model, such as ":stage1".

    Returns:
      The labels of the measurements, for a report.
    """
    name = model.lstrip(":")
    labels = []
    for modality in ["video", "audio"]:
        for kind, probe in [("linear_probe", linear_probe), ("knn", knn_probe)]:
            probe(
                name = "%s_%s_%s" % (name, modality, kind),
                modality = modality,
                model = model,
            )
            labels.append(":%s_%s_%s" % (name, modality, kind))
    retrieval(
        name = name + "_retrieval",
        model = model,
    )
    return labels + [":%s_retrieval" % name]

def measured_report(name, models):
    """A table of what probes find in models.

    Args:
      name: Of the target.
      models: Labels by the titles of the columns.
    """
    report(
        name = name,
        columns = {
            title: measured(model)
            for title, model in models.items()
        },
    )
