"""What the examples share: their flags, their data, encoders and probes."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import dataclasses
import json
import logging
import pathlib

import keras
from absl import flags

from keras_av import rules
from keras_av.callbacks import KNNProbe, LinearProbe, RetrievalProbe
from keras_av.data import ClipSpec, Manifest, clips
from keras_av.evaluation import mean_and_interval
from keras_av.layers import log_mel_statistics
from keras_av.report import format_table, plot_history, plot_retrieval

# Every model has functions of its own, which TensorFlow takes for a mistake.
logging.getLogger("tensorflow").setLevel(logging.ERROR)

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "data", None, "Folder of videos, or a prepared one; default: generated."
)
flags.DEFINE_enum("layout", "folder", ["folder", "ucf101"], "Of --data.")
flags.DEFINE_enum("scale", "small", ["smoke", "small"], "How much to train.")
flags.DEFINE_string("output", None, "Folder for what the run leaves.")
flags.DEFINE_integer("seed", 0, "Governs everything random.")
flags.DEFINE_float("learning_rate", 1e-3, "Of Adam, at the start.")


@dataclasses.dataclass(frozen=True)
class Scale:
    """Sizes of a run."""

    spec: ClipSpec
    width: int
    num_train: int
    num_test: int
    batch_size: int
    epochs: tuple[int, int, int, int]


# In the generated set; as wooden balls and hammers on wood do.
LOOK_ALIKE = ("metal_ball", "hammer_metal")
SCALES = {
    "smoke": Scale(
        ClipSpec(8, 4, size=32, audio_seconds=2.0), 4, 32, 16, 16, (1, 1, 1, 1)
    ),
    "small": Scale(
        ClipSpec(16, 2, size=48, audio_seconds=2.0),
        16,
        320,
        128,
        32,
        (8, 32, 8, 32),
    ),
}


def scale() -> Scale:
    """The sizes that --scale names."""
    return SCALES[FLAGS.scale]


def output_folder(name: str) -> pathlib.Path:
    """The folder for what the run leaves, made if it is not there."""
    folder = pathlib.Path(FLAGS.output or f"out/{name}")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def load_dataset(by_sight: bool = False) -> rules.Dataset:
    """What --data names.

    Args:
        by_sight: Whether to leave out the generated classes that look like
            another one, for networks that do not hear.
    """
    if FLAGS.data is None:
        return rules.generated_dataset(
            num_train=scale().num_train,
            num_test=scale().num_test,
            exclude_classes=LOOK_ALIKE if by_sight else (),
        )
    if FLAGS.layout == "ucf101":
        return rules.ucf101(path=FLAGS.data)
    return rules.folder_dataset(path=FLAGS.data, seed=FLAGS.seed)


def load_manifests(by_sight: bool = False) -> tuple[Manifest, Manifest]:
    """Training and test files of `load_dataset`."""
    dataset = load_dataset(by_sight)
    print(
        f"{len(dataset.train)} files to learn from, {len(dataset.test)} to "
        f"test on, {dataset.files.num_classes} classes",
        flush=True,
    )
    return dataset.train, dataset.test


def batch_size(manifest: Manifest) -> int:
    """Half of a small set, so that a few bad files leave a batch."""
    return min(scale().batch_size, max(len(manifest) // 2, 1))


def make_clips(manifest: Manifest, training: bool = False):
    """Batches of clips; kept in memory after the first epoch."""
    return clips(
        manifest,
        scale().spec,
        batch_size(manifest),
        training=training,
        seed=FLAGS.seed,
        cache=True,
    )


def make_encoders(train_clips) -> tuple[keras.Model, keras.Model]:
    """Backbones that take raw clips: what prepares these is inside."""
    sizes = scale()

    def statistics(layer):
        return log_mel_statistics(layer, train_clips)

    encoders = (
        rules.resnet3d(depth=10, width=sizes.width, augmentation="colors"),
        rules.audio_resnet(depth=10, width=sizes.width),
    )
    video, audio = (
        encoder.make(sizes.spec, FLAGS.seed, statistics) for encoder in encoders
    )
    return video, audio


def fit(model: keras.Model, dataset, epochs: int) -> keras.Model:
    """Train with Adam, whose learning rate warms up and then falls."""
    optimizer = rules.adam(
        learning_rate=FLAGS.learning_rate, final_share=0.02, warmup_steps=20
    )
    num_steps = epochs * int(dataset.cardinality())
    rules.compile_model(model, optimizer, num_steps)
    model.fit(dataset, epochs=epochs, verbose=0)
    return model


def print_intervals(rows, folder, baseline, **others) -> None:
    """Print means and 95 % intervals over seeds; table.json has the runs.

    Args:
        rows: For each row of the table, what each of its runs measured.
        folder: Where table.json goes.
        baseline: The row that others are compared with, seed by seed.
        **others: Further columns.
    """
    names = list(rows[baseline][0])

    def column(name, minus=None):
        compared = {t: runs for t, runs in rows.items() if t != minus}
        least = [run[name] if minus else 0.0 for run in rows[baseline]]
        return {
            title: mean_and_interval(
                [run[name] - value for run, value in zip(runs, least)]
            )
            for title, runs in compared.items()
        }

    columns = {name: column(name) for name in names}
    leads = {name: column(name, minus=baseline) for name in names}
    print(f"\n{format_table({**columns, **others})}")
    print(f"\nOver {baseline}, seed by seed:\n{format_table(leads)}\n")
    text = json.dumps({"runs": rows, **others}, indent=1)
    (folder / "table.json").write_text(text)


def make_probes(train_clips, test_clips, frequency: int):
    """What is measured, on files that are not trained on."""
    probes = [RetrievalProbe(test_clips, frequency)]
    known, asked = classes(train_clips), classes(test_clips)
    for modality in ("video", "audio"):
        if len(known[modality]) < 2 or not asked[modality]:
            print(f"No probe of {modality}: its clips are of too few classes.")
            continue
        sides = (train_clips, test_clips, modality)
        probes.append(LinearProbe(*sides, frequency=frequency))
        probes.append(KNNProbe(*sides, frequency=frequency))
    return probes


def classes(batches) -> dict[str, set[int]]:
    """Classes that are seen, and those that are heard."""
    found = {"video": set(), "audio": set()}
    for batch in batches.as_numpy_iterator():
        labelled = batch["label"] >= 0
        found["video"].update(batch["label"][labelled])
        found["audio"].update(batch["label"][labelled & batch["has_audio"]])
    return found


def measure(model: keras.Model, probes) -> dict[str, float]:
    """What the probes find in a model as it is."""
    found = {}
    for probe in probes:
        probe.set_model(model)
        found.update(probe.measure())
    return found


def save(model: keras.Model, log, panels, phases, test_clips, folder) -> None:
    """Write both backbones as presets, and the pictures."""
    plot_history(log, folder / "curves.png", panels, phases)
    plot_retrieval(model, test_clips, folder / "retrieval.png")
    for name in ("video", "audio"):
        encoder = getattr(model, f"{name}_encoder")
        encoder.save_to_preset(folder / f"{name}_backbone")
    print(f"Backbones, log and pictures: {folder.resolve()}")


def print_table(stages, folder) -> None:
    """Print measurements of each stage beside chance; table.json has them."""
    by_chance = rules.chance_of(next(iter(stages.values())))
    columns = {
        title: {name: float(values[name]) for name in by_chance}
        for title, values in stages.items()
    }
    columns["chance"] = by_chance
    print(f"\n{format_table(columns)}\n")
    (folder / "table.json").write_text(json.dumps(columns, indent=1))


def train(model, train_clips, epochs, callbacks, folder):
    """Fit, with a backup that a killed run goes on from; the logged values."""
    optimizer = rules.adam(learning_rate=FLAGS.learning_rate)
    return rules.run_training(
        model, train_clips, epochs, optimizer, folder, callbacks
    )
