"""Whether a `pattern` can be matched: the dialect of polars, which is that of Rust's `regex`.

That engine takes time in proportion to the text whatever the pattern, and has therefore no look-around and no
back references. This file names them, because they are what people bring along from Python, and lets Python's
parser find ordinary slips. The engine itself is asked when the rules are compiled (`data/contract/expressions`),
which is later, but before any row is read.
"""

from __future__ import annotations

import re
import warnings

_REFUSED = (
    (re.compile(r"\(\?<?[=!]"), "looks around (`{0}`)", "write it without look-around, or as two rules"),
    (re.compile(r"\\[1-9]"), "refers back (`{0}`)", "write it without back references"),
    (re.compile(r"\(\?P="), "refers back (`{0}`)", "write it without back references"),
    (re.compile(r"\(\?>"), "has an atomic group (`{0}`)", "write `(?:` in its stead"),
    (re.compile(r"\(\?\("), "has a condition (`{0}`)", "write the two cases with `|`"),
    (re.compile(r"\\[GKXR]"), "has `{0}`, which this dialect does not know", "remove it"),
)  # fmt: skip
# What Rust writes otherwise than Python, as something of the same shape that Python's parser knows.
_RUST_ONLY = (
    (re.compile(r"\\[pP](\{\^?[A-Za-z_=]+\}|[A-Z])"), r"\\w"),
    (re.compile(r"\[:\^?[a-z]+:\]"), "a-z"),
    (re.compile(r"\\x\{[0-9A-Fa-f]+\}|\\u\{[0-9A-Fa-f]+\}"), "x"),
    (re.compile(r"\(\?<([A-Za-z_])"), r"(?P<\1"),
    (re.compile(r"\\z"), r"\\Z"),
    (re.compile(r"\\b\{[a-z-]+\}"), r"\\b"),
    (re.compile(r"\(\?[a-zA-Z]*-?[a-zA-Z]+\)"), ""),
    (re.compile(r"\(\?[imsxuUR-]+:"), "(?:"),
    (re.compile(r"&&|--|~~"), ""),
)


def refused_pattern(text: str) -> tuple[str, str] | None:
    """Why a pattern cannot be used, as the end of a sentence, and what to do; None where it can."""
    bare = re.sub(r"\\\\", "", text)  # an escaped backslash starts nothing
    for found, why, step in _REFUSED:
        if hit := found.search(bare):
            return f"{why.format(hit.group())}; patterns are matched in one pass, without that", step
    plain = bare
    for rust, python in _RUST_ONLY:
        plain = rust.sub(python, plain)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(plain)
    except (re.error, OverflowError, RecursionError) as error:
        return f"does not compile: {error}", "look at brackets, and at what `*`, `+` and `?` follow"
    return None
