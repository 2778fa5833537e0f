"""SSCL and its rivals at equal updates, on a task whose ceilings are known.

Each sees every clip in 8 epochs, 512 updates of 32 clips, of which stage I of
SSCL has half. Retrieval and probes measure all.
"""

load("@keras_av//:rules.bzl", "cross_modal_contrastive", "report", "sscl")
load("//configs:defs.bzl", "by_scale", "measured")
load("//configs/rivals:defs.bzl", "AUDIO", "BATCH_SIZE", "CHOICE", "CLIPS", "VIDEO")

# What is tried on held-out training files, and nothing else: 32 runs.
TEMPERATURES = [0.07, 0.1, 0.2]

# In thousandths.
RATES = [3, 6]

NUM_NEGATIVES = [128, 512]

JOINT_MODES = ["teacher_uni", "student", "symmetric"]

RESETS = ["none", "banks"]

# Of the rows of the banks: at 0 they are what was seen last.
MOMENTA = [0.5, 0.0]

# Epochs of a teacher alone, and of both encoders, in each stage.
PHASES = [(1, 3), (2, 2)]

def both_encoders(files, seed):
    """Arguments of every method with two encoders."""
    return {
        "audio_encoder": AUDIO,
        "clip_spec": CLIPS,
        "dataset": files,
        "seed": seed,
        "video_encoder": VIDEO,
    }

def contrast(name, files, seed, bank, temperature, rate):
    """Contrast with negatives of the batch or of banks.

    Args:
      name: Name of the target.
      files: Label of the files.
      seed: Number of the seed.
      bank: Label of the memory bank, or None.
      temperature: Temperature of the loss.
      rate: Highest learning rate, in thousandths.
    """
    cross_modal_contrastive(
        name = name,
        bank = bank,
        batch_size = BATCH_SIZE,
        epochs = by_scale(2, 8, 8),
        optimizer = ":adam_%d" % rate,
        temperature = temperature,
        **both_encoders(files, seed)
    )

def stage(name, files, seed, number, epochs, rate, init = None, **options):
    """One stage of SSCL.

    Args:
      name: Name of the target.
      files: Label of the files.
      seed: Number of the seed.
      number: Number of the stage; 0 for a stage 1 of all updates.
      epochs: Numbers of epochs of its two phases.
      rate: Highest learning rate, in thousandths.
      init: Label of the model that it begins with.
      **options: Further arguments of the rule.
    """
    sscl(
        name = name,
        batch_size = BATCH_SIZE,
        epochs = by_scale([1, 1], epochs, epochs),
        init = init,
        optimizer = ":adam_%d%s" % (rate, "_stage%d" % number if number else ""),
        stage = number or 1,
        **(both_encoders(files, seed) | options)
    )

def both_stages(name, files, seed, epochs, rate, **options):
    """Both stages of SSCL: the targets `name` and `name`_stage1.

    Args:
      name: Name of the target.
      files: Label of the files.
      seed: Number of the seed.
      epochs: Numbers of epochs of the two phases of each stage.
      rate: Highest learning rate, in thousandths.
      **options: Further arguments of the rule.
    """
    stage(name + "_stage1", files, seed, 1, epochs, rate, **options)
    stage(name, files, seed, 2, epochs, rate, init = ":%s_stage1" % name, **options)

def scores(models):
    """A column of a report for each model.

    Args:
      models: Labels of models by the titles of their columns.
    """
    return {title: measured(model) for title, model in models.items()}

def choice():
    """Every setting that is tried, on held-out training files, with one seed.

    keras_av build //configs/rivals:sscl_choice
    """
    models = {}
    settings = [(one, RATES[0]) for one in TEMPERATURES] + [(TEMPERATURES[1], RATES[1])]
    for temperature, rate in settings:
        setting = "%s_%d" % (str(temperature).replace(".", ""), rate)
        for name, bank in [("batch", None), ("bank512", ":bank_512")]:
            name = "%s_%s" % (name, setting)
            contrast("choice_" + name, CHOICE, 0, bank, temperature, rate)
            models[name] = ":choice_" + name
        for mode in JOINT_MODES:
            _try(models, mode, setting, PHASES[0], RESETS[0], temperature, rate)
    contrast("choice_bank128", CHOICE, 0, ":bank_128", TEMPERATURES[1], RATES[0])
    models["bank128"] = ":choice_bank128"
    for temperature in TEMPERATURES[1:]:
        name = "bank512_fresh_%s" % str(temperature).replace(".", "")
        contrast("choice_" + name, CHOICE, 0, ":bank_512_fresh", temperature, RATES[0])
        models[name] = ":choice_" + name
    for mode in JOINT_MODES:
        _try(models, mode, "long", PHASES[1], RESETS[0], TEMPERATURES[1], RATES[0])
        _try(models, mode, "reset", PHASES[0], RESETS[1], TEMPERATURES[1], RATES[0])
        _try(models, mode, "fresh", PHASES[0], RESETS[0], TEMPERATURES[1], RATES[0], MOMENTA[1])
    report(
        name = "sscl_choice",
        columns = scores(models),
    )

def _try(models, mode, setting, epochs, reset, temperature, rate, momentum = MOMENTA[0]):
    name = "%s_%s" % (mode, setting)
    both_stages(
        "choice_" + name,
        CHOICE,
        0,
        epochs,
        rate,
        bank = ":bank_%d%s" % (NUM_NEGATIVES[1], "" if momentum else "_fresh"),
        joint_mode = mode,
        reset = reset,
        temperature = temperature,
    )
    models[name] = ":choice_" + name
