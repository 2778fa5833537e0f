import json

import pytest

from keras_av.rules.results import Results
from keras_av.workspace.build.target_folder import TargetFolder


def test_all_below_a_folder_is_read(tmp_path):
    folder = tmp_path / "stage1"
    TargetFolder(folder).begin(
        {"rule": "sscl", "attributes": {"bank": "0a1b"}},
        {"labels": {"bank": "//:bank", "epochs": [1, 2]}},
    )
    (folder / "log.csv").write_text("epoch,loss\n0,3.5\n1,2.5\n")
    (tmp_path / "table.json").write_text('{"a": {"knn": 0.5}}')
    (tmp_path / "num_clips.json").write_text("[8, 17]")
    found = Results(tmp_path)
    assert found.logs["stage1"]["loss"] == [3.5, 2.5]
    assert found.tables == {"": {"a": {"knn": 0.5}}}
    assert found.num_clips == {"": 8}
    assert found.settings() == {}
    assert Results(folder).settings() == {
        "rule": "sscl",
        "bank": "//:bank",
        "epochs": "[1, 2]",
    }


def test_without_labels_attributes_are_the_settings(tmp_path):
    TargetFolder(tmp_path).begin({"rule": "a", "attributes": {"epochs": 3}})
    (tmp_path / "log.csv").write_text("epoch,loss\n0,3.5\n")
    assert Results(tmp_path).settings() == {"rule": "a", "epochs": "3"}


@pytest.mark.parametrize("text", ["[1, 2]", '{"a": 3}', "{"])
def test_other_tables_are_refused(tmp_path, text):
    (tmp_path / "table.json").write_text(text)
    with pytest.raises(ValueError):
        Results(tmp_path)


def test_a_folder_without_results_is_refused(tmp_path):
    (tmp_path / "other.json").write_text(json.dumps({}))
    with pytest.raises(ValueError, match="neither a log.csv nor a table.json"):
        Results(tmp_path)


def test_the_latest_result_of_a_target_counts(tmp_path):
    for key, value in (("0a", 0.5), ("0b", 0.25)):
        folder = tmp_path / "report" / key
        folder.mkdir(parents=True)
        (folder / "table.json").write_text(json.dumps({"a": {"knn": value}}))
    (tmp_path / "report" / "latest").symlink_to("0b")
    assert Results(tmp_path).tables == {"report": {"a": {"knn": 0.25}}}
    # Unless another is asked for by its name.
    old = Results(tmp_path / "report" / "0a")
    assert old.tables == {"": {"a": {"knn": 0.5}}}
    latest = Results(tmp_path / "report" / "latest")
    assert latest.tables == {"": {"a": {"knn": 0.25}}}
