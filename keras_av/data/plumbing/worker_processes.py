"""Work on many files in parallel processes."""

import concurrent.futures
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import tensorflow as tf

from keras_av.data.plumbing.beam_workers import BeamWorkers
from keras_av.data.plumbing.pipeline import check_at_least, num_cpus

Job = TypeVar("Job")
Result = TypeVar("Result")


def workers_for(
    num_workers: int | BeamWorkers | None, num_files: int, files_to_repay: int
) -> int | BeamWorkers:
    """The given workers, or as many processes as many files are worth.

    Args:
        num_workers: Number of processes, a pipeline in their place, or None.
        num_files: Number of files to be worked on.
        files_to_repay: How many of them take as long as starting a process.

    Raises:
        ValueError: If the number is not positive.
    """
    if num_workers is None:
        return min(num_cpus(), num_files // files_to_repay + 1)
    if not isinstance(num_workers, BeamWorkers):
        check_at_least("num_workers", num_workers, 1)
    return num_workers


def in_processes(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    num_workers: int | BeamWorkers,
) -> Iterator[tuple[int, Result]]:
    """Do each job in some process; yield its number and result when done.

    One worker works in this process. Others are started afresh, since a
    forked process would lack TensorFlow's threads, so that a program that
    does this at its top level needs `if __name__ == "__main__":`.

    Args:
        work: A function of a module.
        jobs: Arguments of its calls.
        num_workers: Number of processes, or a pipeline in their place.

    Raises:
        Exception: Whatever `work` raises; jobs that have not begun are left.
    """
    if isinstance(num_workers, BeamWorkers):
        yield from num_workers.run(work, jobs)
        return
    if min(num_workers, len(jobs)) <= 1:
        for number, job in enumerate(jobs):
            yield number, work(job)
        return
    pool = concurrent.futures.ProcessPoolExecutor(
        min(num_workers, len(jobs)),
        multiprocessing.get_context("spawn"),
        initializer=_begin,
    )
    try:
        numbers = {pool.submit(work, job): n for n, job in enumerate(jobs)}
        for future in concurrent.futures.as_completed(numbers):
            yield numbers.pop(future), future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Take no GPU, and end with the process that started this one."""
    tf.config.set_visible_devices([], "GPU")
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel
    if multiprocessing.connection.wait([sentinel], timeout=0):
        # Before the first job, which another run may be doing by now.
        os._exit(1)

    def watch() -> None:
        multiprocessing.connection.wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
