import pytest

from keras_av.cli.folder import init, scan
from keras_av.data import Manifest, generated_set
from keras_av.workspace import ConfigError


def test_every_file_is_named(tmp_path):
    files = generated_set(num_train=8, num_test=8)
    lines = scan(files.root, str(tmp_path / "files.csv"))
    assert len(lines) == len(Manifest.from_folder(files.root)) + 2
    assert all(line.startswith("ok ") for line in lines[:-2])
    assert "can be opened" in lines[-2]
    again = Manifest.from_csv(tmp_path / "files.csv", files.root)
    assert (again.facts["status"] == "ok").all()


@pytest.mark.parametrize("command", [init, scan])
def test_other_folders_are_refused(tmp_path, command):
    with pytest.raises(ConfigError, match="holds no media files"):
        command(str(tmp_path))
    with pytest.raises(ConfigError, match="There is no folder"):
        command(str(tmp_path / "nowhere"))
