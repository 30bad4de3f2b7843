"""The record of a training on one batch, as `process/guest.py` leaves it, read strictly.

Called where a stage that `uses: overfit-one-batch` has ended, and by the flows for a run's report. The process that
wrote it ran code of the user, so nothing is taken on its word: a record whose losses do not bear out what it says is no
record, and that is an error, never a pass.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place
from seatrial.evidence import reading, strict_json
from seatrial.evidence.trials import KIND, TrialOutcome, TrialRecord

SCHEMA: Final = 1


def read_trial(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> TrialRecord:
    """The record of a training on one batch. Raises EvidenceError for a file that is none, or contradicts itself."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=strict_json.MAX_BYTES)
    document = strict_json.loads(data, file=file)
    try:
        keys = _written_by_us(_object(document))
        record = TrialRecord(
            source=reading.source_of(data, file=file, action=action, stage=stage),
            target=_text(keys["target"]),
            max_loss=_number(keys["max_loss"]),
            steps=_whole(keys["steps"]),
            outcome=TrialOutcome(_text(keys["outcome"])),
            detail=_text(keys["detail"]),
            taken=_whole(keys["taken"]),
            lowest=None if keys["lowest"] is None else _point(keys["lowest"]),
            losses=tuple(_spelled(point) for point in _list(keys["curve"])),
        )
        _check(record)
    except KeyError as error:
        raise _no_record(f"it has no {error}", file) from error
    except (TypeError, ValueError) as error:
        raise _no_record(str(error), file) from error
    return record


def _written_by_us(keys: Mapping[str, Json]) -> Mapping[str, Json]:
    if keys["schema_version"] != SCHEMA or keys["kind"] != KIND:
        raise ValueError("another program, or another version, wrote it")
    return keys


def _check(record: TrialRecord) -> None:
    """Raise ValueError where the losses do not say what the outcome does."""
    last = record.losses[-1][1] if record.losses else math.nan
    steps = [step for step, _ in record.losses]
    ends = {
        TrialOutcome.BELOW: last < record.max_loss and math.isfinite(last),
        TrialOutcome.NOT_BELOW: last >= record.max_loss and record.taken == record.steps,
        TrialOutcome.ENDED: last >= record.max_loss and record.taken < record.steps,
        TrialOutcome.DIVERGED: bool(record.losses) and not math.isfinite(last),
    }
    if not ends.get(record.outcome, True):
        raise ValueError(f"its losses do not come to `{record.outcome}`")
    if steps != sorted(set(steps)) or (steps[:1], steps[-1:]) != ([1][: record.taken], [record.taken][: record.taken]):
        raise ValueError("its steps are not those that were taken")
    if record.taken > record.steps:
        raise ValueError("it took more steps than it was to take")
    finite = [loss for _, loss in record.losses if math.isfinite(loss)]
    if finite and (record.lowest is None or record.lowest[1] > min(finite)):
        raise ValueError("its lowest loss is not the lowest")
    if any(not math.isfinite(loss) for _, loss in record.losses[:-1]):
        raise ValueError("a loss before the last is not finite")


def _no_record(why: str, file: str) -> EvidenceError:
    return EvidenceError(
        f"this is not the record of a training on one batch: {why}",
        place=Place(file=file),
        next_step="let a stage that `uses: overfit-one-batch` write it",
    )


def _point(value: Json) -> tuple[int, float]:
    step, loss = _list(value)
    return _whole(step), _number(loss)


def _spelled(value: Json) -> tuple[int, float]:
    """A point whose loss is text, because JSON has no NaN."""
    step, loss = _list(value)
    return _whole(step), float(_text(loss))


def _object(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no object")
    return value


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _number(value: Json) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no number")
    return float(value)
