"""Claims about a column of texts: of a category its words, of anything longer its form.

Which of the two a column is, is decided from the reference: a category if the words of its binning cover most rows.
Of a category the distribution over words (rare ones pooled), new words, and the word that changed most; of free
texts and ids lengths, words per text, forms (`9999-99-99`), and for all of them marks of damage: mojibake, blanks
at the ends, words for null. So encoding damage to a category is told by its new words, and to a free text by its
marks.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import frequent, wording
from seatrial.data.compare.distances import figures, limit_claims
from seatrial.data.compare.new_words import new_words
from seatrial.data.compare.pair import Pair, detectable, speaks
from seatrial.data.compare.shares import share_claim
from seatrial.data.profile.records import Texts
from seatrial.stats.effects import shape, shift

_COVERED = 0.5
"""The share of rows that the listed words make up in a category, at least."""

_LUCK = 4.0
"""Standard errors by which a word's count must exceed the least listed one for its place to be no chance."""
_MARKS: dict[str, str] = {
    "empty": "empty",
    "null_word": 'words for null such as "NA"',
    "blank_ends": "texts with blanks at an end",
    "mojibake": "texts in a wrong encoding (mojibake)",
    "replacement": "texts with a replacement character, damaged in decoding",
    "control": "texts with control characters",
    "number_like": "numbers as text",
    "date_like": "dates as text",
    "quoted": "texts in quotation marks (encoded twice?)",
    "not_ascii": "texts with letters beyond ASCII",
    "upper": "texts with capital letters",
    "lower": "texts with small letters",
    "digit": "texts with digits",
    "punctuation": "texts with punctuation",
}


def claims(pair: Pair) -> list[Claim]:
    """All claims about one column of texts."""
    before, after = pair.before.texts, pair.after.texts
    if before is None or after is None:
        return []
    found: list[Claim | None] = []
    if is_category(pair, before):
        found += limit_claims(pair, before.bins, after.bins, ordered=False)
        found += [_shape(pair, before, after), frequent.claim(pair, pair.before.items, pair.after.items, noun="word")]
        found.append(new_words(pair))
    else:
        if not pair.id_like:
            found.append(frequent.claim(pair, pair.before.items, pair.after.items, noun="text"))
        found += [_size(pair, Check.LENGTHS, before.lengths, after.lengths, "longer", "shorter")]
        if _several_words(before):
            found.append(_size(pair, Check.WORDS, before.tokens, after.tokens, "of more words", "of fewer words"))
        else:
            found.append(_forms(pair, before, after))
    found.append(_marks(pair, before, after))
    return [claim for claim in found if claim is not None]


def is_category(pair: Pair, before: Texts) -> bool:
    """Whether the listed words make up most of the reference, and other rows would hold them too.

    The share of rows with words that are seen once is about that of words not seen yet (Good 1953): of a few prose
    texts all are listed, and none will come again.
    """
    if pair.id_like or not pair.binning.words or sum(before.bins[:-1]) < _COVERED * sum(before.bins):
        return False
    alone = sum(count == 1 for _, count in pair.before.items.counts)
    return alone <= (1 - _COVERED) * pair.n_reference


class _Words(Struct, frozen=True):
    """Words, and their counts on both sides; a last count without a word is that of all others."""

    names: list[str]
    old: NDArray[np.int64]
    new: NDArray[np.int64]


def _words(pair: Pair, before: Texts, after: Texts) -> _Words:
    """All words, where both sides list them all; else those of the binning that owe their place to no chance, and
    the rest.

    The first is the better: a word that only one side has is then a word among others, and does not join a rest
    that the reference cannot have.
    """
    old_items, new_items = pair.before.items, pair.after.items
    if old_items.complete and new_items.complete:
        old, new = dict(old_items.counts), dict(new_items.counts)
        names = sorted(old.keys() | new.keys())
        return _Words(
            names,
            np.asarray([old.get(name, 0) for name in names], dtype=np.int64),
            np.asarray([new.get(name, 0) for name in names], dtype=np.int64),
        )
    bins = [np.asarray(side.bins, dtype=np.int64) for side in (before, after)]
    lucky = lucky_words(bins[0])
    names = [word for word, left in zip(pair.binning.words, lucky, strict=True) if not left]
    pooled = [np.append(side[:-1][~lucky], side[-1] + side[:-1][lucky].sum()) for side in bins]
    return _Words(names, *pooled)


