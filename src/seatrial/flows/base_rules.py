"""The gate set of the commit that a change starts from, where the change alters it or the test cases it names.

Called by `run_judging`. Whoever changes the gates and the model in one pull request judges their own work: a
candidate is therefore judged under both sets, the reviewers see both verdicts side by side, and what only the new set
lets through is held for a person. On the main branch itself nothing is held: what is there was reviewed.

Subtle: test cases are rules as much as margins are. The base's set is judged with the bytes that its files of cases
have in its own commit, or a change could empty the file and leave the gate as it stands.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from msgspec import Struct

from seatrial.change.git import Git
from seatrial.errors import ConfigError
from seatrial.flows.baselines import BaselineMissing
from seatrial.flows.commit_runs import has_configuration
from seatrial.flows.judging import Judged
from seatrial.flows.main_branch import baseline_commit
from seatrial.flows.main_tip import main_tip
from seatrial.flows.under_way import Run
from seatrial.gates.choice import choose
from seatrial.gates.evidence import AbsentReason
from seatrial.gates.policy import GateSet
from seatrial.gates.rules import rules_of
from seatrial.report.facts import UnderBaseFact
from seatrial.verdict import Decision

_LETS_THROUGH = (Decision.ALLOW, Decision.WARN)
_CASES = "cases-of-base"


class BaseGates(Struct, frozen=True, kw_only=True):
    """The base's gate set, the base's name, and the folder with the files of test cases as the base has them; None
    where they are those of the work tree."""

    gate_set: GateSet
    label: str
    cases_in: Path | None


def base_gates(run: Run, model: str, gate_set: GateSet) -> BaseGates | None:
    """What the base has for this model and tier; None where rules and test cases are the same, where there is no base
    to speak of, or where its configuration knows no such set."""
    git = run.workspace.git
    chosen = baseline_commit(run.workspace, run.policy.main, dirty=run.dirty)
    if isinstance(chosen, BaselineMissing):
        _say_unknown(run, chosen)
        return None
    commit, label = chosen
    tip = main_tip(run.workspace, run.policy.main)
    on_main = tip is not None and git.commit() == tip.commit and not run.dirty
    if on_main or not has_configuration(run.workspace, commit):
        return None
    try:
        policy = run.workspace.load_policy(lambda path: git.read_at(commit, path))
        declared = policy.models.get(model)
        tier = None if run.tier is None else policy.tiers.get(run.tier.name)
        if declared is None or (run.tier is not None and tier is None):
            return None
        theirs = choose(declared.gates, tier.gates if tier else None, declared.gates_file)
    except ConfigError:
        return None  # a base that cannot be read judges nobody; its own runs said so
    cases_in = _cases_of(run, commit, theirs, run.folder / _CASES / model)
    if cases_in is None and rules_of(theirs) == rules_of(gate_set):
        return None
    return BaseGates(gate_set=theirs, label=label, cases_in=cases_in)


def _say_unknown(run: Run, missing: BaselineMissing) -> None:
    """In a shallow clone there is a base, only not here: that nobody looked at its gates is said."""
    if missing.reason is not AbsentReason.NO_BASELINE or not run.workspace.git.is_shallow():
        return
    said = f"whether this change alters the gates is not known: {missing.message}; next: {missing.next_step}"
    run.warnings += [said] if said not in run.warnings else []


def _cases_of(run: Run, commit: str, gate_set: GateSet, folder: Path) -> Path | None:
    """Puts the files of test cases that a commit's set names into a folder, as in a checkout of it; one that it
    lacks is told by its reader. None where they are those of the work tree, to the byte."""
    git = run.workspace.git
    names = gate_set.behavioral.test_cases if gate_set.behavioral is not None else ()
    if all(git.read_at(commit, name) == _bytes(git.root / name) for name in names):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    git.put_paths(commit, names, folder)
    for name in names:
        _put_target(git, commit, name, folder)
        if git.read_at(commit, name) is None and git.read_at("HEAD", name) is None:
            _copy(git.root / name, folder / name)  # git knows it in neither commit, so it is no change's
    return None if all(_bytes(folder / name) == _bytes(git.root / name) for name in names) else folder


def _put_target(git: Git, commit: str, name: str, folder: Path) -> None:
    """What a link leads to, as the commit has it; a link to no file of it leads to nothing."""
    seen = set()
    while (folder / name).is_symlink() and name not in seen:
        seen.add(name)
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), str((folder / name).readlink())))
        if git.read_at(commit, name) is None:
            for link in seen:
                (folder / link).unlink()
            return
        git.put_paths(commit, (name,), folder)


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _copy(file: Path, target: Path) -> None:
    data = _bytes(file)
    if data is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def under_base(judged: Judged, label: str) -> UnderBaseFact:
    """What the base's gates say, for the report."""
    return UnderBaseFact(
        label=label,
        gate_set=judged.gate_set,
        verdict=judged.verdict,
        decision=judged.decision,
        findings=judged.findings,
    )


def held(own: Decision, base: Decision) -> Decision:
    """The decision where two sets judged: what only the changed set lets through is held."""
    return Decision.HOLD if own in _LETS_THROUGH and base not in _LETS_THROUGH else own
