"""Versions, ledgers and promotions as text and as JSON, for the `models` commands."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime

from seatrial.cli.approval_text import standing_json, who
from seatrial.clock import iso
from seatrial.digest import Json, short
from seatrial.flows.promote import Promotion
from seatrial.registry.debt import Debt, settling
from seatrial.registry.history import History
from seatrial.registry.promotion import AlreadyThere, Refused
from seatrial.registry.records import AliasMove, Version
from seatrial.registry.refs import NumberRef
from seatrial.registry.reign import Reign
from seatrial.registry.serial import encode
from seatrial.report.escape import NAME_BOUND, plain
from seatrial.report.numbers import figure, size
from seatrial.report.table import table
from seatrial.verdict import Verdict

_WIDTH = 80
_LONGEST = 1000


def ref_of(version: Version) -> NumberRef:
    """The reference that always means this version."""
    return NumberRef(model=version.model, number=version.number)


def history(found: History) -> str:
    """All versions of a model, newest last, with the aliases they hold and the first metric that was gated."""
    told = {version.ref: _told(version) for version in found.versions.values()}
    names = list(dict.fromkeys(name for name in told.values() if name is not None))
    rows = []
    for version in found.versions.values():
        held = ", ".join(alias for alias, number in found.aliases.items() if number == version.number)
        rows.append(
            (
                version.ref,
                held,
                _verdict(version),
                _metric(version, told[version.ref], named=len(names) > 1),
                (version.commit or "no commit")[:10] + ("+" if version.dirty else ""),
                version.created_at[:16].replace("T", " "),
            )
        )
    metric = plain(names[0], bound=NAME_BOUND) if len(names) == 1 else "metric"
    return table(rows, ("version", "alias", "verdict then", metric, "commit", "registered (UTC)"), width=_WIDTH)


def _told(version: Version) -> str | None:
    """The first metric that a gate looked at, else the first there is."""
    gated = (finding.metric for finding in version.findings)
    return next((name for name in (*gated, *version.metrics) if name is not None and name in version.metrics), None)


def _metric(version: Version, name: str | None, *, named: bool) -> str:
    if name is None:
        return ""
    value = figure(version.metrics[name])
    return f"{plain(name, bound=NAME_BOUND)} {value}" if named else value


def _verdict(found: Version) -> str:
    """The verdict at registration; an ERROR with its reasons, because the first model always has one."""
    if found.verdict is not Verdict.ERROR:
        return str(found.verdict or "not judged")
    reasons = dict.fromkeys(str(one.reason) for one in found.findings if one.verdict is Verdict.ERROR)
    return " ".join(("ERROR", *reasons))


def debts(found: Sequence[Debt]) -> str:
    """Open debts, each with what settles it."""
    lines = []
    for debt in found:
        holds = "from uncommitted files, holds nothing" if debt.dirty else "holds promotions"
        text = plain(f"debt ({holds}): {debt}; to settle it, {settling((debt,))}", bound=_LONGEST)
        lines += textwrap.wrap(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
    return "\n".join(lines)


def debt_json(debt: Debt) -> dict[str, Json]:
    """A debt, all fields, and what settles it."""
    return {**_object(encode(debt)), "settled_by": settling((debt,))}


def version(found: Version, ledger: Sequence[AliasMove]) -> str:
    """One version, whole."""
    facts: list[tuple[str, str]] = [
        ("version", found.ref),
        ("registered", f"{found.created_at} by {found.actor.name} (known from {found.actor.identified_by})"),
        ("run", found.run + (f", tier {found.tier}" if found.tier else "")),
        ("commit", (found.commit or "none") + (" with uncommitted changes" if found.dirty else "")),
        ("artifact", f"{found.artifact.digest} ({size(found.artifact.size)}, {found.made_by or 'unknown stage'})"),
        ("environment", found.environment),
        ("config", found.config),
        *((f"data {name}", content) for name, content in found.data.items()),
        *((f"param {name}", str(value)) for name, value in found.params.items()),
        *((f"metric {name}", figure(value)) for name, value in found.metrics.items()),
        *(("unpinned", str(one)) for one in found.unpinned),
        *(("deferred", f"{one.cell} (input {short(one.input_digest)})") for one in found.deferred),
        *((f"tag {key}", value) for key, value in found.tags.items()),
        *(("link", url) for url in found.links),
        ("verdict", f"{found.verdict or 'not judged'}" + (f" (set {found.gate_set})" if found.gate_set else "")),
        *((f"  {finding.verdict}", finding.message) for finding in found.findings),
    ]
    body = table(facts, ("", ""), width=_WIDTH)
    moves = table([_move_row(move) for move in ledger], _MOVE_HEADER, width=_WIDTH)
    return body.lstrip("\n") + (f"\n\n{moves}" if moves else "\n\nit never held an alias")


_MOVE_HEADER = ("UTC", "alias", "from", "to", "how", "decision", "by whom, and why")


def _move_row(move: AliasMove) -> tuple[str, ...]:
    return (
        move.at[5:16].replace("T", " "),
        move.alias,
        "" if move.previous is None else str(move.previous),
        str(move.version),
        move.how.value,
        str(move.decision or ""),
        _whose(move),
    )


def _whose(move: AliasMove) -> str:
    """Who moved it and how one knows, the words of that person, and on whose approvals it rested."""
    approved = f"approved by {', '.join(who(by.actor) for by in move.approvals)}" if move.approvals else ""
    return "; ".join(filter(None, (who(move.actor), move.reason, approved)))


def reign(found: Version, alias: str, instant: datetime, held: Reign) -> str:
    """Which version held an alias at an instant, since when and until when, with its row of the ledger."""
    until = "now" if held.until is None else iso(held.until)
    facts = [
        (f"{alias} at", iso(instant)),
        ("version", found.ref),
        ("since", iso(held.since)),
        ("until", until),
        ("commit", found.commit or "none"),
        ("artifact", found.artifact.digest),
    ]
    moves = [held.began, *([held.ended] if held.ended is not None else [])]
    return table(facts, ("", ""), width=_WIDTH).lstrip("\n") + "\n\n" + ledger(moves)


def shown(text: str) -> str:
    """A path that somebody typed."""
    return plain(text)


def ledger(moves: Sequence[AliasMove]) -> str:
    """The promotion ledger as a table."""
    return table([_move_row(move) for move in moves], _MOVE_HEADER, width=_WIDTH)


def promotion(done: Promotion) -> str:
    """What a promotion came to: each finding, then what happened, then what to type."""
    lines = []
    for finding in done.judged.findings:
        text = plain(f"{finding.verdict}  {finding.name}: {finding.message}").replace(" %", "\N{NO-BREAK SPACE}%")
        wrapped = textwrap.wrap(
            text, _WIDTH, subsequent_indent="      ", break_on_hyphens=False, break_long_words=False
        )
        lines += [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped]
    ref, alias = done.version.ref, done.alias
    match done.permission:
        case Refused(reasons=reasons, next_step=step):
            lines.append(f"refused: {alias} does not move to {ref}")
            said = {f"{finding.verdict}: {finding.message}" for finding in done.judged.findings}
            for reason in (one for one in reasons if one not in said):
                lines += textwrap.wrap(plain(reason), _WIDTH, initial_indent="  - ", subsequent_indent="    ")
            lines.append(f"next: {step}")
        case AlreadyThere():
            lines.append(f"{ref} holds {alias} already")
        case _:
            move = done.move
            before = f"version {move.previous}" if move and move.previous else "nobody"
            lines.append(f"{alias}: {before} -> {ref} ({move.how.value if move else 'moved'})")
    return "\n".join(lines)


def history_json(found: History) -> dict[str, Json]:
    """A model with its versions, aliases and ledger."""
    return {
        "model": found.model,
        "aliases": dict(found.aliases),
        "versions": [version_json(version) for version in found.versions.values()],
        "ledger": [move_json(move) for move in found.ledger],
    }


def version_json(found: Version) -> dict[str, Json]:
    """A version, all fields."""
    return {"ref": found.ref, "artifact_short": short(found.artifact.digest), **_object(encode(found))}


def move_json(move: AliasMove) -> dict[str, Json]:
    """A row of the ledger."""
    return _object(encode(move))


def promotion_json(done: Promotion) -> dict[str, Json]:
    """What a promotion came to."""
    refused = done.permission if isinstance(done.permission, Refused) else None
    return {
        "ref": done.version.ref,
        "alias": done.alias,
        "moved": done.move is not None,
        "verdict": done.judged.verdict.value,
        "decision": done.judged.decision.value,
        "gate_set": done.judged.gate_set,
        "baseline": done.baseline,
        "gates": [encode(finding) for finding in done.judged.findings],
        "move": move_json(done.move) if done.move else None,
        "approvals": standing_json(done.approvals),
        "reasons": list(refused.reasons) if refused else [],
        "next_step": refused.next_step if refused else None,
    }


def _object(value: Json) -> dict[str, Json]:
    return dict(value) if isinstance(value, dict) else {}
