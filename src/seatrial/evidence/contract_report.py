"""Reads the record of a model that was held to its contract, as `serving/contract.py` writes it, strictly.

Called by the flows for outs declared `as: contract`, and by `gate`. A record that a stage of the user's wrote counts
like any other, so nothing in it may contradict itself: counts that do not add up are an error, never a pass. Every
mistake is told at once, with its key.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import reading, strict_json
from seatrial.evidence.contract_records import (
    Comparison,
    ContractReport,
    Form,
    Scores,
    Shape,
    Start,
    Unanswered,
)
from seatrial.nearest import nearest

SCHEMA_VERSION: Final = 1
KIND: Final = "contract"
MAX_BYTES: Final = reading.MIB
_KEYS = (
    "schema_version", "kind", "starts", "asked", "unanswered", "shapes", "score", "batch", "repeat", "restart",
)  # fmt: skip
_STEP = "Let Seatrial write this record, or write what was seen."

Word = TypeVar("Word", bound=Enum)


def read_contract_report(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> ContractReport:
    """The record in a JSON file. Raises EvidenceError for anything but such an object, with all its mistakes."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    value = strict_json.loads(data, file=file, max_bytes=MAX_BYTES)
    mistakes = _Mistakes(file=file)
    top = _Object(value, "", _KEYS, mistakes)
    if top.take("schema_version") != SCHEMA_VERSION or top.take("kind") != KIND:
        mistakes.note("schema_version", f"this is not a {KIND} record of version {SCHEMA_VERSION}")
        mistakes.raise_all()
    report = ContractReport(
        source=reading.source_of(data, file=file, action=action, stage=stage),
        starts=tuple(_start(each) for each in top.objects("starts", ("ok", "seconds", "detail"))),
        asked=top.whole("asked"),
        unanswered=_unanswered(top.maybe("unanswered", ("count", "first", "detail"))),
        shapes=tuple(
            _shape(each) for each in top.objects("shapes", ("text", "form", "length", "keys", "count", "first"))
        ),
        score=_scores(top.maybe("score", ("path", "values", "least", "greatest", "strangers", "first"))),
        batch=_comparison(top.object("batch", _COMPARISON)),
        repeat=_comparison(top.object("repeat", _COMPARISON)),
        restart=_comparison(top.object("restart", _COMPARISON)),
    )
    mistakes.raise_all()
    _check(report, mistakes)
    mistakes.raise_all()
    return report


_COMPARISON = ("compared", "unlike", "worst", "where", "why_not")


def _check(report: ContractReport, mistakes: _Mistakes) -> None:
    """Notes what cannot be true of one and the same model."""
    answered = report.asked - (report.unanswered.count if report.unanswered is not None else 0)
    if answered < 0:
        mistakes.note("unanswered.count", "more inputs are unanswered than were asked")
    if sum(shape.count for shape in report.shapes) != answered:
        mistakes.note("shapes", f"the shapes are of another number of answers than the {answered} there are")
    for name in ("batch", "repeat", "restart"):
        found: Comparison = getattr(report, name)
        if found.compared > answered or found.unlike > found.compared:
            mistakes.note(f"{name}.compared", "more is compared than was answered, or unlike than compared")
        if bool(found.why_not) != (found.compared < max(answered, 1)):
            mistakes.note(
                f"{name}.why_not",
                "every input that was answered is compared, or there is a reason why not",
            )
    score = report.score
    if score is not None and (score.least is None) != (score.values == 0):
        mistakes.note("score.values", "there are values exactly where there is a least one")
    if score is not None and (score.least is None) != (score.greatest is None):
        mistakes.note("score.greatest", "there is a least value exactly where there is a greatest")
    if score is not None and score.least is not None and score.greatest is not None and score.least > score.greatest:
        mistakes.note("score.least", "the least value is above the greatest")


