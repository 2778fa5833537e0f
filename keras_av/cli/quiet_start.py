"""Starting of TensorFlow without the notes of its libraries."""

import os
import sys
import tempfile


def quiet_start() -> None:
    """Import TensorFlow and find its devices, with nothing on the terminal.

    Its libraries write to the standard error of the process before any option
    of theirs is read. If the import fails, all that was written is shown.

    Raises:
        ImportError: If TensorFlow cannot be imported.
    """
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
