"""What machines that share one run write down for each other: how it began, and what became of each cell.

Pure. `part_store` keeps these records in the state, `part_run` writes them on each machine and
`collecting` reads them on the one that judges. A record of a cell says everything that an outcome
says, so that judging needs nothing from the machine that did the work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.digest import Json, canonical
from seatrial.errors import Problem, UsageError, not_understood
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.pipeline.results import NOT_A_RESULT, StageResult
from seatrial.store.blobs import Artifact
from seatrial.verdict import Verdict

_SCHEMA = 1
_BEGUN, _PART = "parts", "part"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_LONGEST = 100
_FINAL = (Did.RAN, Did.REUSED)


class Begun(Struct, frozen=True, kw_only=True):
    """How a run across machines began; its first machine writes it. `id` is the identifier that the judged
    run will have, `spared` the cells that are left out because the change since `base` does not reach them, `put_off`
    those that it reaches too weakly for its tier, with the reason; the rest is what all of its parts must agree on."""

    run: str
    id: str
    commit: str | None
    tier: str | None
    config: str
    overridden: Mapping[str, Json] = field(default_factory=dict)
    base: str | None = None
    spared: tuple[str, ...] = ()
    put_off: Mapping[str, str] = field(default_factory=dict)

    def to_body(self) -> dict[str, Json]:
        return {
            "kind": _BEGUN,
            "schema": _SCHEMA,
            "run": self.run,
            "id": self.id,
            "commit": self.commit,
            "tier": self.tier,
            "config": self.config,
            "overridden": dict(self.overridden),
            **(
                {"base": self.base, "spared": list(self.spared), "put_off": dict(self.put_off)}
                if self.base is not None
                else {}
            ),
        }


class CellRecord(Struct, frozen=True, kw_only=True):
    """What became of one cell on one machine. `kept` names the outs whose bytes are in the state; `log` is
    its output there. So is the record of its check, where that refused what it judges (`outcome.record`)."""

    outcome: CellOutcome
    machine: str
    commit: str | None
    dirty: bool
    tier: str | None
    config: str
    overridden: Mapping[str, Json] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    log: Artifact | None = None

    @property
    def final(self) -> bool:
        """Whether the work is done: a cell that failed, or was deferred, may be tried again."""
        return self.outcome.did in _FINAL

    def to_body(self) -> dict[str, Json]:
        outcome = self.outcome
        return {
            "kind": _PART,
            "schema": _SCHEMA,
            "cell": outcome.cell,
            "did": outcome.did.value,
            "reason": outcome.reason,
            "seconds": round(outcome.seconds, 4),
            "attempts": outcome.attempts,
            "action_key": outcome.result.action_key if outcome.result else None,
            "result": outcome.result.to_json() if outcome.result else None,
            "machine": self.machine,
            "commit": self.commit,
            "dirty": self.dirty,
            "tier": self.tier,
            "config": self.config,
            "overridden": dict(self.overridden),
            "kept": list(self.kept),
            "log": self.log.to_json() if self.log else None,
            **({"verdict": outcome.verdict.value} if outcome.verdict else {}),
            **({"record": outcome.record.to_json()} if outcome.record else {}),
        }


def check_run_name(name: str) -> str:
    """The name, if a run across machines may be called so. Raises UsageError."""
    if not _NAME.match(name) or len(name) > _LONGEST or ".." in name:
        raise UsageError(
            f"{name!r} cannot name a run",
            next_step="use the identifier of the CI run: lower-case letters, digits, '.', '_' and '-'",
        )
    return name


def disagreements(begun: Begun, mine: Begun) -> tuple[Problem, ...]:
    """Why a machine with `mine` cannot take part in the run; empty when it can. All reasons at once."""
    return tuple(
        Problem(
            message=f"run {begun.run} was begun with {what} {_said(theirs)}, and here it is {_said(ours)}",
            next_step=step,
        )
        for what, theirs, ours, step in (
            ("commit", begun.commit, mine.commit, f"git checkout {begun.commit}, or another --id for this commit"),
            ("tier", begun.tier, mine.tier, f"--tier {begun.tier}" if begun.tier else "leave --tier out"),
            (
                "configuration",
                begun.config,
                mine.config,
                "use the same seatrial.yaml, gates and params on all machines",
            ),
            (
                "base",
                begun.base,
                mine.base,
                f"--base {begun.base}" if begun.base else "leave --base out",
            ),
            ("parameters", _text(begun.overridden), _text(mine.overridden), "use the same --set-param on all machines"),
        )
        if theirs != ours
    )


def read_begun(body: Mapping[str, Json], *, shown: str) -> Begun:
    """The beginning in a record's body. Raises StateError for what is none."""
    _check_kind(body, _BEGUN, shown)
    try:
        overridden, spared, put_off = body["overridden"], body.get("spared", []), body.get("put_off", {})
        if not (isinstance(overridden, Mapping) and isinstance(spared, list) and isinstance(put_off, Mapping)):
            raise TypeError("overridden, spared or put_off")
        return Begun(
            run=str(body["run"]),
            id=str(body["id"]),
            commit=_text_or_none(body["commit"]),
            tier=_text_or_none(body["tier"]),
            config=str(body["config"]),
            overridden=overridden,
            base=_text_or_none(body.get("base")),
            spared=tuple(map(str, spared)),
            put_off={cell: str(reason) for cell, reason in put_off.items()},
        )
    except NOT_A_RESULT as error:
        raise not_understood(shown, str(error)) from error


def read_record(body: Mapping[str, Json], *, shown: str) -> CellRecord:
    """The cell's record in a record's body. Raises StateError for what is none."""
    _check_kind(body, _PART, shown)
    try:
        overridden, kept, log = body["overridden"], body["kept"], body["log"]
        if not isinstance(overridden, Mapping) or not isinstance(kept, list):
            raise TypeError("overridden or kept")
        return CellRecord(
            outcome=CellOutcome(
                cell=str(body["cell"]),
                did=Did(str(body["did"])),
                reason=str(body["reason"]),
                result=StageResult.from_json(body["result"]) if body["result"] is not None else None,
                seconds=float(str(body["seconds"])),
                attempts=int(str(body["attempts"])),
                verdict=Verdict(str(said)) if (said := body.get("verdict")) is not None else None,
                record=Artifact.from_json(dict(file)) if isinstance(file := body.get("record"), Mapping) else None,
            ),
            machine=str(body["machine"]),
            commit=_text_or_none(body["commit"]),
            dirty=bool(body["dirty"]),
            tier=_text_or_none(body["tier"]),
            config=str(body["config"]),
            overridden=overridden,
            kept=tuple(map(str, kept)),
            log=Artifact.from_json(dict(log)) if isinstance(log, Mapping) else None,
        )
    except NOT_A_RESULT as error:
        raise not_understood(shown, str(error)) from error


def _check_kind(body: Mapping[str, Json], kind: str, shown: str) -> None:
    if body.get("kind") != kind or body.get("schema") != _SCHEMA:
        raise not_understood(shown, f"it is a {body.get('kind')!r} of schema {body.get('schema')!r}")


def _said(value: str | None) -> str:
    return value[:15] if value else "none"


def _text(values: Mapping[str, Json]) -> str:
    return canonical(dict(values)).decode("utf-8", "surrogateescape") if values else ""


def _text_or_none(value: Json) -> str | None:
    return None if value is None else str(value)
