"""What all tables of rivals share: clips, encoders, updates."""

load("@keras_av//:rules.bzl", "adam", "cosine_decay", "dataset_share", "report", "training_cost")
load("//configs:defs.bzl", "by_scale")

CLIPS = "//configs/rivals:clips"

VIDEO = "//configs/rivals:video"

AUDIO = "//configs/rivals:audio"

IMAGE = "//configs/rivals:image"

STUDENT_AUDIO = "//configs/rivals:student_audio"

STUDENT_IMAGE = "//configs/rivals:student_image"

# Files to choose settings on.
CHOICE = "//configs/rivals:choice"

BATCH_SIZE = by_scale(16, 32, 32)

def falling(name, rate, end, warmup_steps = 0):
    """An Adam whose rate falls to a share of where it began.

    Args:
      name: Name of the target.
      rate: Highest learning rate.
      end: Share of it that remains.
      warmup_steps: Number of steps in which the rate rises to it.
    """
    cosine_decay(
        name = name + "_rate",
        alpha = end,
        initial_learning_rate = 0.0 if warmup_steps else rate,
        warmup_steps = warmup_steps,
        warmup_target = rate if warmup_steps else None,
    )
    adam(
        name = name,
        learning_rate = ":%s_rate" % name,
    )

def halves(names, files, seed):
    """Two halves of the training files.

    Args:
      names: Names of both targets.
      files: Label of the files.
      seed: Number of the seed.
    """
    for name in names:
        dataset_share(
            name = name,
            dataset = files,
            rest = name == names[1],
            seed = seed,
            share = 0.5,
        )

def costs(name, models):
    """A table of what it cost to train models.

    Args:
      name: Name of the target.
      models: Labels of the stages of each model by the titles of the columns.
    """
    columns = {}
    for number, (title, stages) in enumerate(models.items()):
        training_cost(
            name = "%s_%d" % (name, number),
            stages = stages,
        )
        columns[title] = [":%s_%d" % (name, number)]
    report(
        name = name,
        columns = columns,
    )
