"""What a run saw of its datasets, appended to the records: their history.

Called by `finishing` when stages judged data; read back by `seatrial check --history`. As with timings, a note that
cannot be written is a warning: no verdict rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seatrial.clock import iso
from seatrial.errors import ConflictError, OutsideError, StageError
from seatrial.flows.engine import work_tree
from seatrial.flows.workspace import Workspace
from seatrial.pipeline import contents
from seatrial.registry import datasets
from seatrial.registry.datasets import DatasetVersion, Seen
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact, CorruptBlobError
from seatrial.verdict import Decision, Verdict

_TRIES = 5
MOST_NAMED = 3
"""Findings that a record names."""


def history(workspace: Workspace, dataset: str) -> tuple[DatasetVersion, ...]:
    """All versions of a dataset that were ever recorded, oldest first. Raises StateError."""
    return datasets.fold(workspace.state.read(datasets.stream_of(dataset)))


def known_datasets(workspace: Workspace) -> tuple[str, ...]:
    """The names of all datasets that have records."""
    return tuple(name.partition("/")[2] for name in workspace.state.streams("datasets/"))


def pointer_of(workspace: Workspace, path: str) -> str | None:
    """What DVC's pointer beside a file or folder says, `dvc:md5:...`, where it is true: data that was changed and not
    added to DVC again is not what its pointer says. Known as a stage's key knows it, so nothing is read twice."""
    data = path.removesuffix(contents.DVC_SUFFIX)
    if not (workspace.git.root / f"{data}{contents.DVC_SUFFIX}").exists():
        return None
    try:
        found = contents.Contents(work_tree(workspace), workspace.cache.memory).look(data).digest
    except (OSError, StageError):
        return None
    return found if found.startswith("dvc:") else None


def record_look(
    workspace: Workspace,
    *,
    dataset: str,
    identity: str,
    rows: int,
    verdict: Verdict,
    decision: Decision,
    run: str,
    commit: str | None,
    columns: Mapping[str, str],
    against: Mapping[str, str],
    profile: Artifact | None,
    pointer: str | None,
    why: Sequence[str] = (),
) -> tuple[str, ...]:
    """Append one look, unless the last one says the same; warnings when that failed."""
    seen = Seen(
        dataset=dataset,
        identity=identity,
        rows=rows,
        verdict=verdict,
        decision=decision,
        at=iso(workspace.clock.now()),
        run=run,
        commit=commit,
        columns=dict(columns),
        against=dict(against),
        profile=profile,
        pointer=pointer,
        why=tuple(dict.fromkeys(why))[:MOST_NAMED],
    )
    try:
        if profile is not None:
            workspace.state.keep(profile, workspace.cache.blobs)
        for _ in range(_TRIES):
            entries = workspace.state.read(datasets.stream_of(dataset))
            known = next((each for each in datasets.fold(entries) if each.first.identity == identity), None)
            if known is not None and known.current and seen.says_the_same_as(known.last):
                return ()
            added = replace(seen, columns={}) if known is not None and known.last.columns == seen.columns else seen
            try:
                workspace.state.append(datasets.stream_of(dataset), datasets.to_body(added), expected=len(entries))
                return ()
            except ConflictError:
                continue  # somebody else has looked at the same moment
    except (OutsideError, CorruptBlobError) as error:
        return (f"dataset {dataset} was not recorded: {error}",)
    return (f"dataset {dataset} was not recorded: others wrote to its records all the time",)
