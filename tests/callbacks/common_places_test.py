import os
import pathlib
import sys

import numpy as np
import pytest

from keras_av.callbacks.common_places import (
    check_own_folder,
    common_places,
    on_any_worker,
    place_of,
)

MODULE = sys.modules[common_places.__module__]


@pytest.fixture
def workers(monkeypatch):
    """Has `common_places` hear of what other workers have."""

    def have(*others):
        def gather(values, strategy):
            tables = [values]
            for other in others:
                table = np.full_like(values, -1)
                table[: len(other)] = np.reshape(other, (-1, 2))
                tables.append(table)
            return np.stack(tables)

        monkeypatch.setattr(MODULE, "gather_workers", gather)

    return have


def test_one_process_has_all_that_it_has():
    assert common_places([(1, 0), (2, 8), (2, 0)], None) == [
        (2, 8),
        (2, 0),
        (1, 0),
    ]
    assert common_places([], None) == []
    assert on_any_worker(True, None) and not on_any_worker(False, None)


def test_the_newest_in_common_comes_first(workers):
    workers([(2, 0), (1, 0)], [(3, 0), (2, 0), (1, 0)])
    assert common_places([(1, 0), (2, 0), (3, 0)], None) == [(2, 0), (1, 0)]


def test_batches_of_an_epoch_are_told_apart(workers):
    workers([(2, 4), (2, 0)])
    assert common_places([(2, 4), (2, 8)], None) == [(2, 4)]


def test_the_first_epoch_counts(workers):
    workers([(0, 8)])
    assert common_places([(0, 8)], None) == [(0, 8)]


def test_a_folder_says_its_place(tmp_path):
    within = tmp_path / "3-120"
    within.mkdir()
    np.savez(within / "place.npz", batches=5)
    assert place_of(within) == (3, 5)
    assert place_of(tmp_path / "4") == (4, 0)


@pytest.mark.parametrize("first", [(0, 8), (1, 0)])
def test_a_first_save_that_was_interrupted_is_not_one(workers, first):
    workers([])
    assert common_places([first], None) == []


@pytest.mark.parametrize("other", [[], [(2, 0)], [(5, 0)]])
def test_refuses_to_start_anew_what_was_trained(workers, other):
    workers(other)
    with pytest.raises(OSError, match="no backup in common.*Restore"):
        common_places([(3, 0), (4, 0)], None)


def test_a_folder_is_of_one_worker(monkeypatch, tmp_path):
    told = []

    def gather(values, strategy):
        told.append(values)
        return np.stack(told)

    monkeypatch.setattr(MODULE, "gather_workers", gather)
    monkeypatch.chdir(tmp_path)
    # The replicas of one process have one.
    check_own_folder(tmp_path / "a", None)
    check_own_folder(tmp_path / "a", None)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    check_own_folder(tmp_path / "b", None)
    with pytest.raises(ValueError, match="for two workers.*Add the number"):
        check_own_folder(pathlib.Path("a"), None)