class _Mistakes(Struct, kw_only=True):
    """The mistakes of one file, by key."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def note(self, key: str, message: str, next_step: str = _STEP) -> None:
        place = Place(file=self.file, key=key or None)
        self.problems.append(Problem(message=message, place=place, next_step=next_step))

    def raise_all(self) -> None:
        if self.problems:
            raise EvidenceError(self.problems[0].message, problems=tuple(self.problems))


class _Object:
    """One object: each key is asked for with the type it must have; what has another is noted."""

    def __init__(self, value: Json, key: str, known: tuple[str, ...], mistakes: _Mistakes) -> None:
        self._key = key
        self._mistakes = mistakes
        self._members: Mapping[str, Json] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            mistakes.note(key, "an object was expected here")
            return
        for name in value:
            if name not in known:
                close = nearest(name.lower(), known)
                step = f"Did you mean `{close}`?" if close else f"The keys are {', '.join(known)}."
                mistakes.note(self._at(name), f"unknown key `{name}`", step)
        for name in known:
            if name not in value:
                mistakes.note(self._at(name), f"`{name}` is missing")

    def take(self, name: str) -> Json:
        return self._members.get(name)

    def text(self, name: str) -> str:
        value = self.take(name)
        return value if isinstance(value, str) else self._wrong(name, "text", "")

    def truth(self, name: str) -> bool:
        value = self.take(name)
        return value if isinstance(value, bool) else self._wrong(name, "true or false", False)

    def whole(self, name: str) -> int:
        value = self.take(name)
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 60
        return int(value) if fits and isinstance(value, int) else self._wrong(name, "a whole number from 0 on", 0)

    def number(self, name: str) -> float:
        value = self.take(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**300:
            return float(value)
        return self._wrong(name, "a finite number", math.nan)

    def least_number(self, name: str) -> float:
        value = self.number(name)
        return value if not value < 0 else self._wrong(name, "a number from 0 on", math.nan)

    def maybe_number(self, name: str) -> float | None:
        return None if self.take(name) is None else self.number(name)

    def maybe_whole(self, name: str) -> int | None:
        return None if self.take(name) is None else self.whole(name)

    def word(self, name: str, words: type[Word]) -> Word:
        value = self.take(name)
        known = {str(word.value): word for word in words}
        if isinstance(value, str) and value in known:
            return known[value]
        return self._wrong(name, "one of " + ", ".join(known), next(iter(words)))

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.take(name)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(str(each) for each in value)
        return self._wrong(name, "a list of texts", ())

    def object(self, name: str, known: tuple[str, ...]) -> _Object:
        if name not in self._members:  # noted already
            return _Object({}, self._at(name), (), self._mistakes)
        return _Object(self.take(name), self._at(name), known, self._mistakes)

    def maybe(self, name: str, known: tuple[str, ...]) -> _Object | None:
        return None if self.take(name) is None else self.object(name, known)

    def objects(self, name: str, known: tuple[str, ...]) -> tuple[_Object, ...]:
        value = self.take(name)
        if not isinstance(value, list):
            self._wrong(name, "a list", None)
            return ()
        return tuple(_Object(each, f"{self._at(name)}[{at}]", known, self._mistakes) for at, each in enumerate(value))

    def _at(self, name: str) -> str:
        return f"{self._key}.{name}" if self._key else name

    def _wrong(self, name: str, wanted: str, harmless: Harmless) -> Harmless:
        if name in self._members:
            self._mistakes.note(self._at(name), f"this must be {wanted}")
        return harmless


Harmless = TypeVar("Harmless")


def _start(keys: _Object) -> Start:
    return Start(ok=keys.truth("ok"), seconds=keys.least_number("seconds"), detail=keys.text("detail"))


def _unanswered(keys: _Object | None) -> Unanswered | None:
    if keys is None:
        return None
    return Unanswered(count=keys.whole("count"), first=keys.text("first"), detail=keys.text("detail"))


def _shape(keys: _Object) -> Shape:
    return Shape(
        text=keys.text("text"),
        form=keys.word("form", Form),
        length=keys.maybe_whole("length"),
        keys=keys.texts("keys"),
        count=keys.whole("count"),
        first=keys.text("first"),
    )


def _scores(keys: _Object | None) -> Scores | None:
    if keys is None:
        return None
    return Scores(
        path=keys.text("path"),
        values=keys.whole("values"),
        least=keys.maybe_number("least"),
        greatest=keys.maybe_number("greatest"),
        strangers=keys.whole("strangers"),
        first=keys.text("first"),
    )


def _comparison(keys: _Object) -> Comparison:
    return Comparison(
        compared=keys.whole("compared"),
        unlike=keys.whole("unlike"),
        worst=keys.least_number("worst"),
        where=keys.text("where"),
        why_not=keys.text("why_not"),
    )
