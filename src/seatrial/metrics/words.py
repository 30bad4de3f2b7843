"""Answers that are no label: words that a model has made up, and words that are a label in another spelling.

Called by `measure` for metrics of counts, from the table of cells, so that a million rows cost what their classes do. A
model that answers with a word of its own is wrong there, and is counted so. Where labels say 1 and answers ` 1` or
`true`, it is not the model that is wrong but the file; and if only the baseline's file is, any candidate beats it. So
that is refused, by whatever share of the rows it concerns.

Subtle: both hold only where labels are a closed set of words. Of free text most labels occur once, and an answer that
is no label is nothing to wonder about. What may be two classes is never taken for one: numbers are compared digit by
digit, single characters as they are, and T, F, Y and N are letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from types import MappingProxyType
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.sample import Real
from seatrial.metrics.counting import Cells
from seatrial.metrics.sums import sum_by

_WHOSE: Final = ("the model", "the baseline")
_NAMED: Final = 3
_FEW: Final = 5
"""Answers that are no label are told of where there are more."""

_TRUTH: Mapping[str, str] = MappingProxyType({"true": "1", "yes": "1", "1": "1", "false": "0", "no": "0", "0": "0"})
"""What boolean words mean, where all labels are such."""

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-][0-9]{2,3})?\Z")
"""As programs write them. `0e1` is rather somebody's name for something."""


class Words(Struct, frozen=True, kw_only=True):
    """What is to be said of answers that are no label: why they cannot be judged, or a remark."""

    refused: str | None = None
    note: str | None = None


def words_of(classes: Sequence[str], cells: Cells, sides: int) -> Words:
    """Of all rows of a table of cells."""
    labelled = sum_by(cells.label, cells.classes, cells.count)
    closed = 2 * int((labelled == 1).sum()) <= int((labelled > 0).sum())
    refused, notes = [], []
    for side, whose in zip(range(sides), _WHOSE, strict=False):
        answered = sum_by(cells.answer(side), cells.classes, cells.count)
        strange = np.where(labelled > 0, 0.0, answered)
        if not strange.any():
            continue
        if not closed:
            continue
        if why := (
            _nothing_shared(classes, labelled, answered, whose) or _other_spelling(classes, labelled, strange, whose)
        ):
            refused.append(why)
        elif strange.sum() > _FEW and (labelled > 0).sum() > 1:
            some = _first(classes, strange > 0)
            notes.append(f"{int(strange.sum()):,} answers of {whose} are no label of any row: {some}")
    return Words(refused="; ".join(refused) or None, note="; ".join(notes) or None)


def _nothing_shared(classes: Sequence[str], labelled: Real, answered: Real, whose: str) -> str | None:
    """Labels `cat` and `dog`, answers 0 and 1: no answer could be right, of either model, so that the two would be
    equally good. A model that knows one answer alone may be that bad, and is counted."""
    there, given = labelled > 0, answered > 0
    if given.sum() <= 1 or there.sum() <= 1 or (there & given).any():
        return None
    ours, theirs = _first(classes, there), _first(classes, given)
    return f"no answer of {whose} is one of the labels: labels are {ours}, answers {theirs}"


def _other_spelling(classes: Sequence[str], labelled: Real, strange: Real, whose: str) -> str | None:
    labels = [classes[at] for at in np.flatnonzero(labelled).tolist()]
    truths = all(_folded(name) in _TRUTH for name in labels)
    meant: dict[str, list[str]] = {}
    for name in labels:
        meant.setdefault(_meaning(name, truths=truths), []).append(name)
    pairs = [
        (classes[at], _nearest(classes[at], meant[meaning]), int(strange[at]))
        for at in np.flatnonzero(strange).tolist()
        if (meaning := _meaning(classes[at], truths=truths)) in meant
    ]
    if not pairs:
        return None
    told = ", ".join(f"{answer!r} for {label!r}" for answer, label, _ in pairs[:_NAMED])
    more = f" and {len(pairs) - _NAMED} more" if len(pairs) > _NAMED else ""
    rows = sum(count for _, _, count in pairs)
    subject = f"{rows:,} answers of {whose} differ" if rows > 1 else f"1 answer of {whose} differs"
    return f"{subject} from a label in spelling alone: {told}{more}"


def _meaning(text: str, *, truths: bool) -> str:
    """One text for all spellings of a word or a number."""
    folded = _folded(text)
    if truths and folded in _TRUTH:
        return _TRUTH[folded]
    if not _NUMBER.match(folded):
        return folded
    number = Decimal(folded)
    return str(number.normalize(Context(prec=len(folded))) if number else 0)


def _nearest(answer: str, labels: Sequence[str]) -> str:
    """Of labels that mean the same, the one that differs least: in spaces alone, if there is one."""
    return next((name for name in labels if name.strip() == answer.strip()), labels[0])


def _folded(text: str) -> str:
    """Without case, quotes around it, or spaces that make no difference to a reader."""
    plain = text.strip()
    if len(plain) > 2 and plain[0] == plain[-1] and plain[0] in "\"'":
        plain = plain[1:-1].strip()
    if len(plain) < 2:
        return plain
    return " ".join(unicodedata.normalize("NFKC", plain).casefold().split())


def _first(names: Sequence[str], which: NDArray[np.bool_]) -> str:
    some = [repr(names[at]) for at in np.flatnonzero(which)[: _NAMED + 1]]
    return ", ".join(some[:_NAMED]) + (", ..." if len(some) > _NAMED else "")
