"""Versions in use, without what has them."""

import os
import runpy
import sys

import keras
import numpy as np
import pytest

import keras_av
from keras_av.workspace.build.environment import (
    backend_name,
    environment,
    version_of,
)


def test_it_is_that_of_keras():
    assert environment() == {
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
        "keras_av": keras_av.__version__,
    }


@pytest.mark.parametrize("written", [None, '{"backend": "jax"}', "{}", "{"])
@pytest.mark.parametrize("given", [None, "", "torch"])
def test_it_is_chosen_as_keras_chooses(monkeypatch, tmp_path, written, given):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND")
    if given is not None:
        monkeypatch.setenv("KERAS_BACKEND", given)
    if written is not None:
        (tmp_path / "keras.json").write_text(written)
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "keras")
        found = backend_name()
    # What Keras does when it is imported, in the file that does it.
    path = os.path.join(
        os.path.dirname(keras.__file__), "src/backend/config.py"
    )
    assert found == runpy.run_path(path)["_BACKEND"]


def test_a_version_needs_no_import(monkeypatch):
    version_of.cache_clear()
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "numpy")
        assert version_of("numpy") == np.__version__
        assert "numpy" not in sys.modules
    version_of.cache_clear()


def test_what_is_not_installed_by_its_name_is_imported(monkeypatch, tmp_path):
    (tmp_path / "of_another.py").write_text("__version__ = '1.2'")
    monkeypatch.syspath_prepend(tmp_path)
    assert version_of("of_another") == "1.2"
