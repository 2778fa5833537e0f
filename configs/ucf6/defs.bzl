"""Contrast, SSCL and labels on real clips, at equal updates.

Each sees every clip in 64 epochs. Clips of a group are cuts of one video: sound
finds its group or its class rather than its very clip.
"""

load("@keras_av//:rules.bzl", "cross_modal_contrastive", "report", "retrieval", "sscl", "supervised", "untrained")
load("//configs:defs.bzl", "by_scale", "measured", "of_seed", "probed")

def beside(prefix, files, seed):
    """Models of one seed, and a table of what probes and retrieval find.

    Args:
      prefix: Beginning of the names of the targets.
      files: Label of the files.
      seed: Number of the seed.
    """
    end = of_seed(seed)
    shared = {
        "clip_spec": ":clips",
        "dataset": files,
        "seed": seed,
    }
    both = shared | {
        "audio_encoder": ":audio",
        "video_encoder": ":video",
    }
    untrained(
        name = prefix + "untrained" + end,
        **both
    )
    cross_modal_contrastive(
        name = prefix + "batch" + end,
        epochs = by_scale(2, 64, 64),
        optimizer = ":adam",
        **both
    )
    for stage in [1, 2]:
        sscl(
            name = "%sstage%d%s" % (prefix, stage, end),
            bank = ":bank",
            epochs = by_scale([1, 1], [6, 26], [6, 26]),
            init = ":%sstage1%s" % (prefix, end) if stage == 2 else None,
            joint_mode = "symmetric",
            optimizer = ":adam_stage%d" % stage,
            stage = stage,
            **both
        )
    labelled = []
    for modality in ["video", "audio"]:
        name = "%s%s_labels%s" % (prefix, modality, end)
        supervised(
            name = name,
            encoder = ":" + modality,
            epochs = by_scale(2, 64, 64),
            optimizer = ":adam",
            **shared
        )
        labelled += probed(":" + name, [modality])
    columns = {"labels": labelled}
    for title, target in [
        ("untrained", "untrained"),
        ("in batch", "batch"),
        ("stage I", "stage1"),
        ("stages I and II", "stage2"),
    ]:
        name = prefix + target + end
        columns[title] = measured(":" + name)
        for same in ["group", "class"]:
            retrieval(
                name = "%s_same_%s" % (name, same),
                features = ":%s_features" % name,
                same = same,
            )
            columns[title].append(":%s_same_%s" % (name, same))
    report(
        name = prefix + "report" + end,
        columns = columns,
    )
