"""What targets give."""

from keras_av.workspace import Provider


def test_nothing_is_missing_unless_it_is_said():
    assert Provider().missing() is None
    assert Provider().digest() == ""
