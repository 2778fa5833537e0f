"""Tables."""

import json

import pytest

from keras_av.rules import Scores, report


def scores(folder, num_clips=None, **values):
    folder.mkdir()
    made = Scores(folder)
    made.save(values, {name: 0.1 for name in values}, num_clips)
    return made


def test_columns_hold_all_scores(tmp_path):
    first = scores(tmp_path / "a", accuracy=0.5)
    second = scores(tmp_path / "b", recall=0.7)
    made = report(
        tmp_path / "report", columns={"x": [first, second], "y": [first]}
    )
    found = json.loads((tmp_path / "report" / "table.json").read_text())
    assert found == {
        "x": {"accuracy": 0.5, "recall": 0.7},
        "y": {"accuracy": 0.5},
        "chance": {"accuracy": 0.1, "recall": 0.1},
    }
    assert "accuracy" in made.table.read_text()


def test_means_over_folds(tmp_path):
    folds = {
        f"fold {n}": [scores(tmp_path / str(n), accuracy=0.5 + n / 10)]
        for n in range(3)
    }
    made = report(tmp_path / "report", columns=folds, mean=True)
    found = json.loads((tmp_path / "report" / "table.json").read_text())
    mean, half = found["mean"]["accuracy"]
    assert abs(mean - 0.6) < 1e-9 and abs(half - 0.248) < 1e-3
    assert "0.600 ± 0.248" in made.table.read_text()
    with pytest.raises(
        ValueError, match="mean=True needs at least two columns"
    ):
        report(tmp_path / "one", columns={"a": folds["fold 0"]}, mean=True)


def test_a_table_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="columns must name at least one"):
        report(tmp_path, columns={})


def test_clips_that_are_too_few_to_tell(tmp_path):
    few = scores(tmp_path / "few", 20, accuracy=0.2, rank=9.0)
    many = scores(tmp_path / "many", 200, accuracy=0.2, recall=0.1)
    made = report(tmp_path / "report", columns={"x": [few], "y": [many]})
    assert made.table.read_text().split("\n")[-4:] == [
        "",
        "Test clips: 20, 200",
        "Too few to tell from chance: x, accuracy; y, recall",
        "",
    ]
    assert made.num_clips() == [20, 200]
    made = report(tmp_path / "unknown", columns={"x": [scores(tmp_path / "z")]})
    assert "clips" not in made.table.read_text() and made.num_clips() == []
