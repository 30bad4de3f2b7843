r"""Patterns that a user wrote, matched in time proportional to the text, whatever the pattern.

Called by the behavioral gate, for the matcher `regex` and for `pattern` in JSON schemas. Python's `re` takes
2^n steps for `^(a+)+$` on n letters and an exclamation mark, so a case file, or an answer that meets an innocent
pattern, could stop a gate for ever; a limit on time would make the verdict depend on the machine. polars, which is
there anyway, matches with Rust's `regex`: finite automata, no look-around, no back references, and a cap on
the size of the compiled pattern. What it accepts is decided by the pattern alone, so it is decided when the case
file is read.

Subtle: the dialect is Rust's. `\d` and `\w` are Unicode's, `$` is the end of the text, not the place before a last
line break, and the end is written `\z`, not `\Z`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import polars as pl

MOST_CHARACTERS: Final = 2_000
_STEPS = (
    ("look-around", "write it without look-around, or as two matchers"),
    ("backreferences", "write it without references back"),
    ("size limit", "write it shorter: repeats such as `{1000}` multiply"),
    ("unrecognized escape", r"escape only what needs it; the end of the text is `\z`"),
)


@lru_cache(maxsize=4096)  # one pattern may stand in thousands of cases
def refused(pattern: str) -> tuple[str, str] | None:
    """Why a pattern cannot be used, as the end of a sentence, and what to do; None where it can."""
    if len(pattern) > MOST_CHARACTERS:
        return f"has {len(pattern):,} characters, and {MOST_CHARACTERS:,} is the most", "write it shorter"
    try:
        found(pattern, "")
    except pl.exceptions.PolarsError as error:
        why = _why(str(error))
        step = next((advice for mark, advice in _STEPS if mark in why), "look at brackets, and at what is repeated")
        return f"cannot be matched: {why}", step
    return None


def found(pattern: str, text: str) -> bool:
    """Whether an accepted pattern matches somewhere in the text."""
    return bool(pl.Series([text], dtype=pl.String).str.contains(pattern, literal=False, strict=True).item())


def _why(message: str) -> str:
    """The engine's reason, without its drawing of the pattern."""
    lines = [line.strip() for line in message.splitlines()]
    named = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return named[0] if named else lines[0].removeprefix("regex error: ").rstrip(".").lower()
