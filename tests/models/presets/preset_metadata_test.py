import json

import keras
import pytest

from keras_av.models.presets.preset_metadata import (
    FORMAT,
    check_metadata,
    write_metadata,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.txt").write_text("as it was")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    write_metadata(tmp_path, model, ["a.txt"])
    return tmp_path


def change(folder, **entries):
    path = folder / "metadata.json"
    entry = {**json.loads(path.read_text()), **entries}
    path.write_text(json.dumps(entry))


def test_says_what_hubs_read(folder):
    check_metadata(folder)
    entry = json.loads((folder / "metadata.json").read_text())
    assert entry["parameter_count"] == 9
    assert entry["keras_version"] == keras.__version__
    assert set(entry["sha256"]) == {"a.txt"}


def test_a_newer_format_is_refused(folder):
    change(folder, format=FORMAT + 1, keras_av_version="9.0")
    with pytest.raises(ValueError, match="keras_av 9.0.*--upgrade"):
        check_metadata(folder)


def test_changed_and_missing_files_are_refused(folder):
    (folder / "a.txt").write_text("as it is")
    with pytest.raises(ValueError, match="a.txt' is not the file"):
        check_metadata(folder)
    (folder / "a.txt").unlink()
    with pytest.raises(ValueError, match="a.txt' is not the file"):
        check_metadata(folder)


@pytest.mark.parametrize(
    "entries",
    [
        {"sha256": ["a.txt"]},
        {"sha256": {"../a.txt": "0"}},
        {"format": "1"},
    ],
)
def test_malformed_metadata_is_refused(folder, entries):
    change(folder, **entries)
    with pytest.raises(ValueError, match="no metadata of a preset"):
        check_metadata(folder)


@pytest.mark.parametrize("text", ["[]", "{", 100_000 * "["])
def test_other_files_are_refused(folder, text):
    (folder / "metadata.json").write_text(text)
    with pytest.raises(ValueError, match="metadata"):
        check_metadata(folder)


def test_without_metadata_nothing_is_judged(folder):
    (folder / "metadata.json").unlink()
    (folder / "a.txt").write_text("as it is")
    check_metadata(folder)
