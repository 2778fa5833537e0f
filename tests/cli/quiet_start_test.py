import subprocess
import sys
import textwrap

import pytest


def run(code):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow_on_tensorflow
def test_nothing_is_written_and_later_errors_are():
    found = run(
        """
        import sys
        from keras_av.cli.quiet_start import quiet_start
        quiet_start()
        print("a note", file=sys.stderr)
        """
    )
    assert (found.returncode, found.stderr) == (0, "a note\n")


def test_all_is_shown_if_it_fails():
    found = run(
        """
        import importlib.abc, os, sys
        class Broken(importlib.abc.MetaPathFinder):
            def find_spec(self, name, path, target=None):
                if name == "tensorflow":
                    os.write(2, b"libcuda is broken\\n")
                    raise ImportError("cannot be loaded")
        sys.meta_path.insert(0, Broken())
        from keras_av.cli.quiet_start import quiet_start
        quiet_start()
        """
    )
    assert found.returncode == 1
    assert "libcuda is broken" in found.stderr
    assert "ImportError: cannot be loaded" in found.stderr
