"""What is wrong with a BUILD file."""


class ConfigError(ValueError):
    """A mistake in a BUILD file or on the command line.

    The text begins with the place, `configs/sscl/BUILD:12: `, where there is
    one.

    Examples:

    >>> from keras_av.workspace import ConfigError
    >>> str(ConfigError("configs/BUILD:3: a mistake"))
    'configs/BUILD:3: a mistake'
    """
