"""What a result depends on."""

import dataclasses

import keras

from keras_av.workspace.build.environment import environment
from keras_av.workspace.build.key import content_key, content_of
from tests.workspace.toy_rules import RULES


def test_the_order_of_names_does_not_matter():
    key = content_key({"a": 1, "b": [2.0, None]})
    assert key == content_key({"b": [2.0, None], "a": 1})
    assert key != content_key({"a": 1, "b": [2.0, 0]})


def test_another_version_of_a_rule_is_another_key():
    spec = RULES["data"].spec
    later = dataclasses.replace(spec, version=spec.version + 1)
    keys = {content_key(content_of(one, {"count": 8})) for one in (spec, later)}
    assert len(keys) == 2


def test_the_environment_names_the_backend():
    assert environment()["backend"] == keras.backend.backend()
