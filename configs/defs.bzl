"""What the experiments share."""

load("@keras_av//:rules.bzl", "dataset_share", "features", "intervals", "knn_probe", "linear_probe", "report", "retrieval")

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
        "default": small,
        "scale=paper": paper,
        "scale=smoke": smoke,
    })

def by_clips(otherwise, frames_16, frames_32):
    """A value for each size of clips, which --define=clips=... chooses.

    Args:
      otherwise: Without the option, usually by scale.
      frames_16: For clips=16x224, of 16 frames of 224 pixels.
      frames_32: For clips=32x224, of 32 frames of 224 pixels.

    Returns:
      One of them.
    """
    return select({
        "clips=16x224": frames_16,
        "clips=32x224": frames_32,
        "default": otherwise,
    })

def dataset(small, paper, generated = "//configs/datasets:generated"):
    """The data set of an experiment, generated at scale=smoke.

    Args:
      small: Label of a real data set for one CPU; --define=data=generated
        takes the generated one in its place.
      paper: Label of the published one.
      generated: Label of the generated one.

    Returns:
      One of the labels.
    """
    return select({
        "data=generated": generated,
        "default": small,
        "scale=paper": paper,
        "scale=smoke": generated,
    })

def of_seed(seed):
    """The end of the names of the targets of a seed.

    Args:
      seed: Number of the seed; the targets of seed 0 have plain names.

    Returns:
      Text such as "_seed1".
    """
    return "_seed%d" % seed if seed else ""

def few_and_most(seed, share):
    """Parts of the labelled files: few for students, most for teachers.

    Args:
      seed: Number of the seed.
      share: Share of the few at scale=small.
    """
    for name in ["few", "most"]:
        dataset_share(
            name = name + of_seed(seed),
            dataset = dataset(
                "//configs/datasets:ucf101_1",
                "//configs/datasets:ucf101_1",
                "//configs/datasets:generated_by_sight",
            ),
            rest = name == "most",
            seed = seed,
            share = by_scale(0.5, share, 0.5),
        )

def probed(model, modalities):
    """What probes find in the encoders of a model.

    Args:
      model: Label of the model, such as ":stage1".
      modalities: Those of its encoders.

    Returns:
      Labels of the measurements, for a report.
    """
    name = model.lstrip(":")
    features(
        name = name + "_features",
        model = model,
    )
    labels = []
    for modality in modalities:
        for kind, probe in [("linear_probe", linear_probe), ("knn", knn_probe)]:
            probe(
                name = "%s_%s_%s" % (name, modality, kind),
                features = ":%s_features" % name,
                modality = modality,
            )
            labels.append(":%s_%s_%s" % (name, modality, kind))
    return labels

def measured(model):
    """Everything that probes find in two encoders.

    Args:
      model: Label of the model, such as ":stage1".

    Returns:
      Labels of the measurements, for a report.
    """
    name = model.lstrip(":")
    labels = probed(model, ["video", "audio"])
    retrieval(
        name = name + "_retrieval",
        features = ":%s_features" % name,
    )
    return labels + [":%s_retrieval" % name]

def measured_report(name, models, more = {}, model = None):
    """A table of what probes find in models.

    Args:
      name: Name of the target.
      models: Labels by the titles of the columns.
      more: Further columns, of labels of measurements by their titles.
      model: Label of the model whose clips the page shows.
    """
    columns = {title: measured(model) for title, model in models.items()}
    report(
        name = name,
        columns = columns | more,
        model = model,
    )

def over_seeds(name, target, seeds, baseline = None):
    """Means and intervals of the reports of several seeds.

    Args:
      name: Name of the target.
      target: Name of the reports, without the end for the seed.
      seeds: Numbers of the seeds.
      baseline: Title of the column that others are compared with.
    """
    intervals(
        name = name,
        baseline = baseline,
        reports = [":" + target + of_seed(seed) for seed in seeds],
    )
