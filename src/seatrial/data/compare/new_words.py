"""Words that the reference never had: a new category, a typo, another spelling, damage in decoding.

Called by `texts` for categories whose words are all listed on both sides. How many new words are to be expected
follows from the words the reference saw once (Good 1953); a list without any is closed, and a few new words are
then news. A message says which known word each new one probably is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Pair
from seatrial.data.profile.records import Items
from seatrial.nearest import nearest
from seatrial.stats.effects import unseen

_TOLD = 0.05
"""A p value above which nobody asks what the new words may mean."""
_LIKE = 0.75  # likeness from which on a word is called a typo of another: one letter of four
_LETTERS = 4
"""Of shorter words, two that differ in one letter are two codes: `US` and `USD`."""
_KNOWN = 300  # words beyond which typos are not looked for: time grows with the product
_CLOSED_ROWS = 1_000  # with fewer, a word of 0.3 % is missed one time in twenty
_CLOSED_WORDS = 100  # more are no enumeration
_CLOSED_COUNT = 10  # where no word is rarer, hardly one more is to be expected
_CLOSED_FLOOR = 0.1
"""What part of the declared floor is that of a closed list, where any new word is news."""


def new_words(pair: Pair) -> Claim | None:
    """The claim that no more rows have new words than the reference foretells; None where words are not all listed."""
    before, after = pair.before.items, pair.after.items
    if not (before.complete and after.complete):
        return None
    known = {word for word, _ in before.counts}
    new = [(word, count) for word, count in after.counts if word not in known]
    rows = sum(count for _, count in new)
    alone = sum(count == 1 for _, count in before.counts)
    closed = is_closed(before)
    limits = pair.limits(Unit.SHARE, floor=_CLOSED_FLOOR * pair.drift.share_floor if closed else None)
    sides = {"n_current": pair.n, "singletons": alone, "n_reference": pair.n_reference}
    effect = unseen(rows, **sides, **limits)
    if closed and rows:
        effect = msgspec.structs.replace(effect, statistic="outside_closed_list", p=0.0)
    elif alone:  # repeats of one new word are no further news where new words are usual
        effect = msgspec.structs.replace(effect, p=unseen(len(new), **sides, **limits).p)
    share = wording.percent(rows / pair.n)
    words = [word for word, _ in new]
    told = f": {wording.values(words)}" if new else ""
    bounds = f"{wording.percent(effect.low)} to {wording.percent(effect.high)}"
    if closed:
        foretold = f"whose {len(known)} words are all frequent ({bounds})"
    else:
        foretold = f"which foretells {wording.percent(alone / pair.n_reference)} ({bounds} above that)"
    return pair.claim(
        Check.NEW_VALUES,
        effect,
        f"{share} of {pair.name} are words that are not in the reference, {foretold}{told}",
        limits=limits,
        unit=Unit.SHARE,
        current=share,
        reference=wording.percent(alone / pair.n_reference),
        guess=explained(words, known) if effect.p <= _TOLD else "",
    )


def is_closed(items: Items) -> bool:
    """Whether the words of the reference look like an enumeration: many rows, few words, and none of them rare.

    Then a new word contradicts the list, whatever its share. How likely an unseen word is follows from how many are
    rare (Good 1953): where none is seen fewer than ten times, none is to be expected.
    """
    rows = sum(count for _, count in items.counts)
    return (
        rows >= _CLOSED_ROWS
        and len(items.counts) <= _CLOSED_WORDS
        and min(count for _, count in items.counts) >= _CLOSED_COUNT
    )


def explained(words: Sequence[str], known: Collection[str]) -> str:
    """What the first new words probably are, as the end of a sentence; empty where they are like nothing known."""
    plain = {_plain(word): word for word in sorted(known)}
    found = []
    for word in words[:3]:
        repaired = undamaged(word)
        if repaired is not None and repaired in known:
            found.append(f"{wording.value(word)} is {wording.value(repaired)} in a wrong encoding")
        elif _plain(word) in plain:
            found.append(f"{wording.value(word)} is {wording.value(plain[_plain(word)])} written otherwise")
        elif len(known) <= _KNOWN:
            near = nearest(word, [other for other in known if _may_be_typo(word, other)], cutoff=_LIKE)
            found += [] if near is None else [f"{wording.value(word)} looks like a typo of {wording.value(near)}"]
    return "; " + ", ".join(found) if found else ""


def _may_be_typo(word: str, other: str) -> bool:
    """Whether two words are long enough to be told for one, with letters as far apart as a slip makes them: no other
    numbers (`2024`, `2025`), and hardly longer (`male`, `female`)."""
    if min(len(word), len(other)) < _LETTERS or abs(len(word) - len(other)) > max(len(word), len(other)) // 8 + 1:
        return False
    return [letter for letter in word if letter.isdigit()] == [letter for letter in other if letter.isdigit()]


def _plain(word: str) -> str:
    return " ".join(word.split()).casefold()


def undamaged(word: str) -> str | None:
    """The text before it was decoded with the wrong encoding; None if it cannot have been."""
    for encoding in ("cp1252", "latin-1"):
        try:
            repaired = word.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if repaired != word:
            return repaired
    return None
