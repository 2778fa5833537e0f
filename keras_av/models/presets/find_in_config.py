"""Looking up what a model is made of."""

from typing import Any


def find_in_config(config: Any, name: str) -> Any:
    """The first value of a name in a nested config.

    Args:
        config: Config of a model, or a part of it.
        name: Name of the value.

    Returns:
        The value, or None if there is none.

    Examples:

    >>> from keras_av.models.presets.find_in_config import find_in_config
    >>> find_in_config({"layers": [{"rate": 0.5}, {"rate": 0.1}]}, "rate")
    0.5
    """
    if isinstance(config, dict):
        if name in config:
            return config[name]
        config = list(config.values())
    if isinstance(config, (list, tuple)):
        found = (find_in_config(one, name) for one in config)
        return next(filter(None, found), None)
    return None
