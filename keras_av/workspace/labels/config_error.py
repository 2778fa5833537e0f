"""Errors in BUILD files."""


class ConfigError(ValueError):
    """An error in a BUILD file or on the command line.

    The message starts with the place, such as `configs/sscl/BUILD:12: `, if
    there is one.

    Examples:

    >>> from keras_av.workspace import ConfigError
    >>> str(ConfigError("configs/BUILD:3: a mistake"))
    'configs/BUILD:3: a mistake'
    """
