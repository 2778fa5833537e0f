"""Does decoding work on this machine?"""


def self_check() -> None:
    """Decode a generated clip and compare."""
