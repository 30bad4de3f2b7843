"""The end of a cell's command: judged, its outs collected, its inputs looked at again, its result stored.

Called by the executor. The result is written last, after every blob it names. Two things make outs
*used* here and stored nowhere: inputs that changed meanwhile, because the outs do not belong to the key,
and a secret in them, because a store is read by others.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.clock import iso
from seatrial.errors import EvidenceError, StageError
from seatrial.evidence.policy import OutKind
from seatrial.pipeline import key
from seatrial.pipeline.errands import Errand
from seatrial.pipeline.outcome import CellOutcome, Did, drifts
from seatrial.pipeline.outs import Outs
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.secret_values import leak
from seatrial.pipeline.session import Session
from seatrial.pipeline.sharing import Sharing
from seatrial.pipeline.starting import Running
from seatrial.pipeline.telling import Telling
from seatrial.pipeline.tracing import Observed, Tracing, without_secrets
from seatrial.pipeline.watch import Watch
from seatrial.process import masking
from seatrial.process.group import Ended
from seatrial.store.blobs import Artifact
from seatrial.verdict import Decision, Verdict

if TYPE_CHECKING:
    from seatrial.evidence.check_record import CheckRecord
    from seatrial.evidence.trials import TrialRecord

    Record = CheckRecord | TrialRecord
    """What a stage that judges leaves: both have findings, and a decision made of them."""


_JUDGED = (1, 2, 3)
"""How a check ends that blocks or holds. Any other code is an accident, whatever was written before it."""
_RAISED = 4
"""How a trial ends in which the user's code raised: it judged nothing, and says what happened."""


