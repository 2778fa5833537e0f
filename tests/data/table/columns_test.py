import numpy as np
import pytest

from keras_av.data.table.columns import as_column, check_columns


def test_a_column_without_values_is_its_default():
    np.testing.assert_array_equal(as_column(None, 3, -1, np.int32), [-1] * 3)
    found = as_column(["a", "bc"], 2, "", np.str_)
    assert found.tolist() == ["a", "bc"]


def columns(**others):
    found = {"path": np.array(["a", "b"]), "label": np.array([0, -1])}
    return {**found, **others}


def test_what_fits_passes():
    check_columns(columns(), ("x",), "root")


@pytest.mark.parametrize(
    "others, message",
    [
        (dict(path=np.array([])), "at least one file"),
        (dict(label=np.array([0])), "one entry for each of 2"),
        (dict(path=np.array(["a", "a"])), "Twice or more: ..a"),
        (dict(label=np.array([0, 1])), "from 0 to 1"),
        (dict(label=np.array([0, -2])), "from -2 to 0"),
    ],
)
def test_what_does_not_is_refused(others, message):
    with pytest.raises(ValueError, match=message):
        check_columns(columns(**others), ("x",), "root")
