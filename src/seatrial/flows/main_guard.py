"""What the main branch asks of a version that is to take an alias, beside what lies in the work tree.

Called by `approval_rules`, and by whoever judges for an alias: in a run whose tier promotes, and by hand. An alias is
what production loads, so what guards it is what was reviewed. The gates that main has for the alias are judged too,
and what only the work tree's let through is held.

Subtle: the branch that a pull request goes into is chosen by whoever opens it, so it guards nothing (`guarding_tip`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from seatrial.change.branches import REMOTE, is_known_elsewhere
from seatrial.errors import ConfigError, Place
from seatrial.flows.base_rules import cases_of, held
from seatrial.flows.judging import Judged
from seatrial.flows.main_tip import guarding_tip
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.gates.choice import choose_for_alias
from seatrial.gates.policy import GateSet
from seatrial.gates.rules import rules_of
from seatrial.replacing import replace
from seatrial.verdict import Decision, Finding, Verdict, combine


class MainRules(Struct, frozen=True, kw_only=True):
    """The configuration of the main branch, and where that stands."""

    commit: str
    label: str
    policy: ProjectPolicy


Again = Callable[[GateSet, Path | None], Judged]
"""Judges the same version by another gate set, whose test cases lie in a folder; None for those of the work tree."""


def main_rules(workspace: Workspace, policy: ProjectPolicy) -> MainRules | None:
    """The main branch's configuration; None where it has none, or where nothing is called main.

    Raises ConfigError where it cannot be read, or is not here though there is one.
    """
    git = workspace.git
    tip = guarding_tip(workspace, policy.main)
    if tip is None:
        return None
    if tip.commit is None:
        if not (git.is_shallow() or is_known_elsewhere(git, CONFIG_FILE)):
            return None  # the first commit of a project that calls its branch otherwise
        raise ConfigError(
            f"what the main branch asks for is not known: {tip.doubt or f'{tip.branch} is not in this clone'}",
            place=Place(file=CONFIG_FILE, key="main"),
            next_step=f"let the checkout have all history, or `git fetch --unshallow {REMOTE}`; where no branch is "
            f"called {tip.branch}, correct `main:`",
        )
    label = f"{tip.branch} at {tip.commit[:10]}"
    commit = tip.commit
    if git.read_at(commit, CONFIG_FILE) is None:
        return None
    try:
        theirs = workspace.load_policy(lambda path: git.read_at(commit, path))
    except ConfigError as error:
        raise ConfigError(
            f"which approvals {tip.branch} asks for is not known: its {CONFIG_FILE} cannot be read: {error}",
            place=Place(file=f"{commit[:10]}:{CONFIG_FILE}"),
            next_step=f"correct it on {tip.branch}",
        ) from error
    return MainRules(commit=commit, label=label, policy=theirs)


def guarded_by_main(
    workspace: Workspace,
    policy: ProjectPolicy,
    model: str,
    alias: str,
    gate_set: GateSet,
    judged: Judged,
    again: Again,
) -> Judged:
    """A judgement for an alias, held where the gates that main has for the alias let it through less than `gate_set`,
    by which it was made. `again` judges by those, and is asked only where they differ.

    Raises ConfigError as `main_rules` does, and what `again` raises.
    """
    main = main_rules(workspace, policy)
    if main is None:
        return judged
    declared = main.policy.models.get(model)
    if declared is None or not declared.gates:
        gone = [name for name in main.policy.models if name not in policy.models]
        if not gone:
            return judged
        said = f"{main.label} declares no {model}, and {', '.join(gone[:3])}, which it does, is gone here"
        return _held(judged, f"{said}: it may be the same model under another name")
    theirs = choose_for_alias(declared.gates, alias, declared.gates_file)
    with workspace.cache.scratch("gates-of-main") as scratch:
        cases_in = cases_of(workspace.git, main.commit, theirs, scratch / "cases")
        if cases_in is None and rules_of(theirs) == rules_of(gate_set):
            return judged
        other = again(theirs, cases_in)
    if held(judged.decision, other.decision) is judged.decision:
        return judged
    refused = [one for one in other.findings if one.verdict is not Verdict.PASS]
    said = "; ".join(f"{one.verdict.value} {one.name}: {one.message}" for one in refused[:3])
    return _held(judged, f"under the gates that guard {alias} on {main.label} it is {other.verdict.value} ({said})")


def _held(judged: Judged, message: str) -> Judged:
    """The judgement, with what keeps it from going through by itself."""
    if not judged.decision.lets_through:
        return judged
    finding = Finding(
        name="gates of main",
        kind="evidence",
        metric=None,
        verdict=Verdict.INCONCLUSIVE,
        reason="not_under_main",
        message=message,
    )
    findings = (*judged.findings, finding)
    return replace(
        judged,
        findings=findings,
        verdict=combine(one.verdict for one in findings),
        decision=Decision.HOLD,
    )
