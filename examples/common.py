"""What the examples share: their flags, their data and their tables."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import dataclasses
import json
import logging
import pathlib

from absl import flags

from keras_av import rules
from keras_av.data import Manifest
from keras_av.evaluation import mean_and_interval
from keras_av.report import format_table

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

    clip_spec: rules.Clips
    width: int
    num_train: int
    num_test: int
    batch_size: int
    epochs: tuple[int, int, int, int]

    @property
    def spec(self):
        """What clips are."""
        return self.clip_spec.spec


# In the generated set; as wooden balls and hammers on wood do.
LOOK_ALIKE = ("metal_ball", "hammer_metal")
SCALES = {
    "smoke": Scale(
        rules.clip_spec(
            num_frames=8, frame_stride=4, size=32, audio_seconds=2.0
        ),
        width=4,
        num_train=32,
        num_test=16,
        batch_size=16,
        epochs=(1, 1, 1, 1),
    ),
    "small": Scale(
        rules.clip_spec(
            num_frames=16, frame_stride=2, size=48, audio_seconds=2.0
        ),
        width=16,
        num_train=320,
        num_test=128,
        batch_size=32,
        epochs=(8, 32, 8, 32),
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
        dataset = rules.generated_dataset(
            num_train=scale().num_train,
            num_test=scale().num_test,
            exclude_classes=LOOK_ALIKE if by_sight else (),
        )
    elif FLAGS.layout == "ucf101":
        dataset = rules.ucf101(path=FLAGS.data)
    else:
        dataset = rules.folder_dataset(path=FLAGS.data, seed=FLAGS.seed)
    print(
        f"{len(dataset.train)} files to learn from, {len(dataset.test)} to "
        f"test on, {dataset.files.num_classes} classes",
        flush=True,
    )
    return dataset


def prepare_dataset(folder: pathlib.Path, by_sight=False) -> rules.Dataset:
    """The same, decoded once into shards in the folder of the run."""
    dataset = load_dataset(by_sight)
    if dataset.files.is_prepared:
        return dataset
    return rules.prepared_dataset(
        folder / "prepared", dataset=dataset, clip_spec=scale().clip_spec
    )


def batch_size(manifest: Manifest) -> int:
    """Half of a small set, so that a few bad files leave a batch."""
    return min(scale().batch_size, max(len(manifest) // 2, 1))


# Of a learning rate that rises before it falls.
WARMUP = {"final_share": 0.02, "warmup_steps": 20}


def learning(dataset: rules.Dataset, seed: int | None = None, **rates) -> dict:
    """What every rule that trains takes.

    Args:
        dataset: To learn from.
        seed: Governs everything random; the default is --seed.
        **rates: How the learning rate goes on, as `rules.adam` takes it; it
            begins with --learning_rate, if nothing else is said.
    """
    rates = {"learning_rate": FLAGS.learning_rate, **rates}
    return {
        "dataset": dataset,
        "clip_spec": scale().clip_spec,
        "optimizer": rules.adam(**rates),
        "batch_size": batch_size(dataset.train),
        "seed": FLAGS.seed if seed is None else seed,
    }


def encoder(sense: str) -> rules.Encoder:
    """A network of one sense; all give descriptors of one size."""
    sizes = {"depth": 10, "width": scale().width}
    if sense == "video":
        return rules.resnet3d(**sizes, augmentation="colors")
    if sense == "image":
        return rules.image_resnet(**sizes)
    return rules.audio_resnet(**sizes)


def pair(dataset: rules.Dataset) -> dict:
    """What every rule of two encoders takes."""
    return {
        "dataset": dataset,
        "clip_spec": scale().clip_spec,
        "video_encoder": encoder("video"),
        "audio_encoder": encoder("audio"),
        "seed": FLAGS.seed,
    }


def few_and_most(dataset: rules.Dataset, seed: int) -> list[rules.Dataset]:
    """A --share of the training files, and the others."""
    return [
        rules.dataset_share(
            dataset=dataset, share=FLAGS.share, seed=seed, rest=rest
        )
        for rest in (False, True)
    ]


def num_negatives(dataset: rules.Dataset) -> int:
    """Of a memory bank, which has a row for each file."""
    return min(128, max(len(dataset.train) - 1, 1))


def report(models: dict[str, rules.Model], folder: pathlib.Path) -> None:
    """Print what probes find in models on other files, beside chance."""
    columns = {
        title: list(_measure(model, model.folder / "measured"))
        for title, model in models.items()
    }
    table = rules.report(folder, columns=columns)
    print(f"\n{table.summary()}")
    print(f"Backbones, logs, pictures and this table: {folder.resolve()}")


def _measure(model: rules.Model, folder: pathlib.Path):
    """All that can be measured of two encoders."""
    yield rules.retrieval(folder / "retrieval", model=model)
    for modality in ("video", "audio"):
        for probe in (rules.linear_probe, rules.knn_probe):
            place = folder / f"{modality}_{probe.name}"
            try:
                yield probe(place, model=model, modality=modality)
            except ValueError as error:
                print(f"No {probe.name} of {modality}: {error}")


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
