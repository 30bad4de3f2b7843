"""What a stage of the user's says of a model by gates of its own, as records. `own_results` reads them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.evidence.records import Source
from seatrial.verdict import Verdict


class OwnResult(Struct, frozen=True, kw_only=True):
    """One result. `value` and `verdict` are not both None."""

    name: str
    value: float | None = None
    verdict: Verdict | None = None
    interval: tuple[float, float] | None = None
    n: int | None = None
    message: str | None = None


class OwnResults(Struct, frozen=True, kw_only=True):
    """The results of one file, by name, in its order."""

    source: Source
    results: Mapping[str, OwnResult]
