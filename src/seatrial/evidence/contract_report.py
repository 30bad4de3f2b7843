"""Reads the record of a model that was held to its contract, as `serving/contract.py` writes it, strictly.

Called by the flows for outs declared `as: contract`, and by `gate`. A record that a stage of the user's wrote counts
like any other, so nothing in it may contradict itself: counts that do not add up are an error, never a pass. Every
mistake is told at once, with its key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

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
from seatrial.evidence.json_value import Keys, Value
from seatrial.evidence.mistakes import Mistakes

SCHEMA_VERSION: Final = 1
KIND: Final = "contract"
MAX_BYTES: Final = reading.MIB
_STEP = "Let Seatrial write this record, or write what was seen."


def read_contract_report(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> ContractReport:
    """The record in a JSON file. Raises EvidenceError for anything but such an object, with all its mistakes."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    value = strict_json.loads(data, file=file, max_bytes=MAX_BYTES)
    mistakes = Mistakes()
    top = Value(value, mistakes.of(file, next_step=_STEP)).keys()
    version = top["schema_version"]
    if not (version.equals(SCHEMA_VERSION) and top["kind"].equals(KIND)):
        version.refuse(f"this is not a {KIND} record of version {SCHEMA_VERSION}")
        mistakes.raise_all()
    report = ContractReport(
        source=reading.source_of(data, file=file, action=action, stage=stage),
        starts=top["starts"].records(_start),
        asked=_count(top["asked"]),
        unanswered=top["unanswered"].maybe(_unanswered),
        shapes=top["shapes"].records(_shape),
        score=top["score"].maybe(_scores),
        batch=top["batch"].record(_comparison),
        repeat=top["repeat"].record(_comparison),
        restart=top["restart"].record(_comparison),
    )
    top.done()
    mistakes.raise_all()
    _check(report, top)
    mistakes.raise_all()
    return report


def _check(report: ContractReport, top: Keys) -> None:
    """Notes what cannot be true of one and the same model."""
    answered = report.asked - (report.unanswered.count if report.unanswered is not None else 0)
    if answered < 0:
        top["unanswered"].keys()["count"].refuse("more inputs are unanswered than were asked")
    if sum(shape.count for shape in report.shapes) != answered:
        top["shapes"].refuse(f"the shapes are of another number of answers than the {answered} there are")
    for name in ("batch", "repeat", "restart"):
        found: Comparison = getattr(report, name)
        if found.compared > answered or found.unlike > found.compared:
            top[name].keys()["compared"].refuse("more is compared than was answered, or unlike than compared")
        if bool(found.why_not) != (found.compared < max(answered, 1)):
            top[name].keys()["why_not"].refuse(
                "every input that was answered is compared, or there is a reason why not"
            )
    score = report.score
    if score is not None and (score.least is None) != (score.values == 0):
        top["score"].keys()["values"].refuse("there are values exactly where there is a least one")
    if score is not None and (score.least is None) != (score.greatest is None):
        top["score"].keys()["greatest"].refuse("there is a least value exactly where there is a greatest")
    if score is not None and score.least is not None and score.greatest is not None and score.least > score.greatest:
        top["score"].keys()["least"].refuse("the least value is above the greatest")


def _start(keys: Keys) -> Start:
    return Start(ok=keys["ok"].flag(), seconds=keys["seconds"].number(least=0), detail=keys["detail"].text())


def _unanswered(value: Value) -> Unanswered:
    return value.record(
        lambda keys: Unanswered(count=_count(keys["count"]), first=keys["first"].text(), detail=keys["detail"].text())
    )


def _shape(keys: Keys) -> Shape:
    return Shape(
        text=keys["text"].text(),
        form=keys["form"].word(Form),
        length=keys["length"].maybe(_count),
        keys=keys["keys"].texts(),
        count=_count(keys["count"]),
        first=keys["first"].text(),
    )


def _scores(value: Value) -> Scores:
    return value.record(
        lambda keys: Scores(
            path=keys["path"].text(),
            values=_count(keys["values"]),
            least=keys["least"].maybe(Value.number),
            greatest=keys["greatest"].maybe(Value.number),
            strangers=_count(keys["strangers"]),
            first=keys["first"].text(),
        )
    )


def _comparison(keys: Keys) -> Comparison:
    return Comparison(
        compared=_count(keys["compared"]),
        unlike=_count(keys["unlike"]),
        worst=keys["worst"].number(least=0),
        where=keys["where"].text(),
        why_not=keys["why_not"].text(),
    )


def _count(value: Value) -> int:
    return value.whole(least=0)
