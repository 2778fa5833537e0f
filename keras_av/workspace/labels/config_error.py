"""Errors in BUILD files."""


class ConfigError(ValueError):
    """An error in a BUILD file or on the command line.

    Each message starts with the place, such as `configs/sscl/BUILD:12: `, if
    there is one. Several stand below each other.

    Examples:

    >>> from keras_av.workspace import ConfigError
    >>> str(ConfigError("configs/BUILD:3: a mistake"))
    'configs/BUILD:3: a mistake'
    """

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))
