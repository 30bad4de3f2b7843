"""What is seen in a text: its length, its words, its form, and marks of damage. Called by `texts` with different
values only.

Marks: `empty`, `blank_ends` (white space before or after), `null_word` (a word that stands for nothing), `mojibake`
(UTF-8 that was read as Latin-1 or Windows-1252), `replacement` (U+FFFD), `control` characters, `not_ascii`,
`upper`, `lower`, `digit`, `punctuation`, `number_like`, `date_like`, and `quoted` (in quotation marks from end to
end, as what was encoded twice is).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from seatrial.data.profile import plain_marks
from seatrial.data.profile.limits import LENGTH_BINS

_NULL_WORDS: Final = (
    "na",
    "n/a",
    "#n/a",
    "null",
    "none",
    "nil",
    "nan",
    "-",
    "--",
    "?",
    "missing",
    "undefined",
    "(null)",
    "<na>",
)
_AFTER: Final = (
    r"[\x{80}-\x{bf}\x{152}\x{153}\x{160}\x{161}\x{178}\x{17d}\x{17e}\x{192}\x{2c6}\x{2dc}\x{2013}\x{2014}"
    r"\x{2018}-\x{201a}\x{201c}-\x{201e}\x{2020}-\x{2022}\x{2026}\x{2030}\x{2039}\x{203a}\x{20ac}\x{2122}]"
)
"""What the second and later bytes of a character become when they are read as Windows-1252 or Latin-1."""
_MOJIBAKE: Final = rf"[\x{{c2}}-\x{{c5}}\x{{d0}}\x{{d1}}]{_AFTER}|[\x{{e0}}-\x{{ef}}]{_AFTER}{_AFTER}"
_QUOTED: Final = r"""(?s)^\s*(?:".*"|'.*')\s*$"""
_SHAPED: Final = 24
"""Characters that a shape is made of."""

MARKS: Final = (
    "empty",
    "blank_ends",
    "null_word",
    "mojibake",
    "replacement",
    "control",
    "not_ascii",
    "upper",
    "lower",
    "digit",
    "punctuation",
    "number_like",
    "date_like",
    "quoted",
)


class Look(NamedTuple):
    """What is seen in some texts, text by text."""

    shapes: list[str]
    columns: dict[str, NDArray[Any]]
    """`length` and `tokens` (as bins), `longest` (characters), and a flag for each mark. Arrays, not a frame: to make
    one of twenty columns costs as much as to look at a hundred texts."""

    def head(self, count: int) -> Look:
        """The first of them."""
        return Look(self.shapes[:count], {name: values[:count] for name, values in self.columns.items()})


def seen(texts: pl.Series) -> Look:
    """A look at each text."""
    plain = texts.str.len_bytes().to_numpy() == texts.str.len_chars().to_numpy()
    if plain.all():
        return _seen_in_bytes(texts) if len(texts) else seen_by_patterns(texts)
    if not plain.any():
        return seen_by_patterns(texts)
    one, other = _seen_in_bytes(texts.filter(pl.Series(plain))), seen_by_patterns(texts.filter(pl.Series(~plain)))
    places = np.argsort(np.concatenate([np.flatnonzero(plain), np.flatnonzero(~plain)]))
    columns = {name: np.concatenate([one.columns[name], other.columns[name]])[places] for name in one.columns}
    shapes = [*one.shapes, *other.shapes]
    return Look([shapes[place] for place in places.tolist()], columns)


def seen_by_patterns(texts: pl.Series) -> Look:
    """What `seen` gives, for any texts: this is what is meant."""
    text = pl.col("text")
    found = texts.alias("text").to_frame().select(**_lengths(text), **_patterns(text))
    return Look(found["shape"].to_list(), {name: found[name].to_numpy() for name in found.columns if name != "shape"})


def _seen_in_bytes(texts: pl.Series) -> Look:
    """What `seen` gives, for texts of ASCII."""
    found = plain_marks.Plain(texts)
    short = texts if int(found.lengths.max()) <= _SHAPED else texts.str.slice(0, _SHAPED)
    shapes = (found if short is texts else plain_marks.Plain(short)).shapes()
    if shapes is None:
        shapes = texts.to_frame("text").select(_shape(pl.col("text"))).to_series().to_list()
    nowhere = np.zeros(len(texts), dtype=np.bool_)
    columns: dict[str, NDArray[Any]] = {
        "longest": found.lengths.astype(np.uint32),
        "length": plain_marks.bins_of(found.lengths),
        "tokens": plain_marks.bins_of(found.tokens),
        **dict.fromkeys(MARKS, nowhere),
        **found.marks(),
    }
    for mark, maybe in found.candidates().items():
        if maybe.any():
            some = texts.filter(pl.Series(maybe)).alias("text").to_frame()
            maybe[maybe] = some.select(_patterns(pl.col("text"))[mark]).to_series().to_numpy()
        columns[mark] = maybe
    return Look(shapes, columns)


def _lengths(text: pl.Expr) -> dict[str, pl.Expr]:
    characters = text.str.len_chars()
    return {
        "longest": characters,
        "length": _bin(characters),
        "tokens": _bin(text.str.count_matches(r"\S+")),
        "shape": _shape(text),
    }


def _patterns(text: pl.Expr) -> dict[str, pl.Expr]:
    characters = text.str.len_chars()
    return {
        "empty": characters == 0,
        "blank_ends": text != text.str.strip_chars(),
        "null_word": text.str.strip_chars().str.to_lowercase().is_in(_NULL_WORDS),
        "mojibake": text.str.contains(_MOJIBAKE),
        "replacement": text.str.contains("\ufffd", literal=True),
        "control": text.str.contains(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"),
        "not_ascii": text.str.len_bytes() != characters,
        "upper": text.str.contains(r"\p{Lu}"),
        "lower": text.str.contains(r"\p{Ll}"),
        "digit": text.str.contains(r"[0-9]"),
        "punctuation": text.str.contains(r"[!-/:-@\[-`{-~]"),
        "number_like": text.str.contains(r"^\s*[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?\s*$"),
        "date_like": text.str.contains(
            r"^\s*(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4})(?:[T ].*)?$"
        ),
        "quoted": text.str.contains(_QUOTED),
    }


def _bin(counts: pl.Expr) -> pl.Expr:
    """0, 1, 2, 3-4, 5-8, ...: the bin of powers of two."""
    power = (counts.cast(pl.Float64) - 0.5).log(2).floor() + 2
    return pl.when(counts == 0).then(0).otherwise(power.clip(1, LENGTH_BINS - 1)).cast(pl.UInt8)


def _shape(text: pl.Expr) -> pl.Expr:
    """The form of a text: A for capitals, a for small letters, 9 for digits, runs shortened to one."""
    return (
        text.str.slice(0, _SHAPED)
        .str.replace_all(r"\p{Lu}+", "A")
        .str.replace_all(r"[\p{Ll}\p{Lo}]+", "a")
        .str.replace_all(r"[0-9]+", "9")
    )
