"""Students of sound, and what teaches them, once for each seed."""

load("@keras_av//:rules.bzl", "report")
load("//configs:defs.bzl", "of_seed")
load("//configs/features:features.py", "sound_student")

TAUGHT = [
    "labels",
    "kd_labelled",
    "kd",
    "regression",
    "ccl",
]

def students(prefix, seed, held_out):
    """A student of each kind, and a table of their accuracies.

    Args:
      prefix: Beginning of the names of the targets.
      seed: Number of the seed.
      held_out: Whether to test on groups of the training side.
    """
    end = of_seed(seed)
    for taught in TAUGHT:
        sound_student(
            name = prefix + taught + end,
            arrays = ":ucf14",
            held_out = held_out,
            seed = seed,
            taught = taught,
        )
    report(
        name = prefix + "report" + end,
        columns = {
            taught: [":%s%s%s" % (prefix, taught, end)]
            for taught in TAUGHT
        },
    )
