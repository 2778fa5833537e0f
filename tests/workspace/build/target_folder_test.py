"""The folder of a result."""

import threading
import time

import pytest

from keras_av.workspace.build.target_folder import TargetFolder, write_json


def test_it_is_finished_at_the_end(tmp_path):
    folder = TargetFolder(tmp_path / "a")
    assert not folder.is_begun and not folder.is_finished
    folder.begin({"rule": "sscl"}, {"place": "BUILD:1"})
    assert folder.is_begun and not folder.is_finished
    folder.finish(1.0)
    again = TargetFolder(tmp_path / "a")
    assert again.is_finished
    assert again.content() == {"rule": "sscl"}
    assert again.about() == {"place": "BUILD:1"}
    folder.remove()
    assert not folder.is_begun and not folder.path.exists()


def test_one_at_a_time_holds_it(tmp_path):
    waits = []
    folder = TargetFolder(tmp_path / "a")
    with folder.locked(lambda: waits.append("first")):

        def try_it():
            with TargetFolder(tmp_path / "a").locked(
                lambda: waits.append("second")
            ):
                waits.append("held")

        thread = threading.Thread(target=try_it)
        thread.start()
        while not waits:
            time.sleep(0.01)
        assert waits == ["second"]
    thread.join()
    assert waits == ["second", "held"]


def test_what_cannot_be_written_leaves_the_former_file(tmp_path):
    path = tmp_path / "x.json"
    write_json(path, [1])
    with pytest.raises(TypeError):
        write_json(path, [1, object()])
    assert path.read_text() == "[\n 1\n]"
