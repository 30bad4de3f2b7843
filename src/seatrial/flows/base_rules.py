"""The gate set of the commit that a change starts from, where the change alters it or the test cases it names.

Called by `run_judging`. Whoever changes the gates and the model in one pull request judges their own work: a
candidate is therefore judged under both sets, the reviewers see both verdicts side by side, and what only the new set
lets through is held for a person. On the main branch itself nothing is held: what is there was reviewed.

Subtle: test cases are rules as much as margins are. The base's set is judged with the bytes that its files of cases
have in its own commit, or a change could empty the file and leave the gate as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from seatrial.errors import ConfigError
from seatrial.flows.baselines import BaselineMissing
from seatrial.flows.commit_runs import has_configuration
from seatrial.flows.judging import Judged
from seatrial.flows.main_branch import baseline_commit
from seatrial.flows.under_way import Run
from seatrial.gates.choice import choose
from seatrial.gates.policy import GateSet
from seatrial.report.facts import UnderBaseFact
from seatrial.verdict import Decision

_LETS_THROUGH = (Decision.ALLOW, Decision.WARN)
_CASES = "cases-of-base"


class BaseGates(Struct, frozen=True, kw_only=True):
    """The base's gate set, the base's name, and the folder with the files of test cases as the base has them."""

    gate_set: GateSet
    label: str
    cases_in: Path


def base_gates(run: Run, model: str, gate_set: GateSet) -> BaseGates | None:
    """What the base has for this model and tier; None where rules and test cases are the same, where there is no base
    to speak of, or where its configuration knows no such set."""
    git = run.workspace.git
    chosen = baseline_commit(run.workspace, run.policy.main, dirty=run.dirty)
    if isinstance(chosen, BaselineMissing):
        return None
    commit, label = chosen
    branch = run.policy.main or git.default_branch()
    on_main = branch is not None and git.commit() == git.commit(branch) and not run.dirty
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
    cases = _cases_of(run, commit, theirs)
    same_cases = all(_here(run, name) == data for name, data in cases.items())
    if same_cases and _rules(theirs) == _rules(gate_set):
        return None
    return BaseGates(gate_set=theirs, label=label, cases_in=_laid_out(run.folder / _CASES / model, cases))


def _cases_of(run: Run, commit: str, gate_set: GateSet) -> dict[str, bytes | None]:
    """The files of test cases that a commit's set names, as the commit has them; None for one that it lacks. A file
    that git knows in neither commit is no change's, and is taken as it lies in the work tree."""
    git = run.workspace.git
    found = {}
    for name in gate_set.behavioral.test_cases if gate_set.behavioral is not None else ():
        data = git.read_at(commit, name)
        found[name] = _here(run, name) if data is None and git.read_at("HEAD", name) is None else data
    return found


def _here(run: Run, name: str) -> bytes | None:
    try:
        return (run.workspace.git.root / name).read_bytes()
    except OSError:
        return None


def _laid_out(folder: Path, cases: Mapping[str, bytes | None]) -> Path:
    """The files in a folder, by their paths from the root; one that is lacking is told by its reader."""
    for name, data in cases.items():
        if data is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    return folder


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


def _rules(gate_set: GateSet) -> object:
    """A set without where it was written."""
    return _without_places(msgspec.to_builtins(gate_set))


def _without_places(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_places(each) for key, each in value.items() if key != "place"}
    return [_without_places(each) for each in value] if isinstance(value, list | tuple) else value
