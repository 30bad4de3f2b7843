"""Whether the values that were seen are all there are.

Pure; asked by `infer`. After Good (1953), Biometrika 40:237, the share of values never seen is about the share of those
seen once, so a set with rare values in it is not closed. Nor is one that fades out: if each value is half as frequent
as the one before, the next one has merely not come yet. So the frequency of the next value is carried on from the
last two, and a set counts as closed if that value, were there one, would have been seen many times.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.profile.records import Items

MOST_VALUES = 64
_FEWEST_ROWS = 200
_WOULD_BE_SEEN = 10.0
_WOULD_BE_SEEN_NUMBER = 25.0


def closed_texts(items: Items) -> tuple[str, ...] | None:
    """The values of a set that is closed, most frequent first; None if it is not known to be."""
    counts = [count for _, count in items.counts]
    if not items.complete or not 2 <= len(counts) <= MOST_VALUES or sum(counts) < _FEWEST_ROWS:
        return None
    if _next(counts[-2], counts[-1]) < _WOULD_BE_SEEN or not all(
        text.isprintable() and text for text, _ in items.counts
    ):
        return None
    return tuple(text for text, _ in items.counts)


def closed_numbers(items: Items) -> tuple[int, ...] | None:
    """Likewise for whole numbers, ascending. They fade out at both ends, as counts of something do."""
    if not items.complete or not 2 <= len(items.counts) <= MOST_VALUES:
        return None
    try:
        known = sorted((int(text), count) for text, count in items.counts)
    except ValueError:
        return None
    counts = [count for _, count in known]
    ends = (_next(counts[1], counts[0]), _next(counts[-2], counts[-1]), _fading(counts))
    if sum(counts) < _FEWEST_ROWS or min(ends) < _WOULD_BE_SEEN_NUMBER:
        return None
    return tuple(value for value, _ in known)


def fades_to(items: Items, end: int) -> float:
    """How often the whole number beyond `end` would have come, going by how frequent `end` and the one before are."""
    counts: dict[float, int] = {}
    for text, count in items.counts:
        try:
            counts[float(text)] = count
        except ValueError:
            return 0.0
    before = counts.get(end + 1, 0)
    return _next(before, counts.get(end, 0)) if before else 0.0


def _fading(counts: Sequence[int]) -> float:
    """The next value by frequency instead of by size."""
    ordered = sorted(counts, reverse=True)
    return _next(ordered[-2], ordered[-1])


def _next(before: int, last: int) -> float:
    """How often the value after the last one would have come."""
    return last * min(1.0, last / before)
