"""What a folder says of itself."""

import pytest

from keras_av.workspace.record import Record, write_json


def test_it_is_finished_at_the_end(tmp_path):
    record = Record(tmp_path / "a")
    assert not record.is_begun and not record.is_finished
    record.begin({"rule": "sscl"})
    assert record.is_begun and not record.is_finished
    record.finish(1.0)
    assert Record(tmp_path / "a").is_finished
    assert Record(tmp_path / "a").content() == {"rule": "sscl"}
    record.unfinish()
    assert record.is_begun and not record.is_finished


def test_what_cannot_be_written_leaves_the_former_file(tmp_path):
    path = tmp_path / "x.json"
    write_json(path, [1])
    with pytest.raises(TypeError):
        write_json(path, [1, object()])
    assert path.read_text() == "[\n 1\n]"
