"""Both stages of SSCL, once for each seed."""

load("@keras_av//:rules.bzl", "memory_bank", "sscl", "untrained")
load("//configs:defs.bzl", "by_scale", "dataset", "measured_report", "of_seed")

def pre_training(seed):
    """Both stages of SSCL, and what probes find after each.

    Args:
      seed: Number of the seed.
    """
    end = of_seed(seed)

    # At scale=paper: which set it was is not published; Kinetics is the likely
    # one. Nor are batch, epochs, negatives and optimizer.
    files = dataset(
        "//configs/datasets:ucf101_1",
        "//configs/datasets:kinetics",
    )
    untrained(
        name = "untrained" + end,
        audio_encoder = "//configs/encoders:audio",
        clip_spec = "//configs/datasets:clips",
        dataset = files,
        seed = seed,
        video_encoder = "//configs/encoders:video",
    )
    memory_bank(
        name = "bank" + end,
        dim = 128,
        num_negatives = by_scale(16, 128, 1024),
    )

    # The roles are exchanged in stage 2, which continues with all of stage 1.
    for stage in [1, 2]:
        sscl(
            name = "stage%d%s" % (stage, end),
            audio_encoder = "//configs/encoders:audio",
            bank = ":bank" + end,
            batch_size = by_scale(16, 32, 64),
            clip_spec = "//configs/datasets:clips",
            dataset = files,
            epochs = by_scale([1, 1], [8, 32], [50, 50]),
            init = ":stage1" + end if stage == 2 else None,
            joint_mode = "symmetric",
            optimizer = "//configs/optimizers:sscl_stage%d" % stage,
            seed = seed,
            stage = stage,
            video_encoder = "//configs/encoders:video",
        )
    measured_report(
        name = "report" + end,
        model = ":stage2" + end,
        models = {
            "untrained": ":untrained" + end,
            "stage I": ":stage1" + end,
            "stage II": ":stage2" + end,
        },
    )
