"""What a forge is told of one run: the check, the status, the deployments. Pure.

Called by `flows/posting.py` with the facts of a run, whoever made it. The title of a check is all that many people
ever see of it, so what must never be missing there (that something was deferred) is never shortened away.

Subtle: a check says success exactly where the command ends with 0. Whatever waits or was not judged is a failure to a
forge, because every other word it has lets a merge through.
"""

from __future__ import annotations

import re

from msgspec import Struct

from seatrial.forge.policy import ForgePolicy
from seatrial.forge.port import Check, Deployed, Deployment, State, Status
from seatrial.forge.target import Target
from seatrial.report.escape import plain, prose, shorten
from seatrial.report.facts import RunFacts
from seatrial.report.headline import headline
from seatrial.report.markdown import render_markdown
from seatrial.verdict import Decision

TITLE = 250
"""Characters of a check's title."""
DESCRIPTION = 140
"""Characters of a status, as GitHub takes them."""
SUMMARY = 60_000
"""Bytes of a check's summary; GitHub takes 65,535 characters."""
_IN_PARENTHESES = re.compile(r" \([^()]*\)")
_HOLDS = (Decision.HOLD, Decision.BLOCK)


def holds_back(facts: RunFacts) -> bool:
    """Whether a run keeps a change from being merged."""
    return bool(
        facts.broken or facts.missing or facts.decision in _HOLDS or facts.held_by_debt or facts.unpromoted,
    )


def state_of(facts: RunFacts) -> State:
    """What a forge is to show."""
    return State.FAILURE if holds_back(facts) else State.SUCCESS


def title_of(facts: RunFacts, bound: int = TITLE) -> str:
    """The headline in at most `bound` characters: the words whole, and of the reason what fits."""
    line = headline(facts)
    why = plain(line.why)
    words = plain(line.words)
    if len(words) > bound // 2:
        words = _IN_PARENTHESES.sub("", words)
    if len(words) + 2 >= bound:
        return shorten(words, bound)
    return f"{words}: {shorten(why, bound - len(words) - 2)}"


def check_of(facts: RunFacts, target: Target, policy: ForgePolicy, *, sha: str, note: str = "") -> Check:
    """The check of a run on a commit. `note` is a sentence of ours that stands above the report."""
    above = f"{note}\n\n" if note else ""
    return Check(
        name=policy.check_of(facts.project, facts.tier),
        sha=sha,
        run=facts.run,
        state=state_of(facts),
        title=title_of(facts),
        summary=above + render_markdown(facts, limit=SUMMARY - len(above.encode())),
        url=target.details,
    )


def status_of(facts: RunFacts, target: Target, policy: ForgePolicy, *, sha: str) -> Status:
    """The same in one line."""
    return Status(
        context=policy.check_of(facts.project, facts.tier),
        sha=sha,
        state=state_of(facts),
        description=title_of(facts, DESCRIPTION),
        url=target.details,
    )


class Unreported(Struct, frozen=True, kw_only=True):
    """A run of which there is no report yet, or never will be. `run` orders it among others of its commit."""

    project: str
    tier: str | None
    run: str
    sha: str


def running(of: Unreported, target: Target, policy: ForgePolicy) -> tuple[Check, Status]:
    """What stands on a commit from the start of a run to its end."""
    return _without_report(of, target, policy, State.RUNNING, "a run has begun; nothing is known yet")


def unreported(of: Unreported, target: Target, policy: ForgePolicy, why: str) -> tuple[Check, Status]:
    """What is said of a commit whose run left no report. Nothing judged is never a pass."""
    return _without_report(of, target, policy, State.FAILURE, f"ERROR: {plain(why)}")


def _without_report(
    of: Unreported, target: Target, policy: ForgePolicy, state: State, said: str
) -> tuple[Check, Status]:
    name = policy.check_of(of.project, of.tier)
    check = Check(
        name=name,
        sha=of.sha,
        run=of.run,
        state=state,
        title=shorten(said, TITLE),
        summary=prose(said),
        url=target.details,
    )
    status = Status(context=name, sha=of.sha, state=state, description=shorten(said, DESCRIPTION), url=target.details)
    return check, status


def deployments_of(facts: RunFacts, target: Target, policy: ForgePolicy, *, sha: str) -> tuple[Deployment, ...]:
    """The moves of aliases that a run made."""
    return tuple(
        Deployment(
            sha=sha,
            environment=policy.environment_of(model.promoted_to),
            key=f"{model.name}@{model.registered} {model.promoted_to}",
            state=Deployed.SUCCESS,
            description=plain(f"{model.name}@{model.registered} is {model.promoted_to}", bound=DESCRIPTION),
            url=target.details,
        )
        for model in facts.models
        if model.promoted_to is not None and model.registered is not None
    )
