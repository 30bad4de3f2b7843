"""What is seen in a text: its length, its words, its form, and marks of damage. Called by `texts` with different
values only.

Marks: `empty`, `blank_ends` (white space before or after), `null_word` (a word that stands for nothing), `mojibake`
(UTF-8 that was read as Latin-1 or Windows-1252), `replacement` (U+FFFD), `control` characters, `not_ascii`,
`upper`, `lower`, `digit`, `punctuation`, `number_like`, `date_like`, and `quoted` (in quotation marks from end to
end, as what was encoded twice is).
"""

from __future__ import annotations

from typing import Final

import polars as pl

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


def seen(texts: pl.Series) -> pl.DataFrame:
    """For each text `length` and `tokens` (as bins), `longest` (characters), `shape`, and a flag for each mark."""
    text = pl.col("text")
    characters = text.str.len_chars()
    return (
        texts.alias("text")
        .to_frame()
        .select(
            characters.alias("longest"),
            _bin(characters).alias("length"),
            _bin(text.str.count_matches(r"\S+")).alias("tokens"),
            _shape(text).alias("shape"),
            (characters == 0).alias("empty"),
            (text != text.str.strip_chars()).alias("blank_ends"),
            text.str.strip_chars().str.to_lowercase().is_in(_NULL_WORDS).alias("null_word"),
            text.str.contains(_MOJIBAKE).alias("mojibake"),
            text.str.contains("\ufffd", literal=True).alias("replacement"),
            text.str.contains(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]").alias("control"),
            (text.str.len_bytes() != characters).alias("not_ascii"),
            text.str.contains(r"\p{Lu}").alias("upper"),
            text.str.contains(r"\p{Ll}").alias("lower"),
            text.str.contains(r"[0-9]").alias("digit"),
            text.str.contains(r"[!-/:-@\[-`{-~]").alias("punctuation"),
            text.str.contains(r"^\s*[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?\s*$").alias(
                "number_like"
            ),
            text.str.contains(
                r"^\s*(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4})(?:[T ].*)?$"
            ).alias("date_like"),
            text.str.contains(_QUOTED).alias("quoted"),
        )
    )


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
