import types

import pytest

from keras_av import rules
from keras_av.rules.methods import check_bank as module
from keras_av.rules.methods.check_bank import check_bank


def bank(num_negatives):
    return rules.memory_bank(dim=100, num_negatives=num_negatives)


def files(num_train):
    return types.SimpleNamespace(num_train=num_train)


def test_memory_counts_every_bank(monkeypatch):
    # A bank of 1,000 rows of 100 numbers takes 0.4 MB.
    monkeypatch.setattr(module, "free_memory", lambda: 500_000)
    check_bank(bank(10), files(1000), num_banks=1)
    with pytest.raises(ValueError, match="banks of 1000 rows take 0.0 GB"):
        check_bank(bank(10), files(1000), num_banks=2)
    check_bank(bank(10), files(None), num_banks=2)


def test_negatives_are_other_files():
    check_bank(bank(7), files(8), num_banks=1)
    with pytest.raises(ValueError, match="training files, 8. Received: num_"):
        check_bank(bank(8), files(8), num_banks=1)
