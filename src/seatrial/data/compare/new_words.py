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
from seatrial.nearest import nearest
from seatrial.stats.effects import unseen

_TOLD = 0.05
"""A p value above which nobody asks what the new words may mean."""
_LIKE = 0.75
_KNOWN = 300
_CLOSED_FLOOR = 0.0
"""In a closed list, the floor is passed by whatever is certain to be more than nothing."""


def new_words(pair: Pair) -> Claim | None:
    """The claim that no more rows have new words than the reference foretells; None where words are not all listed."""
    before, after = pair.before.items, pair.after.items
    if not (before.complete and after.complete):
        return None
    known = {word for word, _ in before.counts}
    new = [(word, count) for word, count in after.counts if word not in known]
    rows = sum(count for _, count in new)
    alone = sum(count == 1 for _, count in before.counts)
    limits = pair.limits(Unit.SHARE, floor=_CLOSED_FLOOR if alone == 0 else None)
    sides = {"n_current": pair.n, "singletons": alone, "n_reference": pair.n_reference}
    effect = unseen(rows, **sides, **limits)
    if alone:  # repeats of one new word are no further news where new words are usual
        effect = msgspec.structs.replace(effect, p=unseen(len(new), **sides, **limits).p)
    share = wording.percent(rows / pair.n)
    words = [word for word, _ in new]
    told = f": {wording.values(words)}" + (explained(words, known) if effect.p <= _TOLD else "") if new else ""
    foretold = f"expected {wording.percent(alone / pair.n_reference)} by the reference"
    bounds = f"{wording.percent(effect.low)} to {wording.percent(effect.high)} above that"
    return pair.claim(
        Check.NEW_VALUES,
        effect,
        f"{share} of {pair.name} are words the reference never had, {foretold} ({bounds}){told}",
        limits=limits,
        unit=Unit.SHARE,
        current=share,
        reference=wording.percent(alone / pair.n_reference),
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
            near = nearest(word, known, cutoff=_LIKE)
            found += [] if near is None else [f"{wording.value(word)} looks like a typo of {wording.value(near)}"]
    return "; " + ", ".join(found) if found else ""


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
