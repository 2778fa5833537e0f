"""Hints at what was meant."""

from keras_av.workspace.labels.did_you_mean import did_you_mean


def test_hints():
    there = "write build, list"
    known = ["build", "list"]
    assert did_you_mean("bulid", known, there) == "did you mean 'build'?"
    assert did_you_mean("zzz", known, there) == "write build, list"
    assert did_you_mean("lst", known, "", ":{}") == "did you mean ':list'?"
