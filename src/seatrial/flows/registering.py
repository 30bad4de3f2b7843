"""From a judged run to a draft of a version, kept in the run's folder, and from there to the registry.

Called by `run_judging`, for every judged model, and by `models register`. The draft is complete:
registering later needs the run's folder and the cache's blobs, not the work tree.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from seatrial.clock import iso
from seatrial.digest import Json, canonical
from seatrial.errors import OutsideError, Place, UsageError
from seatrial.evidence.policy import OutKind
from seatrial.flows.actors import identify
from seatrial.flows.baselines import BaselineFound
from seatrial.flows.dossier import Dossier, EvidenceFile
from seatrial.flows.installed import put_installed
from seatrial.flows.judging import Judged
from seatrial.flows.policy import ProjectPolicy, TierPolicy
from seatrial.flows.workspace import Workspace
from seatrial.registry.records import (
    Actor,
    DeferredCell,
    Draft,
    StoredFile,
    StoredPredictions,
    StoredSeed,
    UnpinnedReads,
    Version,
)
from seatrial.registry.refs import NumberRef
from seatrial.registry.registry import Registry
from seatrial.registry.serial import decode, encode
from seatrial.replacing import replace
from seatrial.store import atomic
from seatrial.store.blobs import CorruptBlobError
from seatrial.store.ulid import is_ulid

_DRAFTS = "drafts"


def who(workspace: Workspace) -> Actor:
    """Who runs this command."""
    git = workspace.git
    return identify(workspace.environ, git_name=git.config("user.name"), git_email=git.config("user.email"))


def draft_of(
    workspace: Workspace,
    policy: ProjectPolicy,
    dossier: Dossier,
    judged: Judged,
    *,
    run: str,
    tier: TierPolicy | None,
    overridden: Mapping[str, object],
    commit: str | None,
    dirty: bool,
    data: Mapping[str, str],
    baseline: BaselineFound | None,
    anchor: BaselineFound | None = None,
    deferred: tuple[DeferredCell, ...] = (),
    unpinned: tuple[UnpinnedReads, ...] = (),
    rules: Mapping[str, Json] | None = None,
    installed: Mapping[str, str] | None = None,
) -> Draft:
    """Everything known about a judged model, as the registry keeps it."""
    rows = dossier.predictions
    return Draft(
        model=dossier.model,
        artifact=dossier.artifact,
        run=run,
        created_at=iso(workspace.clock.now()),
        actor=who(workspace),
        config=policy.digest,
        environment=dossier.environment,
        made_by=dossier.made_by,
        action=dossier.action,
        commit=commit,
        tree=workspace.git.tree(commit) if commit and not dirty else None,
        dirty=dirty,
        data=data,
        params=dict(dossier.params),
        tier=tier.name if tier else None,
        overlay=dict(tier.params) if tier else {},
        overridden=dict(overridden),
        metrics={fact.name: fact.candidate for fact in judged.metrics if fact.candidate is not None},
        predictions=_predictions(rows, judged.rows) if rows else None,
        metrics_files=tuple(_file(file) for file in dossier.metrics),
        curves=tuple(_file(file) for file in dossier.curves),
        others={file.kind.value: _file(file) for file in dossier.others},
        seeds=tuple(StoredSeed(file=_file(file), columns=file.columns) for file in dossier.seeds),
        evaluation=dossier.evaluation,
        test_set=dossier.test_set,
        gate_set=judged.gate_set,
        findings=judged.findings,
        verdict=judged.verdict,
        decision=judged.decision,
        compared={**_compared(anchor, judged.rows), **_compared(baseline, judged.rows)},
        compared_answers=_compared_answers(workspace, baseline),
        deferred=deferred,
        unpinned=unpinned,
        voted_against=dossier.voted_against,
        rules=rules or {},
        installed=installed or {},
    )


def keep_draft(folder: Path, draft: Draft) -> None:
    """Write a draft into its run's folder."""
    atomic.write_atomic(folder / _DRAFTS / f"{draft.model}.json", canonical(encode(draft)))