class Ending:
    """Ends commands of one run."""

    def __init__(
        self, session: Session, outs: Outs, watch: Watch, telling: Telling, sharing: Sharing, tracing: Tracing
    ) -> None:
        self._session = session
        self._sharing = sharing
        self._outs = outs
        self._watch = watch
        self._telling = telling
        self._tracing = tracing
        self._listed: set[str] = set()
        """The listings that this run has stored: many cells share some."""

    def end(self, running: Running, ended: Ended) -> CellOutcome | Errand:
        """Judge an ended command and store what it made. Gives its locks back, or lets an errand do so: then all is
        stored and told, and only whose result counts is open."""
        errand = None
        try:
            outcome, shareable = self._judge(running, ended)
            if shareable is not None:
                paths, held = running.layout.outs, running.held
                errand = self._sharing.offer(running.planned.cell, paths, held, outcome, shareable)
        finally:
            if errand is None:
                running.held.release()
        return errand or outcome

    def _judge(self, running: Running, ended: Ended) -> tuple[CellOutcome, StageResult | None]:
        """What a command came to, and the result that may stand for it on other machines too."""
        cell = running.planned.cell
        trouble, refused = _trouble(running, ended), None
        if ended.code == _RAISED and not running.pressed:
            trouble = self._raised(running) or trouble
        if ended.code in _JUDGED and not running.pressed and (check := self._check(running)) is not None:
            if check.decision is Decision.BLOCK:
                trouble, refused = _refusal(check), check
            elif check.decision is Decision.HOLD:
                trouble = None  # what needs more rows is no failed command; the run is held by its check
        if trouble is not None:
            self._tracing.drop(running.begun)
            return self._failed(running, trouble, ended, refused), None
        try:
            withheld = self._withheld(running)
            outs = self._collect(running, store=withheld is None)
        except StageError as error:
            self._tracing.drop(running.begun)
            return self._failed(running, str(error), ended), None
        observed = self._observed(running)
        result = self._result(running, ended, outs, observed)
        touched = self._watch.touched(running.planned, running.stamps, running.produced) or observed.unsteady
        if touched:
            withheld = f"{touched} changed while it ran"
        drifted = drifts(cell, running.produced)
        # Nobody reuses what always runs, so the first result of it stands for no other.
        shareable = None if withheld is not None or cell.always_runs else result
        if withheld is not None:
            did, reason = Did.USED, f"{withheld}: its outs are used, not stored"
        else:
            did, reason = Did.RAN, running.reason
            if shareable is not None:
                self._sharing.promise(result.action_key)
            self._publish(result, running.planned, replace=running.replaces, drifted=drifted)
        self._telling.ended(cell, did, reason, ended)
        outcome = CellOutcome(
            cell=cell.name,
            did=did,
            reason=reason,
            result=result,
            changed=running.changed,
            seconds=ended.wall,
            log=self._telling.shown(running.log),
            attempts=running.attempt,
            drifted=drifted,
        )
        return outcome, shareable

    def _observed(self, running: Running) -> Observed:
        """What the command was seen to read; a path that holds a secret is neither stored nor shown."""
        observed = self._tracing.end(running.begun, running.planned, running.layout, running.child.pid)
        return without_secrets(observed, running.secrets) if running.secrets else observed

    def _withheld(self, running: Running) -> str | None:
        """Why the outs of a stage that may know secrets may not be stored. Evidence goes into reports, so that with a
        secret in it fails the stage: raises StageError."""
        for out in running.planned.cell.outs if running.secrets else ():
            path = running.layout.outs[out.name]
            found = leak(self._session.host.root, path, running.secrets)
            if found is not None and out.kind is not None:
                raise StageError(f"out {path} {found}, and evidence is shown in reports")
            if found is not None:
                return f"out {path} {found}"
        return None

    def _collect(self, running: Running, *, store: bool) -> dict[str, Artifact]:
        unkept = {out.name for out in running.planned.cell.outs if not (out.cache and store)}
        return self._outs.collect(running.layout.outs, unkept=unkept)

    def _publish(self, result: StageResult, planned: PlannedCell, *, replace: bool, drifted: bool) -> None:
        results = self._session.cache.results
        for name, entries in planned.inputs.listings.items():
            if name not in self._listed:
                self._session.cache.blobs.put_bytes(key.listing(entries)[1])
                self._listed.add(name)
        results.put(result, replace=replace)
        cell = result.cell if self._session.in_work_tree else None
        results.note(result.action_key, input_digest=None if drifted else result.input_digest, cell=cell)

    def _result(self, running: Running, ended: Ended, outs: dict[str, Artifact], observed: Observed) -> StageResult:
        return StageResult(
            action_key=running.action_key,
            input_digest=running.planned.input_digest,
            cell=running.planned.cell.name,
            parts=running.parts,
            outs=outs,
            run=self._session.run,
            finished=iso(self._session.clock.now()),
            wall=round(ended.wall, 4),
            cpu=round(ended.cpu, 4),
            peak_memory=ended.peak_memory,
            machine=self._session.machine,
            attempts=running.attempt,
            reads=observed.reads,
            trace=observed.trace,
            environment=self._session.survey.environment,
        )

    def _check(self, running: Running) -> Record | None:
        """What a stage that judges has found, by the record that it wrote. Its exit code says less: data that needs
        more rows is no failed command."""
        path = self._record(running)
        if path is None:
            return None
        from seatrial.evidence.check_record import read_check  # with readers that few runs need

        try:
            return read_check(path) if not _is_trial(running) else self._trial(path)
        except EvidenceError:
            return None  # it ended before it had judged anything

    def _trial(self, path: Path) -> TrialRecord | None:
        """What a trial has found; None where the user's code raised, so that it found nothing."""
        from seatrial.evidence.trial_record import read_trial

        record = read_trial(path)
        return record if record.verdict is not None else None

    def _raised(self, running: Running) -> str | None:
        """What the user's code raised in a trial, in a line; None for any other stage."""
        path = self._record(running)
        if path is None or not _is_trial(running):
            return None
        from seatrial.evidence.trial_record import read_trial

        try:
            record = read_trial(path)
        except EvidenceError:
            return None
        return record.message if record.verdict is None else None

    def _record(self, running: Running) -> Path | None:
        """Where a stage that judges writes the record of what it found."""
        names = (out.name for out in running.planned.cell.outs if out.kind is OutKind.CHECK)
        return next((self._session.host.root / running.layout.outs[name] for name in names), None)

    def _failed(self, running: Running, reason: str, ended: Ended, refused: Record | None = None) -> CellOutcome:
        """A cell that failed; by its own check, where that refused what it judges. The record of such a check is
        stored though no result is: a report needs it, on whatever machine it is made."""
        path = self._record(running) if refused is not None else None
        return self._telling.failed(
            running.planned.cell,
            masking.masked(reason, running.secrets.values()),  # it may name files that the command named
            log=running.log,
            changed=running.changed,
            ended=ended,
            attempt=running.attempt,
            verdict=refused.verdict if refused is not None else None,
            record=self._session.cache.blobs.put_path(path) if path is not None else None,
        )


def _is_trial(running: Running) -> bool:
    uses = running.planned.cell.spec.uses
    return uses is not None and uses.trial is not None


def _refusal(check: Record) -> str:
    """Why a check blocks, in a line."""
    said = check.verdict.value if check.verdict is not None else Verdict.ERROR.value
    grave = [finding for finding in check.findings if finding.verdict is check.verdict]
    more = f", and {len(grave) - 1} more" if len(grave) > 1 else ""
    return f"{said}: {grave[0].message}{more}" if grave else f"its check says {said}"


def _trouble(running: Running, ended: Ended) -> str | None:
    if running.pressed:
        return f"stopped after its timeout of {running.planned.cell.spec.timeout:g} s"
    if ended.signal is not None:
        return f"killed by {signal.Signals(ended.signal).name}"
    if ended.code:
        return f"exit code {ended.code}"
    return None
