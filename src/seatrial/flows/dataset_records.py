"""What a run saw of its datasets, appended to the records: their history.

Called by `finishing` when stages judged data; read back by `seatrial check --history`. As with timings, a note that
cannot be written is a warning: no verdict rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seatrial.clock import iso
from seatrial.errors import ConflictError, OutsideError
from seatrial.flows.workspace import Workspace
from seatrial.pipeline import contents
from seatrial.registry import datasets
from seatrial.registry.datasets import DatasetVersion, Seen
from seatrial.store.blobs import Artifact, CorruptBlobError
from seatrial.verdict import Decision, Verdict

_TRIES = 5


def history(workspace: Workspace, dataset: str) -> tuple[DatasetVersion, ...]:
    """All versions of a dataset that were ever recorded, oldest first. Raises StateError."""
    return datasets.fold(workspace.state.read(datasets.stream_of(dataset)))


def known_datasets(workspace: Workspace) -> tuple[str, ...]:
    """The names of all datasets that have records."""
    return tuple(name.partition("/")[2] for name in workspace.state.streams("datasets/"))


def pointer_of(path: Path) -> str | None:
    """What DVC's pointer beside a file or folder says, `dvc:md5:...`. As `data.reading.identity.promised`, without the
    libraries that read data: a run has none of them."""
    try:
        with path.with_name(f"{path.name}.dvc").open("rb") as file:
            found = contents.parse_dvc(file.read(contents.MOST_DVC_BYTES), path.name)
    except OSError:
        return None
    return None if found is None else found.identity


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
) -> tuple[str, ...]:
    """Append one look, unless the last one at these bytes says the same; warnings when that failed."""
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
    )
    try:
        if profile is not None:
            workspace.state.keep(profile, workspace.cache.blobs)
        for _ in range(_TRIES):
            entries = workspace.state.read(datasets.stream_of(dataset))
            known = next((each for each in datasets.fold(entries) if each.first.identity == identity), None)
            if known is not None and seen.says_the_same_as(known.last):
                return ()
            try:
                workspace.state.append(datasets.stream_of(dataset), datasets.to_body(seen), expected=len(entries))
                return ()
            except ConflictError:
                continue  # somebody else has looked at the same moment
    except (OutsideError, CorruptBlobError) as error:
        return (f"dataset {dataset} was not recorded: {error}",)
    return (f"dataset {dataset} was not recorded: others wrote to its records all the time",)
