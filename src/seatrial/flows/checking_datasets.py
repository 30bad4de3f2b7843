"""`seatrial check` in a project: its datasets, each judged as a `uses: data` stage would judge it.

Called by the face, which shows the checks. What was seen goes into the history of the dataset, and profiles of files
are remembered in the cache, so that a partition that was seen before costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from seatrial.data.asked import Asked
from seatrial.data.checking import check
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract
from seatrial.data.reading.identity import refuse_absent
from seatrial.data.result import Check
from seatrial.errors import ConfigError, UsageError, UserError
from seatrial.flows.dataset_records import pointer_of, record_look
from seatrial.flows.dataset_references import Recorded
from seatrial.flows.policy import DatasetPolicy, ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.nearest import nearest
from seatrial.report.data_markdown import statistic_cells
from seatrial.store.blobs import Artifact
from seatrial.verdict import Decision, Verdict, strictest

PROFILES = "profiles"
"""The folder of the cache that remembers profiles of files."""
BY_HAND = "check"
"""What stands in a record in the place of a run's id."""


def asked_for(policy: ProjectPolicy, name: str | None, *, against: bool = False) -> tuple[DatasetPolicy, ...]:
    """The datasets that can be judged, or the one that is named. `against`: a reference is given besides. Raises
    UsageError for a name that is none, EvidenceError for one of data that DVC keeps elsewhere, ConfigError when there
    is nothing to judge by."""
    if name is not None and name not in policy.datasets:
        refuse_absent(Path(name), name)
        close = nearest(name, policy.datasets)
        known = ", ".join(policy.datasets) or "none are declared"
        step = f"did you mean {close}?" if close else f"name a file or a folder, or one of the datasets: {known}"
        raise UsageError(f"{name} is neither a file nor a dataset of {policy.project}", next_step=step)
    chosen = [policy.datasets[name]] if name is not None else list(policy.datasets.values())
    judged = tuple(each for each in chosen if against or each.contract is not None or each.reference is not None)
    if not judged:
        which = f"dataset {name} has" if name else "no dataset has"
        raise ConfigError(
            f"{which} {'neither' if name else 'either'} a contract {'nor' if name else 'or'} a reference",
            place=chosen[0].place if chosen else None,
            next_step="add `contract:` to it; `seatrial check FILE --infer` writes one",
        )
    return judged


def check_datasets(
    workspace: Workspace,
    datasets: tuple[DatasetPolicy, ...],
    *,
    contract_of: Callable[[Path], Contract],
    examples: int,
    jobs: int | None,
    pictures: bool,
    say: Callable[[str], None],
    against: Recorded | None = None,
) -> Iterator[tuple[DatasetPolicy, Check | UserError, tuple[str, ...]]]:
    """One check after the other, each with what could not be recorded. A dataset that cannot be judged, for any of the
    reasons of `checking.check`, gives its error, and the others are judged all the same.

    `against` is asked instead of a dataset's own reference. Such a check is a question, and leaves no record: it is
    not by this that the dataset is judged.
    """
    for dataset in datasets:
        with workspace.cache.scratch("check") as scratch:
            kept = scratch / "profile.json"
            try:
                asked = Asked(
                    path=workspace.git.root / dataset.path,
                    shown=dataset.path,
                    reference=_reference(workspace.git.root, dataset, against),
                    reference_shown=against.shown if against is not None else dataset.reference,
                    contract=contract_of(workspace.git.root / dataset.contract) if dataset.contract else Contract(),
                    save_profile=kept,
                    examples=examples,
                    cache=workspace.cache.root / PROFILES,
                    jobs=jobs,
                    pictures=pictures,
                )
                found = check(asked, now=workspace.clock.now(), say=say)
            except UserError as error:
                yield dataset, error, ()
                continue
            yield dataset, found, () if against is not None else _record(workspace, dataset, found, kept)


def _reference(root: Path, dataset: DatasetPolicy, against: Recorded | None) -> Path | None:
    if against is not None:
        return against.profile
    return root / dataset.reference if dataset.reference else None


def _record(workspace: Workspace, dataset: DatasetPolicy, found: Check, profile: Path) -> tuple[str, ...]:
    kept: Artifact | None = workspace.cache.blobs.put_path(profile) if profile.is_file() else None
    return record_look(
        workspace,
        dataset=dataset.name,
        identity=found.identity,
        rows=found.rows,
        verdict=found.verdict,
        decision=found.decision,
        run=BY_HAND,
        commit=None,
        columns={name: kind for name, kind, *_ in map(statistic_cells, found.statistics)},
        against={name: value for name, value in found.digests.items() if name != "dataset"},
        profile=kept,
        pointer=pointer_of(workspace, dataset.path),
        why=[_named(each) for each in found.judged if found.verdict is each.verdict is not Verdict.PASS],
    )


def _named(finding: DataFinding) -> str:
    return finding.check if finding.column is None else f"{finding.check} {finding.column}"


def decision_of(checks: Sequence[Check | UserError]) -> Decision:
    """The decision over several checks; one that could not be made blocks, and so does none."""
    found = strictest(each.decision if isinstance(each, Check) else Decision.BLOCK for each in checks)
    return found or Decision.BLOCK


def grave(checks: Sequence[Check | UserError]) -> tuple[Verdict, ...]:
    """What all of them say that blocks or holds."""
    return tuple(
        verdict for each in checks for verdict in (each.grave if isinstance(each, Check) else (Verdict.ERROR,))
    )
