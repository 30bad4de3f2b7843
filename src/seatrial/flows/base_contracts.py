"""What the base of a change asks of data, where the change asks something else, or nothing any more.

Called by `finishing`, after the stages of a run, and by whoever judges a fork (`contracts_differ`). Contracts and
references are rules as much as gates are: the same data is judged under those of the base as well, by the base's own
stage, and what only the change's let through is held for a person. So is what the change no longer judges at all.

What is subtle: the data is that of this run, the rules are those of the base's commit. Both are put into a scratch
tree, in which the stage runs as any other; its result is cached, so the same question costs nothing the next time. A
reference that git does not keep is no part of the change, and is taken from the work tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from seatrial.change.branches import object_at
from seatrial.change.git import Git
from seatrial.errors import EvidenceError, SeatrialError
from seatrial.flows.base_of_change import Base, Unseen, base_of
from seatrial.flows.commit_runs import copy_deps
from seatrial.flows.data_checks import read_checks
from seatrial.flows.engine import execute, prepare
from seatrial.flows.policy import DatasetPolicy, ProjectPolicy
from seatrial.flows.selection import select_stages
from seatrial.flows.under_way import Run
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.outcome import RunOutcome
from seatrial.pipeline.policy import StageSpec, Trial
from seatrial.pipeline.tree import Tree
from seatrial.replacing import replace
from seatrial.report.facts import DATA, MOST_FINDINGS, TRIAL, CheckFact, DetailFact
from seatrial.store.blobs import Artifact, CorruptBlobError
from seatrial.verdict import Decision, Finding, Verdict

SECONDS = 600.0
"""How long judging one dataset again may take, where its stage has no `timeout:`."""
_FOLDER = "contracts-of-base"


def contracts_differ(
    git: Git, base_commit: str, head_commit: str, policy: ProjectPolicy, theirs: ProjectPolicy | None
) -> tuple[str, ...]:
    """The datasets that a stage of the base judges and that the change judges otherwise: by other bytes of the
    contract or the reference, by other files, at another path, or by no stage.

    `policy` is the configuration of the base's commit, `theirs` that of the head's; None where it cannot be read, and
    then nobody knows that any is judged as before.
    """

    def changed(path: str) -> bool:
        return object_at(git, base_commit, path) != object_at(git, head_commit, path)

    judged = _judged(policy.pipeline.stages)
    if theirs is None:
        return tuple(judged)
    still = _judged(theirs.pipeline.stages)
    return tuple(
        name
        for name in judged
        if name not in still or _differs(policy.datasets[name], theirs.datasets.get(name), changed)
    )


def _judged(stages: Mapping[str, StageSpec]) -> dict[str, str]:
    """The datasets that stages judge, each with the first stage that does."""
    found: dict[str, str] = {}
    for name, spec in stages.items():
        if spec.uses is not None and spec.uses.trial is None:
            found.setdefault(spec.uses.dataset, name)
    return found


def _differs(mine: DatasetPolicy, theirs: DatasetPolicy | None, changed: Callable[[str], bool]) -> bool:
    if theirs is None:
        return True
    asked = (mine.path, mine.contract, mine.reference, mine.beside)
    if asked != (theirs.path, theirs.contract, theirs.reference, theirs.beside):
        return True
    return any(changed(path) for path in (mine.contract, mine.reference) if path is not None)


def under_base(run: Run, outcome: RunOutcome, own: Sequence[CheckFact]) -> tuple[CheckFact, ...]:
    """What the base's stages that judge data, or a training on one batch, say where the change has them ask something
    else, or has none; `own` is what the change's say. Nothing on the main branch, and nothing for a run of single
    stages, or of a part, which is no verdict on a change."""
    if run.request.stages or run.is_part:
        return ()
    base = base_of(run.workspace, run.policy, dirty=run.dirty)
    if base is None:
        return ()
    mine, _ = select_stages(run.policy.pipeline, run.tier, ())
    if isinstance(base, Unseen):
        why = f"whether this change asks less of it is not known: {base.sentence}"
        return tuple(
            held_check("its base", name, spec, "base_unknown", why)
            for name, spec in mine.items()
            if spec.uses is not None
        )
    tier = None if run.tier is None else base.policy.tiers.get(run.tier.name)
    if run.tier is not None and tier is None:
        return ()  # no stage of the base belongs to it
    theirs, _ = select_stages(base.policy.pipeline, tier, ())
    judging = _Judging(run, outcome, base, mine, own)
    facts = [judging.stage(name, spec) for name, spec in theirs.items() if spec.uses is not None]
    return tuple(fact for fact in facts if fact is not None)


class _Judging:
    """One run, judged by the stages of its base."""

    def __init__(
        self, run: Run, outcome: RunOutcome, base: Base, mine: Mapping[str, StageSpec], own: Sequence[CheckFact]
    ) -> None:
        self._run, self._outcome, self._base, self._mine, self._own = run, outcome, base, mine, own

    def stage(self, name: str, spec: StageSpec) -> CheckFact | None:
        """What a stage of the base says; None where the change has one that asks the same."""
        if spec.uses is None:
            return None
        if spec.uses.trial is not None:
            return self._trial(name, spec, spec.uses.trial)
        dataset = self._base.policy.datasets[spec.uses.dataset]
        now = {
            stage: self._run.policy.datasets[mine.uses.dataset]
            for stage, mine in self._mine.items()
            if mine.uses is not None and mine.uses.trial is None
        }
        now = {stage: found for stage, found in now.items() if found.path == dataset.path}
        if not now:
            why = f"no stage of this tier judges {dataset.path} any more, as {name} of {self._base.label} does"
            return self._hold(name, spec, "check_removed", why)
        if not all(_differs(dataset, found, self._changed) for found in now.values()):
            return None
        if not any(fact.name in now for fact in self._own):
            why = f"what is asked of {dataset.path} differs from {self._base.label}, and it was not judged in this run"
            return self._hold(name, spec, "not_verified", why)
        return self._again(name, spec, dataset)

    def _changed(self, path: str) -> bool:
        """Whether a file of the base's commit is another one in the work tree."""
        git, base = self._run.workspace.git, self._base.commit
        if object_at(git, base, path) != object_at(git, "HEAD", path):
            return True
        here = git.root / path
        return self._run.dirty and here.is_file() and git.read_at(base, path) not in (None, here.read_bytes())

    def _trial(self, name: str, spec: StageSpec, trial: Trial) -> CheckFact | None:
        now = [mine.uses.trial for mine in self._mine.values() if mine.uses is not None and mine.uses.trial is not None]
        now = [one for one in now if one.target == trial.target]
        if any(one.max_loss <= trial.max_loss and one.steps <= trial.steps for one in now):
            return None
        less = "asks as much of" if now else "trains"
        why = f"no stage of this tier {less} {trial.target} on one batch any more, as {name} of {self._base.label} does"
        return self._hold(name, spec, "check_removed", why)

    def _again(self, name: str, spec: StageSpec, dataset: DatasetPolicy) -> CheckFact:
        """The data of this run under the base's rules."""
        try:
            fact = self._checked(name, spec, dataset)
        except EvidenceError as error:
            return self._hold(name, spec, "not_verified", "; ".join(str(problem) for problem in error.problems[:3]))
        except (SeatrialError, CorruptBlobError, OSError) as error:
            return self._hold(name, spec, "not_verified", f"it could not be judged by {self._base.label}: {error}")
        if fact is None:
            why = f"the stage {name} of {self._base.label} came to no end, so nobody knows what it says"
            return self._hold(name, spec, "not_verified", why)
        called = f"{name} under {self._base.label}"
        if fact.decision.lets_through:
            return replace(fact, name=called)
        said = "; ".join(f"{one.verdict.value} {one.name}: {one.message}" for one in fact.findings[:3])
        why = f"under what {self._base.label} asks of {dataset.path} it is {fact.verdict.value} ({said})"
        others = [replace(detail, severity="warning", file=None, line=None) for detail in fact.details]
        return replace(
            fact,
            name=called,
            verdict=Verdict.INCONCLUSIVE,
            decision=Decision.HOLD,
            findings=(_finding("not_under_base", why), *fact.findings)[:MOST_FINDINGS],
            details=(DetailFact(severity="error"), *others)[:MOST_FINDINGS],
        )

    def _checked(self, name: str, spec: StageSpec, dataset: DatasetPolicy) -> CheckFact | None:
        """Run a stage of the base on the data of this run. Raises what preparing and running raise."""
        workspace = self._run.workspace
        spec = replace(spec, needs=(), tiers=None, timeout=spec.timeout or SECONDS)
        with workspace.cache.scratch("base") as scratch:
            root = scratch / "tree"
            root.mkdir()
            rules = [path for path in (dataset.contract, dataset.reference) if path is not None]
            self._put_rules(rules, root)
            self._put_data(root)
            copy_deps(workspace.git.root, spec, root)
            files = tuple(sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()))
            pipeline = replace(self._base.policy.pipeline, stages={name: spec})
            prepared = prepare(workspace, {name: spec}, pipeline, tree=Tree(root, files), tracked_outs=False)
            folder = self._run.folder / _FOLDER
            events = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
            try:
                outcome = execute(workspace, prepared, run=self._run.id, folder=folder, events=events)
            finally:
                events.close()
            return next(iter(read_checks(workspace, prepared, outcome).checks), None)

    def _put_rules(self, paths: Sequence[str], root: Path) -> None:
        git, commit = self._run.workspace.git, self._base.commit
        folders = tuple(f"{path}/" for path in paths)
        known = [file for file in git.files_at(commit) if file in paths or file.startswith(folders)]
        git.put_paths(commit, known, root)

    def _put_data(self, root: Path) -> None:
        """What the stages of this run made, which need not lie in the work tree."""
        for path, artifact in self._made().items():
            target = root / path
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                self._run.workspace.cache.blobs.checkout(artifact, target)

    def _made(self) -> Mapping[str, Artifact]:
        judged = {dataset.path for dataset in self._base.policy.datasets.values()}
        found: dict[str, Artifact] = {}
        for cell in self._run.prepared.cells:
            done = self._outcome.cells.get(cell.name)
            if done is not None and done.result is not None:
                found |= {out.path: done.result.outs[out.name] for out in cell.outs if out.path in judged}
        return found

    def _hold(self, name: str, spec: StageSpec, reason: str, why: str) -> CheckFact:
        return held_check(self._base.label, name, spec, reason, why)


def held_check(label: str, name: str, spec: StageSpec, reason: str, why: str) -> CheckFact:
    """A check of the base that nobody made, which a person has to look at."""
    trial = None if spec.uses is None else spec.uses.trial
    about = "" if spec.uses is None else spec.uses.dataset
    return CheckFact(
        name=f"{name} under {label}",
        dataset=about if trial is None else trial.target,
        identity="",
        rows=0,
        verdict=Verdict.INCONCLUSIVE,
        decision=Decision.HOLD,
        findings=(_finding(reason, why),),
        details=(DetailFact(severity="error"),),
        passed=0,
        judges=DATA if trial is None else TRIAL,
    )


def _finding(reason: str, message: str) -> Finding:
    return Finding(
        name="check.of_base", kind="data", metric=None, verdict=Verdict.INCONCLUSIVE, reason=reason, message=message
    )