def _shape(pair: Pair, before: Texts, after: Texts) -> Claim | None:
    words = _words(pair, before, after)
    if not (words.old.sum() and words.new.sum()) or np.count_nonzero(words.old + words.new) < 2:
        return None
    effect = shape(words.old, words.new, ordered=False, **pair.limits(Unit.SD))
    if not speaks(effect, pair.n):
        return None
    limits = pair.limits(Unit.SD, detect=detectable(pair.drift.detect, effect))
    message = f"the shares of the words of {pair.name} differ by {wording.size(effect, Unit.SD)}: {_moved(words)}"
    details = figures(pair, before.bins, after.bins, ordered=False)
    return pair.claim(Check.SHAPE, effect, message, limits=limits, details=details)


def lucky_words(counts: np.ndarray) -> NDArray[np.bool_]:
    """The listed words that may owe their place in the list to chance, all False where the list is of all words.

    A list of the most frequent words of a sample favours those that chance made frequent there: in other rows they
    are rarer, and all others more frequent, without any drift. Words well above the last one would be listed
    anyway.
    """
    listed = counts[:-1]
    if counts[-1] == 0 or not listed.size:
        return np.zeros(listed.size, dtype=np.bool_)
    last = float(listed.min())
    return np.asarray(listed <= last + _LUCK * math.sqrt(max(last, 1.0)))


def _moved(words: _Words) -> str:
    """The words whose shares changed most."""
    was, now = words.old / words.old.sum(), words.new / words.new.sum()
    order = np.argsort(-np.abs(now - was), kind="stable")[:2].tolist()
    names = [wording.value(words.names[place]) if place < len(words.names) else "all others" for place in order]
    return ", ".join(
        f"{name} {wording.percent(float(now[place]))}, was {wording.percent(float(was[place]))}"
        for name, place in zip(names, order, strict=True)
    )


def _size(
    pair: Pair, check: Check, before: tuple[int, ...], after: tuple[int, ...], more: str, less: str
) -> Claim | None:
    """A shift over bins of powers of two."""
    old, new = np.asarray(before), np.asarray(after)
    if not (old.sum() and new.sum()) or np.count_nonzero(old + new) < 2:
        return None
    limits = pair.limits(Unit.SD)
    effect = shift(old, new, **limits)
    middle = f"about {_middle(new)} {'letters' if check is Check.LENGTHS else 'words'}, were {_middle(old)}"
    way = more if effect.signed > 0 else less
    message = f"the texts of {pair.name} are {way} by {wording.size(effect, Unit.SD)}: {middle}"
    return pair.claim(check, effect, message, limits=limits, n=int(new.sum()), n_reference=int(old.sum()))


def _middle(counts: np.ndarray) -> str:
    """The bin of the median: 0, 1, 2, 3-4, 5-8, ..."""
    place = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    return str(place) if place <= 2 else f"{2 ** (place - 2) + 1}-{2 ** (place - 1)}"


def _several_words(before: Texts) -> bool:
    """Whether most texts have two words and more: then their forms are as many as the texts."""
    return sum(before.tokens[2:]) > sum(before.tokens[:2])


def _forms(pair: Pair, before: Texts, after: Texts) -> Claim | None:
    """The form that changed most: dates written another way, ids with another prefix."""
    return frequent.claim(
        pair,
        before.shapes,
        after.shapes,
        check=Check.TEXT_FORMS,
        noun="form",
        n_reference=before.looked_at,
        n=after.looked_at,
    )


def _marks(pair: Pair, before: Texts, after: Texts) -> Claim | None:
    """The mark whose share changed most, corrected for all that are on texts of either side."""
    if not before.looked_at or not after.looked_at:
        return None
    there = [mark for mark in _MARKS if before.marks.get(mark, 0) or after.marks.get(mark, 0)]
    found = [
        share_claim(
            pair,
            Check.TEXT_MARKS,
            (before.marks.get(mark, 0), before.looked_at),
            (after.marks.get(mark, 0), after.looked_at),
            _MARKS[mark],
            times=len(there),
            screens=True,
        )
        for mark in there
    ]
    made = [claim for claim in found if claim is not None]
    if not made:
        return None
    told = min(made, key=lambda claim: (claim.p, -claim.low))
    if told.low > told.floor:
        return told
    return msgspec.structs.replace(told, high=max(claim.high for claim in made))
