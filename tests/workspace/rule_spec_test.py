"""What is known of a rule without importing what it does."""

import json

from keras_av.workspace import RuleSpec
from tests.workspace.toy_rules import RULES


def test_a_table_keeps_all_of_it():
    for name, rule in RULES.items():
        text = json.dumps(rule.spec.to_json())
        assert RuleSpec.from_json(name, json.loads(text)) == rule.spec


def test_what_is_required_stays_required():
    write = RULES["write"].spec
    assert write.attributes["data"].is_required
    again = RuleSpec.from_json("write", write.to_json())
    assert again.attributes["data"].is_required
    assert again.attributes["init"].default is None
