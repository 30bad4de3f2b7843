"""What a user may promise of a model that is served: the gate `contract`. Defaults live only here."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from seatrial.errors import Place
from seatrial.evidence.contract_records import Form

KIND: Final = "contract"


class Output(Struct, frozen=True, kw_only=True):
    """What every answer is. `length` is that of a list, `keys` are those of an object, neither more nor fewer."""

    form: Form
    length: int | None = None
    keys: tuple[str, ...] | None = None


class Score(Struct, frozen=True, kw_only=True):
    """The range of the numbers at a dotted path of each answer; the empty path is the answer itself."""

    path: str = ""
    min: float | None = None
    max: float | None = None


class ContractRule(Struct, frozen=True, kw_only=True):
    """A model loads in a fresh process, answers each input in one form, and alike whether it is asked alone, together
    with others, again, or after a restart.

    `max_seconds` limits how long a start may take. Without `output` all answers must be of one form and, as objects,
    have the same keys. `batch` and `deterministic` are the largest difference |a - b| / max(1, |a|, |b|) that two
    numbers may have, None for a check that is left out: a model that samples is not deterministic.
    """

    max_seconds: float | None = None
    output: Output | None = None
    score: Score | None = None
    batch: float | None = 1e-6
    deterministic: float | None = 0.0
    place: Place | None = None