def register(workspace: Workspace, draft: Draft, *, tags: Mapping[str, str], links: tuple[str, ...]) -> Version:
    """Register a draft: its bytes to the state's own blobs, then its record.

    What the registry holds for one version stays that one, and only gets the labels it lacks.

    Raises OutsideError when the cache no longer has the bytes, StateError, ConflictError.
    """
    complete = replace(
        draft,
        tags={**draft.tags, **tags},
        links=(*draft.links, *links),
        installed={},
        installed_file=put_installed(workspace.cache.blobs, draft.installed),
    )
    registry = Registry(workspace.state)
    try:
        version = registry.register(complete, source=workspace.cache.blobs)
    except CorruptBlobError as error:
        blobs = workspace.cache.blobs
        for name in {name for artifact in complete.stored for name in blobs.verify(artifact)}:
            blobs.quarantine(name)  # all at once, so that one more run brings all of them back
        raise OutsideError(
            f"{draft.model} of run {draft.run} cannot be registered: {error}",
            next_step="seatrial run && seatrial models register",
        ) from error
    return _label(workspace, registry, version, tags, links)


def _label(
    workspace: Workspace, registry: Registry, version: Version, tags: Mapping[str, str], links: tuple[str, ...]
) -> Version:
    """A version that was registered before gets the labels it does not have yet."""
    ref, now = NumberRef(model=version.model, number=version.number), iso(workspace.clock.now())
    for key, value in tags.items():
        if version.tags.get(key) != value:
            version = registry.tag(ref, key, value, actor=who(workspace), at=now)
    for url in links:
        if url not in version.links:
            version = registry.link(ref, url, actor=who(workspace), at=now)
    return version


def find_draft(workspace: Workspace, model: str | None, run: str | None) -> Draft:
    """The draft of a model in a run; the newest run that judged one, unless a run is named.

    Raises UsageError when there is none or the model must be named.
    """
    folder = _run_folder(workspace, run) if run else _newest(workspace)
    drafts = {path.stem: path for path in sorted((folder / _DRAFTS).glob("*.json"))}
    if model is None and len(drafts) == 1:
        (model,) = drafts
    if model is None or model not in drafts:
        known = ", ".join(drafts) or "none"
        raise UsageError(
            f"run {folder.name} judged {known}" + ("; name one of them" if model is None else f", not {model}"),
            next_step=f"name it with --model {next(iter(drafts))}" if drafts else "seatrial run",
        )
    try:
        value: Json = json.loads(drafts[model].read_bytes())
        return decode(Draft, value)
    except ValueError as error:
        raise OutsideError(
            f"what run {folder.name} wrote down about {model} is damaged: {error}",
            place=Place(file=str(drafts[model])),
            next_step="seatrial run && seatrial models register",
        ) from error


def _run_folder(workspace: Workspace, run: str) -> Path:
    folder = workspace.cache.runs / run
    if not is_ulid(run) or not folder.is_dir():
        raise UsageError(f"there is no run {run} in this work tree's cache", next_step="seatrial run")
    return folder


def _newest(workspace: Workspace) -> Path:
    for folder in sorted(workspace.cache.runs.glob("*"), reverse=True):
        if (folder / _DRAFTS).is_dir():
            return folder
    raise UsageError("no run in this work tree's cache has judged a model", next_step="seatrial run")


def _file(file: EvidenceFile) -> StoredFile:
    return StoredFile(path=file.shown, artifact=file.artifact, stage=file.stage, action=file.action)


def _predictions(file: EvidenceFile, rows: int) -> StoredPredictions | None:
    return StoredPredictions(file=_file(file), columns=file.columns, rows=rows) if file.columns else None


def _compared_answers(workspace: Workspace, baseline: BaselineFound | None) -> Mapping[str, StoredFile]:
    """The baseline's answers to the test cases, where it was asked in this run: they too are evidence. What its own
    version keeps lies in the state already."""
    if baseline is None:
        return {}
    store, asked = workspace.cache.blobs, baseline.dossier
    answers = [file for file in asked.others if file.kind is OutKind.ANSWERS and file.store is store]
    return {asked.artifact.digest: _file(answers[0])} if answers else {}


def _compared(baseline: BaselineFound | None, count: int) -> Mapping[str, StoredPredictions]:
    """The baseline's rows as they were compared, where they had to be made again: promotion judges
    from stored evidence alone, and these are evidence."""
    if baseline is None or baseline.rescored is None or baseline.dossier.predictions is None:
        return {}
    rows = _predictions(baseline.dossier.predictions, count)
    return {baseline.dossier.artifact.digest: rows} if rows else {}
