"""What a result depends on."""

import keras

from keras_av.workspace.build.key import content_key, environment


def test_the_order_of_names_does_not_matter():
    key = content_key({"a": 1, "b": [2.0, None]})
    assert key == content_key({"b": [2.0, None], "a": 1})
    assert key != content_key({"a": 1, "b": [2.0, 0]})


def test_the_environment_names_the_backend():
    assert environment()["backend"] == keras.backend.backend()
