import errno
import gc
import os
import sys

import pytest
from absl import app

from keras_av.cli.run_program import run_program


class Ended(Exception):
    """In place of the end of the process."""


def ended(error, monkeypatch, capsys):
    """The exit status of a program that fails, and what it has said."""

    def main(arguments):
        assert arguments == ["program"]
        raise error

    def end(code):
        raise Ended(code)

    monkeypatch.setattr(app, "run", lambda main: main(["program"]))
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    with pytest.raises(Ended) as found:
        run_program(main)
    return found.value.args[0], capsys.readouterr().err


@pytest.mark.parametrize(
    "error, sentence",
    [
        (
            OSError(errno.ENOSPC, "No space left. Make room", "out/log.csv"),
            "ERROR: out/log.csv: No space left. Make room.\n",
        ),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out"),
            "ERROR: out: No space left on device. Make room and run the same "
            "command again.\n",
        ),
        (
            RuntimeError("error message = 'No space left on device', buf = 0x"),
            "ERROR: No space left on device. Make room and run the same "
            "command again.\n",
        ),
        (
            OSError(errno.EROFS, os.strerror(errno.EROFS), "out"),
            "ERROR: out: Read-only file system. Give this user the right to "
            "it, or choose another place, and run the same command again.\n",
        ),
    ],
)
def test_a_disk_fault_is_told_in_a_sentence(
    error, sentence, monkeypatch, capsys
):
    assert ended(error, monkeypatch, capsys) == (1, sentence)


def test_a_mistake_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(app, "run", lambda main: main(["program"]))
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)

    def main(arguments):
        raise FileNotFoundError(errno.ENOENT, "No such file", "videos")

    with pytest.raises(FileNotFoundError):
        run_program(main)


def test_a_program_that_ends_well(monkeypatch):
    monkeypatch.setattr(app, "run", lambda main: main(["program"]))
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    run_program(lambda arguments: None)


@pytest.mark.parametrize("full", [True, False])
def test_what_hdf5_says_when_a_file_is_forgotten(full, monkeypatch, capsys):
    class File:
        def __del__(self):
            raise RuntimeError(os.strerror(errno.ENOSPC) if full else "bug")

    test_a_program_that_ends_well(monkeypatch)
    File()
    gc.collect()
    assert ("RuntimeError" in capsys.readouterr().err) != full
