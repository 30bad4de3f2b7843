"""What was seen of a model that was held to its contract: facts, no verdicts. Pure.

Made by `serving/contract.py`, read back by `contract_report`, judged by `gates/contract`. Facts, so that
the same record can be judged again under other limits without starting anything.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from seatrial.evidence.records import Source


class Form(StrEnum):
    """What an answer is, seen from outside."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth"
    NULL = "null"
    LIST = "list"
    OBJECT = "object"


class Start(Struct, frozen=True, kw_only=True):
    """One start in a fresh process: whether it became ready, after how many seconds, and why not."""

    ok: bool
    seconds: float
    detail: str = ""


class Shape(Struct, frozen=True, kw_only=True):
    """One shape that answers had: `text` is all of it in words, `length` that of a list, `keys` those of an object;
    how many answers had it, and the first of them."""

    text: str
    form: Form
    length: int | None
    keys: tuple[str, ...]
    count: int
    first: str


class Unanswered(Struct, frozen=True, kw_only=True):
    """How many inputs were not answered, and why the first was not."""

    count: int
    first: str
    detail: str


class Scores(Struct, frozen=True, kw_only=True):
    """The numbers at a dotted path of the answers. `strangers` are values there that are no finite number, and answers
    that have nothing there; `first` is an answer with one."""

    path: str
    values: int
    least: float | None
    greatest: float | None
    strangers: int
    first: str = ""


class Comparison(Struct, frozen=True, kw_only=True):
    """The same inputs answered in two ways. `unlike` answers differ in more than numbers; of the others, `worst` is the
    largest |a - b| / max(1, |a|, |b|). `where` is the input of the first unlike or of the worst. Where not every input
    that was answered is compared, `why_not` says why."""

    compared: int
    unlike: int = 0
    worst: float = 0.0
    where: str = ""
    why_not: str = ""


class ContractReport(Struct, frozen=True, kw_only=True):
    """All that was seen. `starts` is empty for a server that ran already."""

    source: Source
    starts: tuple[Start, ...]
    asked: int
    unanswered: Unanswered | None
    shapes: tuple[Shape, ...]
    score: Scores | None
    batch: Comparison
    repeat: Comparison
    restart: Comparison
