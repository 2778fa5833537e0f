"""BUILD files: experiments as a graph of targets."""

from keras_av.workspace.build.builder import Builder
from keras_av.workspace.graph.graph import Graph
from keras_av.workspace.labels.config_error import ConfigError
from keras_av.workspace.labels.label import Label
from keras_av.workspace.provider import Provider
from keras_av.workspace.rule import Rule, rule
from keras_av.workspace.rule_spec import RuleSpec
from keras_av.workspace.starlark.workspace import Workspace

__all__ = [
    "Builder",
    "ConfigError",
    "Graph",
    "Label",
    "Provider",
    "Rule",
    "RuleSpec",
    "Workspace",
    "rule",
]


def __dir__() -> list[str]:
    return list(__all__)
