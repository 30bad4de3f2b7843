"""The known name most like one that is unknown, for the next step of an error.

Called by whoever refuses a name. What compares them is loaded only then: most runs refuse nothing.
"""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word most like this one, None where none reaches `cutoff` (0 to 1, see `difflib`)."""
    import difflib

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return found[0] if found else None
