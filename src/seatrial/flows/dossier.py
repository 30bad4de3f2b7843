"""Everything measured of one model, as references to stored bytes: from a run, or from a version.

Called by the flows on both sides of a comparison, so that a candidate fresh from a run and a
version registered a year ago are judged by the same code. Bytes are always taken out of a blob
store and never from the work tree, which may have moved on.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field

from seatrial import digest
from seatrial.digest import Json
from seatrial.evidence.policy import Columns, OutKind
from seatrial.flows.policy import ModelPolicy
from seatrial.pipeline import key
from seatrial.pipeline.expand import Cell, cells_meant
from seatrial.pipeline.outcome import RunOutcome
from seatrial.pipeline.policy import OutSource, PipelinePolicy
from seatrial.pipeline.results import StageResult
from seatrial.registry.records import Draft, StoredFile, StoredPredictions
from seatrial.store.blobs import Artifact, BlobStore


class EvidenceFile(Struct, frozen=True, kw_only=True):
    """One stored evidence file. `shown` is its path as declared; its suffix says the format."""

    shown: str
    artifact: Artifact
    kind: OutKind
    store: BlobStore
    stage: str | None = None
    action: str | None = None
    columns: Columns | None = None

    def fetch(self, scratch: Path) -> Path:
        """A copy that can be read, named so that its suffix is kept. Raises CorruptBlobError."""
        name = digest.short(self.artifact.digest) + posixpath.splitext(self.shown)[1]
        target = scratch / name
        if not target.exists():
            self.store.checkout(self.artifact, target)
        return target


class Dossier(Struct, frozen=True, kw_only=True):
    """One model's artifact and evidence.

    `evaluation` identifies the evaluating action without the model it was given, and `test_set`
    the other data it read: rows of two dossiers may be compared only where both are equal. `others` are files of
    the kinds that gates read besides rows, at most one of each, `seeds` what the same training gave with other seeds.
    `unserved` says by the kind of a gate why the model could not be asked what that gate needs. `voted_against` is the
    digest of the artifact that its preferences compare it with, None where nobody knows. `seeds_test_set` is the test
    set when the seeds were trained: rows are made again for a comparison, seeds are not.
    """

    model: str
    artifact: Artifact
    store: BlobStore
    made_by: str | None = None
    action: str | None = None
    environment: str = ""
    params: Mapping[str, Json] = field(default_factory=dict)
    predictions: EvidenceFile | None = None
    metrics: tuple[EvidenceFile, ...] = ()
    curves: tuple[EvidenceFile, ...] = ()
    tests: tuple[EvidenceFile, ...] = ()
    others: tuple[EvidenceFile, ...] = ()
    seeds: tuple[EvidenceFile, ...] = ()
    evaluation: str | None = None
    test_set: str | None = None
    unserved: Mapping[str, str] = field(default_factory=dict)
    voted_against: str | None = None
    seeds_test_set: str | None = None

    def comparable_with(self, other: Dossier) -> bool:
        """Whether the stored rows of both were made by the same evaluation of the same data."""
        return self.evaluation is not None and (self.evaluation, self.test_set) == (other.evaluation, other.test_set)


def from_run(
    model: ModelPolicy,
    pipeline: PipelinePolicy,
    cells: Mapping[str, Cell],
    outcome: RunOutcome,
    store: BlobStore,
) -> Dossier:
    """The dossier of a model after a run in which none of its cells failed."""
    names = cells_of(model, pipeline)
    maker, judge = names[0], names[-1] if model.predictions else None
    made = _result(outcome, maker)
    files = [
        _file(cells[name], out, _result(outcome, name), store)
        for name in names
        for out, kind in _kinds(cells[name])
        if kind is not None
    ]
    evaluation, test_set = _identity(model, _result(outcome, judge)) if judge else (None, None)
    rows = None
    if model.predictions and judge:
        rows = _file(cells[judge], model.predictions.out, _result(outcome, judge), store)
    return Dossier(
        model=model.name,
        artifact=made.outs[model.artifact.out],
        store=store,
        made_by=maker,
        action=made.action_key,
        environment=made.environment,
        params={part.partition(".")[2]: value for part, value in made.parts.items() if part.startswith("params.")},
        predictions=rows,
        metrics=tuple(file for file in files if file.kind is OutKind.METRICS),
        curves=tuple(file for file in files if file.kind is OutKind.CURVE),
        tests=tuple(file for file in files if file.kind is OutKind.JUNIT),
        others=_others(model, pipeline, cells, outcome, store),
        seeds=_seeds(model, pipeline, cells, outcome, store),
        evaluation=evaluation,
        test_set=test_set,
        seeds_test_set=test_set,
    )


def from_record(version: Draft, store: BlobStore) -> Dossier:
    """The dossier of a registered version, whose bytes lie in the state's own blobs, or of a run's
    draft, whose bytes lie in the cache."""
    rows = None
    if version.predictions is not None:
        rows = stored(version.predictions.file, OutKind.PREDICTIONS, store, version.predictions.columns)
    return Dossier(
        model=version.model,
        artifact=version.artifact,
        store=store,
        made_by=version.made_by,
        action=version.action,
        environment=version.environment,
        params={name: json.loads(json.dumps(value)) for name, value in version.params.items()},
        predictions=rows,
        metrics=tuple(stored(file, OutKind.METRICS, store) for file in version.metrics_files),
        curves=tuple(stored(file, OutKind.CURVE, store) for file in version.curves),
        others=tuple(stored(file, OutKind(kind), store) for kind, file in version.others.items()),
        seeds=tuple(
            stored(seed.file, OutKind.PREDICTIONS if seed.columns else OutKind.METRICS, store, seed.columns)
            for seed in version.seeds
        ),
        evaluation=version.evaluation,
        test_set=version.test_set,
        voted_against=version.voted_against,
        seeds_test_set=version.test_set,
    )


def _others(
    model: ModelPolicy, pipeline: PipelinePolicy, cells: Mapping[str, Cell], outcome: RunOutcome, store: BlobStore
) -> tuple[EvidenceFile, ...]:
    """Further evidence that a model names, as far as this run made it: gates say what they lack."""
    found = []
    for source in model.evidence:
        name = one_cell(source, pipeline)
        made = outcome.cells.get(name)
        if name in cells and made is not None and made.result is not None:
            found.append(_file(cells[name], source.out, made.result, store))
    return tuple(found)


def _seeds(
    model: ModelPolicy, pipeline: PipelinePolicy, cells: Mapping[str, Cell], outcome: RunOutcome, store: BlobStore
) -> tuple[EvidenceFile, ...]:
    """What every seed of a model's recipe left. None at all unless all of them are there: a seed that is missing is not
    one that nobody asked for."""
    if model.recipe is None:
        return ()
    names = cells_meant(model.recipe, pipeline.stages[model.recipe.stage])
    made = [(name, outcome.cells.get(name)) for name in names]
    if any(cell is None or cell.result is None for _, cell in made) or not set(names) <= cells.keys():
        return ()
    return tuple(
        _file(cells[name], model.recipe.out, cell.result, store)
        for name, cell in made
        if cell is not None and cell.result is not None
    )


def evidence_files(cells: Iterable[Cell], outcome: RunOutcome, store: BlobStore) -> tuple[EvidenceFile, ...]:
    """Every evidence file that a run's cells left, whatever model it belongs to."""
    made = [(cell, outcome.cells[cell.name].result) for cell in cells if cell.name in outcome.cells]
    return tuple(
        _file(cell, out.name, result, store)
        for cell, result in made
        if result is not None
        for out in cell.outs
        if out.kind is not None
    )


