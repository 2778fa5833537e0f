import multiprocessing
import os
import types

import pytest

from keras_av.data.plumbing import worker_processes
from keras_av.data.plumbing.beam_workers import BeamWorkers
from keras_av.data.plumbing.pipeline import num_cpus
from keras_av.data.plumbing.worker_processes import in_processes, workers_for


def test_one_worker_is_this_process():
    results = dict(in_processes(lambda _: os.getpid(), "abc", 1))
    assert results == {number: os.getpid() for number in range(3)}
    assert list(in_processes(len, [], 4)) == []


@pytest.mark.slow
def test_several_workers_do_every_job_once():
    jobs = ["a", "bc", "def"] * 5
    results = dict(in_processes(len, jobs, 2))
    assert results == {n: len(job) for n, job in enumerate(jobs)}


def test_what_a_job_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        list(in_processes(lambda x: 1 / x, [1, 0], 1))


def test_few_files_are_not_worth_a_process():
    assert workers_for(None, 99, 100) == 1
    assert workers_for(None, 10**9, 100) == num_cpus()


def test_given_workers_are_used():
    assert workers_for(3, 1, 100) == 3
    beam = BeamWorkers()
    assert workers_for(beam, 1, 100) is beam
    with pytest.raises(ValueError, match="at least 1. Received: num_workers=0"):
        workers_for(0, 1, 100)


class Ended(Exception):
    """In place of the end of the process."""


@pytest.mark.parametrize("killed", [True, False])
def test_no_job_is_begun_for_a_killed_process(monkeypatch, killed):
    """A worker takes seconds to start: its process may be gone by then."""

    def end(status):
        raise Ended(status)

    here, there = multiprocessing.Pipe()
    if killed:
        there.close()
    parent = types.SimpleNamespace(sentinel=here)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(worker_processes.threading, "Thread", Unstarted)
    if killed:
        with pytest.raises(Ended):
            worker_processes._begin()
    else:
        worker_processes._begin()
        assert Unstarted.made
    here.close()


class Unstarted:
    """In place of the thread that ends the process."""

    made: list = []

    def __init__(self, target, daemon):
        self.made.append(target)

    def start(self):
        assert len(self.made) == 1
