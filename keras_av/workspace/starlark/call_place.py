"""Places in BUILD files."""

import re

_FRAME = re.compile(r"^  \* (\S+):(\d+), in (\S+)$", re.MULTILINE)
_SPAN = re.compile(r"^ +--> (\S+):(\d+):\d+$", re.MULTILINE)
_MESSAGE = re.compile(r"^error: (.*)$", re.MULTILINE)


def call_place(stack: str) -> str:
    """The place of a rule call, from the stack of a Starlark interpreter.

    For a macro it includes the place in the BUILD file and that of the rule in
    the macro.

    Args:
        stack: Output of `call_stack()`, or the head of an error.

    Returns:
        `"configs/BUILD:3"` or `"configs/BUILD:3 (in folds, defs.bzl:7)"`;
        empty if the stack is.
    """
    frames = [f for f in _FRAME.findall(stack) if not f[0].startswith("@")]
    if not frames:
        return ""
    place = "{}:{}".format(*frames[0])
    if len(frames) > 1:
        file, line, function = frames[-1]
        place += f" (in {function}, {file}:{line})"
    return place


def tidy_error(text: str) -> str:
    """Reorder an error of the interpreter: place, message, source snippet."""
    message, span = _MESSAGE.search(text), _SPAN.search(text)
    if message is None or span is None:
        return text.strip()
    place = call_place(text[: message.start()]) or f"{span[1]}:{span[2]}"
    picture = text[span.start() :].rstrip(" |\n")
    return f"{place}: {message[1]}\n{picture}"
