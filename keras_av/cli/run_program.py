"""Running of programs that tell of a disk's faults in one sentence."""

import errno
import os
import sys
from collections.abc import Callable
from typing import Any

from absl import app

_FAILED = 1


def run_program(main: Callable[[Any], int | None]) -> None:
    """Run the main function of a program with the flags it was started with.

    This is `absl.app.run` for programs that write to a disk. If it is full, or
    a file must not be read or written, the program ends with one sentence that
    names the file, and with exit status 1. All other errors have their
    traceback; those of the files of a dataset are raised as they are, without
    the trace of TensorFlow's graph.

    Args:
        main: Function that is called with the name of the program and the
            arguments that are not flags. It may return an exit status.

    Examples:

    ```python
    from keras_av.cli.run_program import run_program


    def main(arguments):
        model.save("/full/model.keras")


    run_program(main)
    # ERROR: No space left on device. Make room and run the same command again.
    ```
    """

    def run(arguments: list[str]) -> int | None:
        # Imported late: the command must start quickly.
        from keras_av.ops.own_errors import own_errors

        try:
            with own_errors():
                code = main(arguments)
        except Exception as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
            print(f"ERROR: {sentence}", file=sys.stderr)
            code = _FAILED
        if code:
            # HDF5 crashes at interpreter exit if the disk was full.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        return code

    sys.unraisablehook = _report_unraisable
    app.run(run)


def _sentence(error: Exception) -> str | None:
    """An error that a user can mend, in words; None if it is another."""
    # Imported late: the command must start quickly.
    from keras_av.ops.is_disk_full import is_disk_full
    from keras_av.ops.is_locked_out import is_locked_out

    if is_disk_full(error):
        advice = "Make room and run the same command again."
    elif is_locked_out(error):
        advice = (
            "Give this user the right to it, or choose another place, and run "
            "the same command again."
        )
    else:
        return None
    if not isinstance(error, OSError) or error.filename is None:
        return f"{os.strerror(errno.ENOSPC)}. {advice}"
    said, system = error.strerror, os.strerror(error.errno or 0)
    # What keras_av raises says itself what to do.
    told = f"{error.filename}: {said}."
    return f"{told} {advice}" if said == system else told


def _report_unraisable(found: Any) -> None:
    """Report errors in destructors, but for those of a full disk.

    HDF5 tries to write once more when a file is forgotten.
    """
    from keras_av.ops.is_disk_full import is_disk_full

    if found.exc_value is None or not is_disk_full(found.exc_value):
        sys.__unraisablehook__(found)
