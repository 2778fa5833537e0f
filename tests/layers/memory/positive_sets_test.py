import numpy as np
import pytest
from keras import ops

from keras_av.layers import MemoryBank, PositiveSets, agreeing_rows
from tests import harness

INDEX = np.arange(9, dtype="int32")


def banks(silent=()):
    """Banks of random rows; some clips have no sound."""
    rng, found = np.random.default_rng(0), []
    for gone in ((), silent):
        bank = MemoryBank(9, 4, momentum=0.0, seed=len(found))
        rows = rng.standard_normal((9, 4)).astype("float32")
        bank.update(INDEX, rows, mask=~np.isin(INDEX, gone))
        found.append(bank)
    return found


def look(sets, index=INDEX):
    return tuple(ops.convert_to_numpy(x) for x in sets(index))


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_sets_are_those_that_agree():
    sets, (video, audio) = PositiveSets(9, 3, "union"), banks()
    assert not sets.is_mined and not look(sets)[1].any()
    sets.mine(video, audio)
    rows, known = look(sets, INDEX[[7, 2]])
    assert sets.is_mined and known.all()
    expected = agreeing_rows(video.rows, audio.rows, 3, "union")
    np.testing.assert_array_equal(rows, expected[[7, 2]])
    # No clip is out of range in silence.
    assert look(sets, np.array([0, 9, -1]))[1].tolist() == [True, False, False]


@pytest.mark.parametrize(
    "agreement, heard", [("consensus", True), ("audio", True), ("video", False)]
)
def test_silent_clips_are_in_sets_of_sight_alone(agreement, heard):
    sets = PositiveSets(9, 3, agreement)
    sets.mine(*banks(silent=(1, 4)))
    rows, known = look(sets)
    assert known.tolist() == [not heard or i not in (1, 4) for i in INDEX]
    assert np.isin([1, 4], rows).any() != heard


@pytest.mark.slow_on_jax
@pytest.mark.backend
def test_a_file_keeps_them(tmp_path):
    sets = PositiveSets(9, 3)
    harness.check_config(sets)
    sets.mine(*banks(silent=(3,)))
    store = {}
    sets.save_own_variables(store)
    again = PositiveSets(9, 3)
    again.load_own_variables(store)
    for found, expected in zip(look(again), look(sets)):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("count", [0, 8])
def test_wrong_arguments(count):
    PositiveSets(9, 7)
    with pytest.raises(ValueError, match=f"num_positives={count}"):
        PositiveSets(9, count)
    with pytest.raises(ValueError, match="agreement must be one of"):
        PositiveSets(9, 2, "both")
    with pytest.raises(ValueError, match="Received 3 rows"):
        PositiveSets(9, 3).mine(*banks(silent=range(6)))
