"""Suggestions for misspelled names."""

import difflib
from collections.abc import Iterable


def did_you_mean(
    word: str, known: Iterable[str], otherwise: str, form: str = "{}"
) -> str:
    """A suggestion for a misspelled name.

    Args:
        word: Unknown name.
        known: Known names.
        otherwise: Text if no known name is similar.
        form: Format string of a known name. Defaults to the name itself.
    """
    near = difflib.get_close_matches(word, known, 1)
    return f"did you mean {form.format(near[0])!r}?" if near else otherwise
