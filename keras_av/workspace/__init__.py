"""BUILD files: experiments as a graph of targets."""

from typing import TYPE_CHECKING

from keras_av.on_demand import load_on_demand

if TYPE_CHECKING:
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

load_on_demand(
    __name__,
    {
        "keras_av.workspace.build.builder": ["Builder"],
        "keras_av.workspace.graph.graph": ["Graph"],
        "keras_av.workspace.labels.config_error": ["ConfigError"],
        "keras_av.workspace.labels.label": ["Label"],
        "keras_av.workspace.provider": ["Provider"],
        "keras_av.workspace.rule": ["Rule", "rule"],
        "keras_av.workspace.rule_spec": ["RuleSpec"],
        "keras_av.workspace.starlark.workspace": ["Workspace"],
    },
)


def __dir__() -> list[str]:
    return list(__all__)
