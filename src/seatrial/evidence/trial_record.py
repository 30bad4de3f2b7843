"""The record of a training on one batch, as `process/guest.py` leaves it, read strictly.

Called where a stage that `uses: overfit-one-batch` has ended, and by the flows for a run's report. The process that
wrote it ran code of the user, so nothing is taken on its word: a record whose losses do not bear out what it says is no
record, and that is an error, never a pass.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

from seatrial.evidence import reading, strict_json
from seatrial.evidence.json_value import Keys, Value
from seatrial.evidence.mistakes import Mistakes
from seatrial.evidence.trials import KIND, TrialOutcome, TrialRecord

SCHEMA: Final = 1
_SAYING: Final = "this is not the record of a training on one batch"
_STEP: Final = "let a stage that `uses: overfit-one-batch` write it"


def read_trial(
    path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None
) -> TrialRecord:
    """The record of a training on one batch. Raises EvidenceError for a file that is none, or contradicts itself."""
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=strict_json.MAX_BYTES)
    document = strict_json.loads(data, file=file)
    mistakes = Mistakes()
    keys = Value(document, mistakes.of(file, next_step=_STEP, saying=_SAYING)).keys()
    version = keys["schema_version"]
    if not (version.equals(SCHEMA) and keys["kind"].equals(KIND)):
        version.refuse("another program, or another version, wrote it")
        mistakes.raise_all()
    record = TrialRecord(
        source=reading.source_of(data, file=file, action=action, stage=stage),
        target=keys["target"].text(),
        max_loss=keys["max_loss"].number(),
        steps=keys["steps"].whole(),
        outcome=keys["outcome"].word(TrialOutcome),
        detail=keys["detail"].text(),
        taken=keys["taken"].whole(least=0),
        lowest=keys["lowest"].maybe(_point),
        losses=keys["curve"].each(_spelled),
    )
    mistakes.raise_all()
    _check(record, keys)
    mistakes.raise_all()
    return record


def _check(record: TrialRecord, keys: Keys) -> None:
    """Notes where the losses do not say what the outcome does."""
    last = record.losses[-1][1] if record.losses else math.nan
    steps = [step for step, _ in record.losses]
    ends = {
        TrialOutcome.BELOW: last < record.max_loss and math.isfinite(last),
        TrialOutcome.NOT_BELOW: last >= record.max_loss and record.taken == record.steps,
        TrialOutcome.ENDED: last >= record.max_loss and record.taken < record.steps,
        TrialOutcome.DIVERGED: bool(record.losses) and not math.isfinite(last),
    }
    if not ends.get(record.outcome, True):
        keys["outcome"].refuse(f"its losses do not come to `{record.outcome}`")
    if steps != sorted(set(steps)) or (steps[:1], steps[-1:]) != ([1][: record.taken], [record.taken][: record.taken]):
        keys["curve"].refuse("its steps are not those that were taken")
    if record.taken > record.steps:
        keys["taken"].refuse("it took more steps than it was to take")
    finite = [loss for _, loss in record.losses if math.isfinite(loss)]
    if finite and (record.lowest is None or record.lowest[1] > min(finite)):
        keys["lowest"].refuse("its lowest loss is not the lowest")
    if any(not math.isfinite(loss) for _, loss in record.losses[:-1]):
        keys["curve"].refuse("a loss before the last is not finite")


def _point(value: Value) -> tuple[int, float]:
    step, loss = value.items(of=2)
    return step.whole(), loss.number()


def _spelled(value: Value) -> tuple[int, float]:
    """A point whose loss is text, because JSON has no NaN."""
    step, spelled = value.items(of=2)
    loss, text = math.nan, spelled.text()
    try:
        loss = float(text)
    except ValueError:
        if text == spelled.json:  # else it is no text, and that was told
            spelled.refuse("this must be the text of a number")
    return step.whole(), loss
