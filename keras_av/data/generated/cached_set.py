"""Sets of files that are made once and kept."""

import concurrent.futures
import errno
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from keras_av.data.generated.event import SPLITS
from keras_av.data.manifest.manifest import Manifest
from keras_av.data.plumbing.pipeline import num_cpus
from keras_av.ops.progress import Progress

File = TypeVar("File")

_LOCKED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)


def checked_counts(
    num_train: int, num_test: int, num_classes: int
) -> dict[str, int]:
    """Split -> number of its videos.

    Raises:
        ValueError: If one is not a multiple of `num_classes`, or both are 0.
    """
    counts = {"train": num_train, "test": num_test}
    for split, count in counts.items():
        if count < 0 or count % num_classes:
            raise ValueError(
                f"num_{split} must be a multiple of {num_classes}, the "
                f"number of classes. Received: num_{split}={count}"
            )
    if not num_train and not num_test:
        raise ValueError("num_train and num_test cannot both be 0")
    return counts


def cached_set(
    name: str,
    cache_dir: str | os.PathLike[str] | None,
    write: Callable[[pathlib.Path], None],
) -> Manifest:
    """The manifest of a set; its files are written if they are not there.

    Args:
        name: Name of the folder, which tells what is in it.
        cache_dir: Folder that it is made in. Defaults to the environment
            variable `KERAS_AV_CACHE`, or else `~/.cache/keras_av`.
        write: Writes all files and `manifest.csv` into a folder.

    Raises:
        OSError: If the folder cannot be made.
    """
    if cache_dir is None:
        cache_dir = os.environ.get("KERAS_AV_CACHE", "~/.cache/keras_av")
    folder = pathlib.Path(cache_dir).expanduser() / name
    if not folder.is_dir():
        _write_once(folder, write)
    return Manifest.from_csv(folder / "manifest.csv")


def _write_once(
    folder: pathlib.Path, write: Callable[[pathlib.Path], None]
) -> None:
    """Write all files aside, then give the folder its name at once."""
    aside = _new_folder(folder)
    try:
        write(aside)
        aside.chmod(0o755)
        os.rename(aside, folder)
    except OSError:
        # Another process may have been faster; its files are the same.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _new_folder(folder: pathlib.Path) -> pathlib.Path:
    """A folder beside the one that it will become.

    Raises:
        OSError: If the place must not be written, as a home that is none.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return pathlib.Path(
            tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent)
        )
    except OSError as error:
        if error.errno not in _LOCKED:
            raise
        raise OSError(
            error.errno,
            "Generated files cannot be kept there. Set the environment "
            "variable KERAS_AV_CACHE to a folder that this user may write",
            str(folder.parent),
        ) from None


def write_manifest(
    folder: pathlib.Path, counts: dict[str, int], class_names: Sequence[str]
) -> list[tuple[str, str, str, int]]:
    """Write `manifest.csv` and make the folders of the classes.

    Returns:
        Path, class, split and number in both of every file to be written.
    """
    files = []
    for kind in class_names:
        (folder / kind).mkdir()
        for split in SPLITS:
            for number in range(counts[split] // len(class_names)):
                path = f"{kind}/{split}_{number:04d}.mp4"
                files.append((path, kind, split, number))
    paths, kinds, splits, _ = zip(*files)
    labels = [class_names.index(kind) for kind in kinds]
    manifest = Manifest(
        folder, paths, labels, splits, class_names=tuple(class_names)
    )
    manifest.to_csv(folder / "manifest.csv")
    return files


def in_threads(write: Callable[[File], None], files: Collection[File]) -> None:
    """Write files, some at a time: encoders let go of the interpreter."""
    progress = Progress("generate", len(files), "videos")
    with concurrent.futures.ThreadPoolExecutor(num_cpus()) as pool:
        for _ in progress.over(pool.map(write, files)):
            pass
