"""Hints at what was meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(
    word: str, known: Iterable[str], otherwise: str, form: str = "{}"
) -> str:
    """A hint at what was meant, or at what there is.

    Args:
        word: That was not understood.
        known: What would have been.
        otherwise: Said where nothing known is near.
        form: How a known word is written. Defaults to as it is.
    """
    near = difflib.get_close_matches(word, known, 1)
    return f"did you mean {form.format(near[0])!r}?" if near else otherwise
