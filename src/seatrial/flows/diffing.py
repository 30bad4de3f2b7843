"""Two models side by side: versions, runs, commits or bare predictions files.

Called by `seatrial diff`. Nothing is judged here: no margin, no verdict, only values, differences
with their intervals, and what was set differently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import UsageError
from seatrial.evidence.policy import Columns
from seatrial.flows.commit_runs import run_commit
from seatrial.flows.damage import explained
from seatrial.flows.dossier import Dossier, from_record
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.registering import find_draft
from seatrial.flows.workspace import Workspace
from seatrial.gates.evidence import Evidence
from seatrial.metrics.catalog import find
from seatrial.registry.registry import Registry
from seatrial.report.facts import MetricFact
from seatrial.store.blobs import CorruptBlobError

if TYPE_CHECKING:
    from seatrial.gates.differences import MetricDifference

TABLES = (".csv", ".jsonl", ".ndjson", ".parquet")
_RUN = "run:"


class Side(Struct, frozen=True, kw_only=True):
    """One side of a comparison: how the user called it, and its evidence, read."""

    label: str
    evidence: Evidence
    params: Mapping[str, Json] = field(default_factory=dict)


class Untold(Struct, frozen=True, kw_only=True):
    """Metrics without a value, for one reason; `side` where it is one side's alone, `groups` where it is not so in all
    rows."""

    metrics: tuple[str, ...]
    why: str
    side: str | None = None
    groups: tuple[str, ...] = ()


class Difference(Struct, frozen=True, kw_only=True):
    """What differs from `before` to `after`. `metrics` hold `after` as the candidate. `rows` and
    `disagreements` count matched rows and those answered differently, None where rows cannot be
    compared, and `unmatched` then says why; figures are then each side's own. `untold` are metrics that a
    side, or both, have no value of. `params` maps a name to its value before and after."""

    before: str
    after: str
    metrics: tuple[MetricFact, ...]
    rows: int | None = None
    disagreements: int | None = None
    unmatched: str | None = None
    untold: tuple[Untold, ...] = ()
    params: Mapping[str, tuple[Json, Json]] = field(default_factory=dict)
    same_artifact: bool = False


def is_table(text: str) -> bool:
    """Whether an argument means a predictions file rather than a reference."""
    return text.lower().endswith(TABLES)


def file_side(path: Path, columns: Columns) -> Side:
    """A predictions file. Raises EvidenceError."""
    from seatrial.evidence.large_rows import read_rows  # brings polars; only a real comparison pays

    return Side(label=str(path), evidence=Evidence(predictions=read_rows(path, columns, shown=str(path))))


def reference_side(workspace: Workspace, policy: ProjectPolicy, text: str, model: str | None) -> Callable[[], Side]:
    """A version (`digits@3`, `digits@production`), a run (`run:ID`) or a commit: found now, read when called.

    So that a typo in the second reference is told before the first one's stages run: a commit's
    stages are run in scratch where the cache does not have their results. Raises UsageError for what
    cannot be meant; reading raises StageError when a commit's stage fails.
    """
    if text.startswith(_RUN):
        draft = find_draft(workspace, model, text.removeprefix(_RUN))
        return partial(_read, workspace, text, from_record(draft, workspace.cache.blobs))
    if "@" in text and "@{" not in text:
        version = Registry(workspace.state).resolve(text)
        return partial(_read, workspace, text, from_record(version, workspace.state.blobs))
    commit = workspace.git.commit(text)
    if commit is None:
        raise UsageError(
            f"{text} is neither a version (NAME@17, NAME@ALIAS), a run (run:ID), a commit nor a predictions file",
            next_step="seatrial models list",
        )
    return partial(_commit_side, workspace, text, commit, _the_model(policy, model))


def compare(before: Side, after: Side) -> Difference:
    """Everything that differs between two sides."""
    from seatrial.flows.evidence_reading import metric_files
    from seatrial.gates import rows as rows_of_models
    from seatrial.gates.side_by_side import side_by_side

    one, other = before.evidence.predictions, after.evidence.predictions
    known = other or one
    of_rows = side_by_side(other, one, () if known is None else known.groups, labels=(after.label, before.label))
    metrics = (*map(_fact, of_rows.metrics), *metric_files(after.evidence, before.evidence))
    rows = disagreements = None
    if one is not None and other is not None and of_rows.unmatched is None:
        rows = other.rows
        if all("prediction" in each.columns for each in (one, other)):
            disagreements = rows_of_models.disagreements(other, one)
    names = sorted(before.params.keys() | after.params.keys()) if before.params and after.params else []
    return Difference(
        before=before.label,
        after=after.label,
        metrics=metrics,
        rows=rows,
        disagreements=disagreements,
        unmatched=of_rows.unmatched,
        untold=tuple(
            Untold(metrics=each.metrics, why=each.why, side=each.side, groups=each.groups) for each in of_rows.untold
        ),
        params={
            name: (before.params.get(name), after.params.get(name))
            for name in names
            if before.params.get(name) != after.params.get(name)
        },
        same_artifact=before.evidence.artifact is not None and before.evidence.artifact == after.evidence.artifact,
    )


def _fact(one: MetricDifference) -> MetricFact:
    metric = find(one.metric)
    return MetricFact(
        name=one.metric,
        candidate=one.candidate,
        baseline=one.baseline,
        difference=one.difference,
        interval=one.interval,
        level=one.level,
        better=None if metric is None else metric.better,
        group=None if one.grouping is None else f"{one.grouping} {one.group}",
        n=one.n,
    )


def _commit_side(workspace: Workspace, text: str, commit: str, model: str) -> Side:
    run = workspace.new_run()
    with run_commit(workspace, commit, model, tier=None, run=run, folder=workspace.cache.runs / run) as made:
        return _read(workspace, f"{text} ({commit[:10]})", made.dossier(workspace))


def _read(workspace: Workspace, label: str, dossier: Dossier) -> Side:
    from seatrial.flows.evidence_reading import read  # as above

    with workspace.cache.scratch("diff") as scratch:
        try:
            return Side(label=label, evidence=read(dossier, scratch), params=dossier.params)
        except CorruptBlobError as error:
            raise explained(workspace, error) from error


def _the_model(policy: ProjectPolicy, model: str | None) -> str:
    if model is not None:
        return model
    if len(policy.models) == 1:
        return next(iter(policy.models))
    raise UsageError(
        f"seatrial.yaml declares {len(policy.models)} models: {', '.join(policy.models)}",
        next_step="name one with --model NAME",
    )
