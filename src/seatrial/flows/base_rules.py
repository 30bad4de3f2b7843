"""The gate set of the commit that a change starts from, where the change alters it or the test cases it names.

Called by `run_judging`, and by whoever moves an alias (`main_guard`). Whoever changes the gates and the model in one
pull request judges their own work: a candidate is therefore judged under both sets, the reviewers see both verdicts
side by side, and what only the new set lets through is held for a person. On the main branch itself nothing is held:
what is there was reviewed.

Subtle: test cases are rules as much as margins are. The base's set is judged with the bytes that its files of cases
have in its own commit, or a change could empty the file and leave the gate as it stands. And a model by another name
has no gates in the base: where one of the base's is gone, a new one may be that.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from msgspec import Struct

from seatrial.change.git import Git
from seatrial.errors import ConfigError, some_of
from seatrial.flows.base_of_change import Base, Unseen, base_of
from seatrial.flows.judging import Judged
from seatrial.flows.under_way import Run
from seatrial.gates.choice import choose
from seatrial.gates.policy import GateSet
from seatrial.gates.rules import rules_of
from seatrial.replacing import replace
from seatrial.report.facts import UnderBaseFact
from seatrial.verdict import Decision, Finding, Verdict, combine

_CASES = "cases-of-base"


class BaseGates(Struct, frozen=True, kw_only=True):
    """The base's gate set, the base's name, and the folder with the files of test cases as the base has them; None
    where they are those of the work tree."""

    gate_set: GateSet
    label: str
    cases_in: Path | None


def base_gates(run: Run, model: str, gate_set: GateSet) -> BaseGates | Finding | None:
    """What the base has for this model and tier; None where rules and test cases are the same, where there is no base
    to speak of, or where its configuration knows no such set. A finding says why it is not known, which holds."""
    base = base_of(run.workspace, run.policy, dirty=run.dirty)
    if base is None:
        return None
    if isinstance(base, Unseen):
        return _unknown(run, f"whether this change alters the gates is not known: {base.sentence}")
    declared = base.policy.models.get(model)
    if declared is None:
        return _new_model(run, model, base)
    tier = None if run.tier is None else base.policy.tiers.get(run.tier.name)
    if run.tier is not None and tier is None:
        _warn(run, f"{base.label} has no tier {run.tier.name} yet, so it says nothing of how {model} is judged in it")
        return None
    if not declared.gates:
        _warn(run, f"{base.label} has no gates for {model} yet")
        return None
    try:
        theirs = choose(declared.gates, tier.gates if tier else None, declared.gates_file)
    except ConfigError as error:
        return _unknown(run, f"which gates of {base.label} judge {model} is not known: {error}")
    cases_in = cases_of(run.workspace.git, base.commit, theirs, run.folder / _CASES / model)
    if cases_in is None and rules_of(theirs) == rules_of(gate_set):
        return None
    return BaseGates(gate_set=theirs, label=base.label, cases_in=cases_in)


def _new_model(run: Run, model: str, base: Base) -> Finding | None:
    """A model that the base does not declare: held where it may be one that it does, under another name."""
    gone = [name for name in base.policy.models if name not in run.policy.models]
    if not gone:
        _warn(run, f"{base.label} has no gates for {model} yet, so its own judge it alone")
        return None
    message = (
        f"{model} is new, and {some_of(gone)}, which {base.label} declares, is gone: it may be the same model under "
        f"another name, and the gates of {base.label} were not asked"
    )
    _warn(run, message)
    return _doubt("model_renamed", message)


def _unknown(run: Run, message: str) -> Finding:
    _warn(run, message)
    return _doubt("base_unknown", message)


def _warn(run: Run, said: str) -> None:
    run.warnings += [said] if said not in run.warnings else []


def _doubt(reason: str, message: str) -> Finding:
    return Finding(
        name="base", kind="evidence", metric=None, verdict=Verdict.INCONCLUSIVE, reason=reason, message=message
    )


def in_doubt(judged: Judged, doubt: Finding) -> Judged:
    """A judgement that a person has to look at, because the base's rules could not be."""
    findings = (*judged.findings, doubt)
    return replace(
        judged,
        findings=findings,
        verdict=combine(one.verdict for one in findings),
        decision=held(judged.decision, Decision.HOLD),
    )


def cases_of(git: Git, commit: str, gate_set: GateSet, folder: Path) -> Path | None:
    """Puts the files of test cases that a commit's set names into a folder, as in a checkout of it; one that it
    lacks is told by its reader. None where they are those of the work tree, to the byte."""
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
    return Decision.HOLD if own.lets_through and not base.lets_through else own
