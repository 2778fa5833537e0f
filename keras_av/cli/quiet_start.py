"""Starting of TensorFlow without the notes of its libraries."""

import os
import sys
import tempfile


def quiet_start() -> None:
    """Import TensorFlow and find its devices, with nothing on the terminal.

    Its libraries write to the standard error of the process before any option
    of theirs is read. If the import fails, all that was written is shown. A
    program calls it before it imports anything else. oneDNN is used unless
    `TF_ENABLE_ONEDNN_OPTS` forbids it: TensorFlow leaves it out on CPUs without
    AVX-512, where it is up to 100 times faster.

    Raises:
        ImportError: If TensorFlow cannot be imported.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as notes:
        os.dup2(notes.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices()
        except BaseException:
            os.dup2(kept, 2)
            notes.seek(0)
            sys.stderr.write(notes.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
