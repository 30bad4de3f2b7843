"""Which texts of one block have a text of another block with at least a given share of words in common; exact.

Called by `near_texts`. Candidates come from the prefix filter (Chaudhuri, Ganti and Kaushik 2006, ICDE; Bayardo, Ma
and Srikant 2007, WWW): of two sets whose Jaccard similarity reaches t, the rarest |x| - ceil(t |x|) + 1 words of each
have one in common, so only texts that share such a word are compared, and none is missed. Each candidate is then
verified by counting the words it shares. Hashes of words stand for words: two are taken for one with probability 2^-64.

Pairs are made and verified `PAIRS` at a time, so texts that are all alike cost time and no memory.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.profile.hashing import U64

Places = NDArray[np.int64]
PAIRS: Final = 1_000_000
"""Candidates held at once."""
WORDS: Final = 1_000_000
"""Words of candidates looked up at once."""
_ALMOST: Final = 1e-9
_NONE: Final = np.iinfo(np.int64).max


class Sets(Struct, frozen=True):
    """Texts as sets of words: `words` are those of the first text, of the second, ..., each set without repetition;
    `counts` how many each has, `rows` the numbers of the texts."""

    words: U64
    counts: Places
    rows: Places


class Matches(Struct, frozen=True):
    """Rows of one block that have a match, ascending, and a row of the other block that is one."""

    rows: Places
    firsts: Places


def sets_of(hashes: U64, counts: NDArray[np.intp], rows: Places) -> Sets:
    """The sets of some texts; those without a word are left out, for they have nothing in common with any."""
    text = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((hashes, text))
    text, hashes = text[order], hashes[order]
    new = np.ones(len(text), dtype=np.bool_)
    new[1:] = (text[1:] != text[:-1]) | (hashes[1:] != hashes[:-1])
    text, hashes = text[new], hashes[new]
    sizes = np.bincount(text, minlength=len(counts))
    return Sets(hashes, sizes[sizes > 0].astype(np.int64), rows[sizes > 0])


def matches(mine: Sets, theirs: Sets, near: float, *, pairs: int = PAIRS) -> Matches:
    """Texts of `mine` that have one of `theirs` with a Jaccard similarity of at least `near`."""
    if not len(mine.counts) or not len(theirs.counts):
        return Matches(np.zeros(0, np.int64), np.zeros(0, np.int64))
    left, right = _ranked(mine, theirs)
    wanted, postings = _prefix(left, near), _prefix(right, near)
    postings = postings[np.argsort(right.ranks[postings], kind="stable")]
    posted, owners = right.ranks[postings], right.text[postings]
    begins = np.searchsorted(posted, left.ranks[wanted], side="left")
    sizes = np.searchsorted(posted, left.ranks[wanted], side="right") - begins
    first = np.full(len(left.counts), _NONE)
    for one, other in _candidates(left.text[wanted], begins, sizes, owners, pairs):
        open_yet = first[one] == _NONE
        one, other = one[open_yet], other[open_yet]
        possible = _may_be_near(one, other, left, right, near)
        one, other = one[possible], other[possible]
        hit = _are_near(one, other, left, right, near)
        np.minimum.at(first, one[hit], theirs.rows[other[hit]])
    found = np.flatnonzero(first < _NONE)
    return Matches(mine.rows[found], first[found])


class _Ranked(Struct, frozen=True):
    """Words as numbers, rarest first, ascending within each text. `width`: how many words there are; `keys`: each
    text's number times `width` plus each of its words. `marks`: for each text a bit for each of its words, of 64."""

    ranks: Places
    text: Places
    counts: Places
    starts: Places
    width: int
    keys: Places
    marks: U64


def _ranked(mine: Sets, theirs: Sets) -> tuple[_Ranked, _Ranked]:
    """The two blocks, with each word's place among all words from the rarest to the most frequent."""
    words = np.concatenate([mine.words, theirs.words])
    different, place, counts = np.unique(words, return_inverse=True, return_counts=True)
    rank = np.empty(len(different), dtype=np.int64)
    rank[np.argsort(counts, kind="stable")] = np.arange(len(different))
    ranks = rank[place]
    cut = len(mine.words)
    return _sorted(mine, ranks[:cut], len(different)), _sorted(theirs, ranks[cut:], len(different))


def _sorted(sets: Sets, ranks: Places, width: int) -> _Ranked:
    text = np.repeat(np.arange(len(sets.counts)), sets.counts)
    keys = np.sort(text * width + ranks)
    starts = np.cumsum(sets.counts) - sets.counts
    ordered = keys - text * width
    marks = np.bitwise_or.reduceat(np.uint64(1) << (ordered % 64).astype(np.uint64), starts)
    return _Ranked(ordered, text, sets.counts, starts, width, keys, marks)


def _prefix(some: _Ranked, near: float) -> Places:
    """The places of the rarest words of each text, as many as have one in common with any text that is near."""
    length = some.counts - np.ceil(near * some.counts - _ALMOST).astype(np.int64) + 1
    place = np.arange(len(some.ranks)) - some.starts[some.text]
    return np.flatnonzero(place < length[some.text])


def _candidates(
    texts: Places, begins: Places, sizes: Places, owners: Places, pairs: int
) -> Iterator[tuple[Places, Places]]:
    """Pairs of a text and the owner of each of its postings, some at a time."""
    ends = np.cumsum(sizes)
    for start in range(0, int(ends[-1]) if ends.size else 0, pairs):
        flat = np.arange(start, min(start + pairs, int(ends[-1])))
        entry = np.searchsorted(ends, flat, side="right")
        yield texts[entry], owners[begins[entry] + flat - (ends[entry] - sizes[entry])]


def _may_be_near(one: Places, other: Places, left: _Ranked, right: _Ranked, near: float) -> NDArray[np.bool_]:
    """Whether pairs can have enough words in common, by their marks: each mark that the other text lacks is a word that
    it lacks."""
    mine, theirs = left.marks[one], right.marks[other]
    size, other_size = left.counts[one], right.counts[other]
    least = near / (1.0 + near) * (size + other_size) - _ALMOST
    result: NDArray[np.bool_] = size - np.bitwise_count(mine & ~theirs).astype(np.int64) >= least
    result &= other_size - np.bitwise_count(theirs & ~mine).astype(np.int64) >= least
    return result


def _are_near(one: Places, other: Places, left: _Ranked, right: _Ranked, near: float) -> NDArray[np.bool_]:
    """Whether each pair has enough words in common. `right.keys` are all its pairs of a text and a word, ascending."""
    sizes = left.counts[one]
    both = sizes + right.counts[other]
    result = np.zeros(len(one), dtype=np.bool_)
    ends = np.cumsum(sizes)
    cuts = np.searchsorted(ends, np.arange(WORDS, int(ends[-1]) + WORDS, WORDS), side="left") if ends.size else ends
    for first, last in itertools.pairwise(np.unique([0, *np.minimum(cuts + 1, len(one)), len(one)]).tolist()):
        some, lengths = slice(first, last), sizes[first:last]
        starts = np.cumsum(lengths) - lengths
        inside = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
        words = left.ranks[np.repeat(left.starts[one[some]], lengths) + inside]
        sought = np.repeat(other[some], lengths) * right.width + words
        place = np.minimum(np.searchsorted(right.keys, sought), len(right.keys) - 1)
        common = np.add.reduceat((right.keys[place] == sought).astype(np.int64), starts)
        result[some] = common >= near * (both[some] - common) - _ALMOST
    return result