def stored_rows(rows: StoredPredictions, store: BlobStore) -> EvidenceFile:
    """Registered predictions as an evidence file."""
    return stored(rows.file, OutKind.PREDICTIONS, store, rows.columns)


def one_cell(source: OutSource, pipeline: PipelinePolicy) -> str:
    """The name of the one cell that a model's reference means; configuration refuses any other reference."""
    (name,) = cells_meant(source, pipeline.stages[source.stage])
    return name


def cells_of(model: ModelPolicy, pipeline: PipelinePolicy) -> tuple[str, ...]:
    """The cells that a model is judged from: the one that makes it and the one that evaluates it."""
    sources = [source for source in (model.artifact, model.predictions) if source is not None]
    return tuple(dict.fromkeys(one_cell(source, pipeline) for source in sources))


def evaluation_identity(parts: Mapping[str, Json], model_dep: str | None) -> tuple[str, str]:
    """The identity of an evaluating action without its model, and that of its other data."""
    rest = key.without(parts, f"deps.{model_dep}") if model_dep else dict(parts)
    data = {part: value for part, value in rest.items() if part.startswith("deps.")}
    return digest.of_record("evaluation/1", rest), digest.of_record("test-set/1", data)


def _identity(model: ModelPolicy, result: StageResult) -> tuple[str, str]:
    return evaluation_identity(result.parts, model.input.dep if model.input else None)


def _result(outcome: RunOutcome, cell: str) -> StageResult:
    result = outcome.cells[cell].result
    if result is None:
        raise LookupError(f"{cell} left no result")
    return result


def _kinds(cell: Cell) -> list[tuple[str, OutKind | None]]:
    return [(out.name, out.kind) for out in cell.outs]


def _file(cell: Cell, name: str, result: StageResult, store: BlobStore) -> EvidenceFile:
    out = cell.out(name)
    return EvidenceFile(
        shown=out.path,
        artifact=result.outs[name],
        kind=out.kind or OutKind.PREDICTIONS,
        store=store,
        stage=cell.name,
        action=result.action_key,
        columns=out.columns,
    )


def stored(file: StoredFile, kind: OutKind, store: BlobStore, columns: Columns | None = None) -> EvidenceFile:
    """A file of a version as evidence."""
    return EvidenceFile(
        shown=file.path,
        artifact=file.artifact,
        kind=kind,
        store=store,
        stage=file.stage,
        action=file.action,
        columns=columns,
    )
