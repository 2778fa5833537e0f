"""What targets give."""

from keras_av.workspace import Provider


def test_nothing_is_missing_unless_it_is_said():
    assert Provider().missing() is None
    assert Provider().digest() == ""


def test_what_is_made_by_hand_has_no_key():
    provider = Provider()
    assert provider.key is None
    provider.keep_key(lambda: "abc")
    assert provider.key == "abc"
