"""Files that earlier versions of the library wrote."""

import pathlib

FILES = pathlib.Path(__file__).parent / "before.zip"
