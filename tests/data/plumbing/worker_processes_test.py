import os

import pytest

from keras_av.data.plumbing.pipeline import num_cpus
from keras_av.data.plumbing.worker_processes import in_processes, processes_for


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
    assert processes_for(99, 100) == 1
    assert processes_for(10**9, 100) == num_cpus()
