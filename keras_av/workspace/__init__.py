"""BUILD files: experiments as a graph of targets, each built once."""

from keras_av.workspace.builder import Builder
from keras_av.workspace.config_error import ConfigError
from keras_av.workspace.graph import Graph
from keras_av.workspace.label import Label
from keras_av.workspace.provider import Provider
from keras_av.workspace.rule import Rule, rule
from keras_av.workspace.workspace import Workspace
