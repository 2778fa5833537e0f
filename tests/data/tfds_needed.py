"""Which tests need tensorflow-datasets."""

import importlib.util
import os

import pytest

# Set where it is installed for its tests: there, none may be skipped.
needs_tfds = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow_datasets") is None
    and os.environ.get("KERAS_AV_TFDS") != "1",
    reason="needs tensorflow-datasets; `make test-tfds` has it",
)
