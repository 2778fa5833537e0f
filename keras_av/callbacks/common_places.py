"""The backups that several workers have in common."""

import os
import pathlib
import socket
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_av.training.workers import gather_workers, num_workers

# Epoch, and number of batches within it.
Place = tuple[int, int]
# File in the folder of a backup that was saved within an epoch.
PLACE = "place.npz"
# Of the two or three that a worker keeps.
_COMPARED = 8


def common_places(places: Iterable[Place], strategy: Any) -> list[Place]:
    """The places that every worker has a backup of, the newest first.

    All workers call it at the same time and learn the same. If the first save
    of all was interrupted, which only some workers finished, there is none,
    and the run begins anew.

    Args:
        places: Those of this worker.
        strategy: `tf.distribute.Strategy` of the workers, or None.

    Raises:
        OSError: If there are backups beyond the first epoch, but none in
            common.
    """
    own = sorted(places, reverse=True)[:_COMPARED]
    table = np.full((_COMPARED, 2), -1, "int64")
    table[: len(own)] = np.reshape(own, (-1, 2))
    workers = [
        {(epoch, batches) for epoch, batches in rows if epoch >= 0}
        for rows in gather_workers(table, strategy).tolist()
    ]
    found, common = set.union(*workers), set.intersection(*workers)
    if not common and max(found, default=(0, 0)) > (1, 0):
        raise OSError(
            f"The {num_workers(strategy)} workers have no backup in common. "
            f"This one has those of (epoch, batches) {own}, all together "
            f"{sorted(found, reverse=True)}. Restore the folder of a worker "
            "that lacks them, or remove the folders of all to start anew."
        )
    return sorted(common, reverse=True)


def check_own_folder(folder: pathlib.Path, strategy: Any) -> None:
    """Refuse one folder for the backups of two workers.

    Args:
        folder: That of this worker.
        strategy: `tf.distribute.Strategy` of the workers, or None.

    Raises:
        ValueError: If another process of this host has the same one.
    """
    place = f"{socket.gethostname()}:{folder.resolve()}".encode()
    own = np.array([zlib.crc32(place), os.getpid()], "int64")
    for other, process in gather_workers(own, strategy).tolist():
        if other == own[0] and process != own[1]:
            raise ValueError(
                "Each worker backs up its own state, and needs a folder for "
                f"itself. Received: {folder} for two workers of this host. "
                "Add the number of the worker to it."
            )


def on_any_worker(fact: bool, strategy: Any) -> bool:
    """Whether something is so on at least one worker; all call it at once."""
    return bool(gather_workers(np.array([fact], "int64"), strategy).any())


def place_of(folder: pathlib.Path) -> Place:
    """Place of a backup, which is the same on all workers."""
    batches = 0
    if (folder / PLACE).exists():
        with np.load(folder / PLACE, allow_pickle=False) as file:
            batches = int(file["batches"]) if "batches" in file else 0
    return order_of(folder)[0], batches


def order_of(folder: pathlib.Path) -> list[int]:
    """Epoch and position of a backup; empty if the folder is not one."""
    numbers = folder.name.split("-")
    if len(numbers) > 2 or not all(n.isdecimal() for n in numbers):
        return []
    return [int(number) for number in numbers]
