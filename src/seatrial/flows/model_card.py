"""A registered version, and the report of its run where that is at hand, as the facts of a model card.

Called by `seatrial models card`. The record alone is enough; the report adds what only it has: intervals of metrics
that no gate compared, what the model takes, the datasets that the run judged, the command. It counts only where it is
the report of the run that made the version, and of the same judgement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from seatrial.errors import UserError
from seatrial.flows.facts import REPORT_JSON
from seatrial.flows.workspace import Workspace
from seatrial.gates.codes import Kind
from seatrial.registry.history import History
from seatrial.registry.records import AliasMove, Version
from seatrial.replacing import replace
from seatrial.report.card_facts import CardFacts
from seatrial.report.facts import MetricFact, ModelFact, RunFacts
from seatrial.report.serial import from_text
from seatrial.store.ulid import is_ulid
from seatrial.verdict import Decision


def report_of(workspace: Workspace, version: Version) -> RunFacts | None:
    """The report of the run that made a version; None where this work tree's cache has none that can be read."""
    if not is_ulid(version.run):
        return None
    path = workspace.cache.runs / version.run / REPORT_JSON
    try:
        return from_text(path.read_bytes(), file=str(path))
    except (OSError, UserError):
        return None


def card_of(version: Version, history: History, run: RunFacts | None) -> CardFacts:
    """The facts of a version's card. `history` is that of its model."""
    reported = _reported(version, run)
    known = run if reported is not None else None
    rows = version.predictions
    return CardFacts(
        model=version.model,
        ref=version.ref,
        registered=version.created_at,
        by=version.actor.name,
        by_known_from=version.actor.identified_by.value,
        run=version.run,
        artifact=version.artifact.digest,
        size=version.artifact.size,
        environment=version.environment,
        config=version.config,
        commit=version.commit,
        dirty=version.dirty,
        tier=version.tier,
        made_by=version.made_by,
        holds=tuple(alias for alias, number in history.aliases.items() if number == version.number),
        moves=tuple(_sentence(move) for move in history.ledger if move.version == version.number),
        tags=version.tags,
        links=version.links,
        data=version.data,
        params=_texts(version.params),
        changed_params=_texts({**version.overlay, **version.overridden}),
        test_set=version.test_set,
        evaluation=version.evaluation,
        rows=None if rows is None else rows.rows,
        seeds=len(version.seeds),
        judged=reported or _recorded(version),
        checks=known.checks if known is not None else (),
        missing=_missing(version),
        machine=known.machine if known is not None else None,
        repeat=known.repeat if known is not None else None,
        run_known=known is not None,
    )


def _reported(version: Version, run: RunFacts | None) -> ModelFact | None:
    """The judgement that a report tells of, with the findings of the record: those are what was registered."""
    if run is None or run.run != version.run:
        return None
    told = next((model for model in run.models if model.name == version.model), None)
    if told is None or told.verdict is not version.verdict:
        return None
    return replace(told, findings=version.findings, registered=None, promoted_to=None)


def _recorded(version: Version) -> ModelFact | None:
    """The judgement as the record has it; which baseline that was, it does not say."""
    if version.verdict is None:
        return None
    compared = {
        one.metric: MetricFact(
            name=one.metric,
            candidate=one.candidate,
            baseline=one.baseline,
            difference=one.estimate,
            interval=one.interval,
        )
        for one in version.findings
        if one.kind == Kind.REGRESSION and one.metric is not None and one.candidate is not None
    }
    others = (MetricFact(name=name, candidate=value) for name, value in version.metrics.items() if name not in compared)
    return ModelFact(
        name=version.model,
        gate_set=version.gate_set or "",
        verdict=version.verdict,
        decision=version.decision or Decision.BLOCK,
        findings=version.findings,
        metrics=(*compared.values(), *others),
    )


def _missing(version: Version) -> tuple[str, ...]:
    """What should have been there when it was made."""
    said = [f"Stage {cell.cell} should have run beside it and was deferred." for cell in version.deferred]
    said += [f"{unpinned}, which nothing pins." for unpinned in version.unpinned]
    if version.dirty:
        said.append("It was made from files that are not committed.")
    if version.overlay:
        changed = ", ".join(sorted(version.overlay))
        said.append(f"It was trained under tier {version.tier or '?'}, which changes {changed}.")
    if version.overridden:
        said.append(f"Parameters were overridden on the command line: {', '.join(sorted(version.overridden))}.")
    return tuple(said)


def _sentence(move: AliasMove) -> str:
    came = f"{move.at}: {move.alias} came to it ({move.how}) by {move.actor.name.partition(' <')[0]}"
    came += "" if move.previous is None else f", from version {move.previous}"
    return f"{came}: {move.reason}" if move.reason else came


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
