"""What a run came to, subject by subject, and what of it is news to a channel. Pure.

Called by `telling.py`. A subject is a model, a dataset that was checked, or the stages of a run; it stands as failing,
passing, or unknown. News are a failure that was not told yet, more reasons than were told, and a recovery of what was
told. The same state is never told twice, however many runs come to it.

Subtle: reasons are names of gates and stages, not their figures, which differ from run to run. They only add up until
a recovery: a gate that fails every other night is told once. Unknown is never a pass: a stage that this run did not
come to has not recovered, and neither has a model whose verdict is INCONCLUSIVE.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from seatrial.flows.told import Heard, Subject, instant
from seatrial.forge.channels import Channel, Event
from seatrial.report.facts import CheckFact, ModelFact, RunFacts
from seatrial.report.headline import reason
from seatrial.verdict import Decision, Verdict

STAGES = "stages"
_NOT_THROUGH = (Decision.HOLD, Decision.BLOCK)
_ENDED_WELL = frozenset({"ran", "reused", "used"})
_BROKEN = frozenset({"failed", "missing"})
_NOTHING_JUDGED = "nothing was judged"
_GITHUB_PULL = re.compile(r"refs/pull/([0-9]{1,18})/")
_HEADS = "refs/heads/"
_MOST_NAMED = 10


class Standing(StrEnum):
    """How a subject stands."""

    FAILING = "failing"
    PASSING = "passing"
    WAITING = "waiting"
    UNKNOWN = "unknown"


class Situation(Struct, frozen=True, kw_only=True):
    """A subject as a run leaves it.

    `reasons` are the names of what says no, `title` is a name for people where it is not the subject's. `open` are
    stages that did not end well, `ended` those that did; None where a pass is a pass as a whole. `version` waits for
    `alias`.
    """

    subject: Subject
    standing: Standing
    said: str
    reasons: tuple[str, ...] = ()
    verdict: str | None = None
    decision: str | None = None
    command: str | None = None
    title: str | None = None
    version: int | None = None
    alias: str | None = None
    open: frozenset[str] = frozenset()
    ended: frozenset[str] | None = None

    def clears(self, told: frozenset[str]) -> bool:
        """Whether all that was told to fail is known to be well."""
        return not told & self.open and (self.ended is None or told <= self.ended)


class Ground(Struct, frozen=True, kw_only=True):
    """Where a run took place. `main`: on the main branch, None where nobody knows which that is; `pull` is the number
    of its pull request. `whole`: nothing was left out by the command that started it."""

    branch: str | None = None
    main: bool | None = None
    pull: int | None = None
    whole: bool = True

    @property
    def unknown(self) -> bool:
        """Whether nobody knows if this is the main branch."""
        return self.main is None and self.pull is None

    def heard_by(self, channel: Channel) -> bool:
        """Whether a channel wants to hear of runs from here."""
        return channel.pull_requests if self.pull is not None else self.main is True


class News(Struct, frozen=True, kw_only=True):
    """What a channel is to be told. `reasons` are new to it; `delivery` is that of an earlier attempt, if there was."""

    event: Event
    reasons: tuple[str, ...]
    delivery: str | None = None


def due(heard: Heard, now: Situation, *, at: datetime, quiet: float) -> News | None:
    """What of a situation is news to somebody who has heard that much; None where nothing is."""
    heard = heard.settled(at)
    if heard.claim is not None:
        return None  # somebody else tells it at this moment
    match now.standing:
        case Standing.FAILING:
            return _failing(heard, now, at=at, quiet=quiet)
        case Standing.WAITING:
            return _news(heard, Event.APPROVAL, frozenset(now.reasons) - heard.reasons)
        case Standing.PASSING:
            return _passing(heard, now)
        case Standing.UNKNOWN:
            return None


def _failing(heard: Heard, now: Situation, *, at: datetime, quiet: float) -> News | None:
    perhaps_well = heard.unsure and heard.loose is not None and heard.loose.event is Event.RECOVERY
    if not heard.failing or perhaps_well:
        return _news(heard, Event.FAILURE, frozenset(now.reasons))
    if heard.at is not None and 0 <= (at - instant(heard.at)).total_seconds() < quiet:
        return None
    return _news(heard, Event.FAILURE, frozenset(now.reasons) - heard.reasons)


def _passing(heard: Heard, now: Situation) -> News | None:
    """A recovery, also from what may have been told; a recovery that did not arrive is told again."""
    perhaps = heard.loose.reasons if heard.loose is not None and heard.unsure else ()
    told = heard.reasons | frozenset(perhaps)
    if not (heard.failing or perhaps) or not now.clears(told):
        return None
    return _news(heard, Event.RECOVERY, told)


def _news(heard: Heard, event: Event, reasons: frozenset[str]) -> News | None:
    if not reasons:
        return None
    loose = heard.loose
    again = loose is not None and loose.event is event and frozenset(loose.reasons) == reasons
    return News(event=event, reasons=tuple(sorted(reasons)), delivery=loose.delivery if loose and again else None)


def situations(facts: RunFacts, ground: Ground) -> tuple[Situation, ...]:
    """How everything stands after a run: the stages first, since what they break cannot be judged."""
    broken = any(stage.action in _BROKEN for stage in facts.stages)
    judged = [one for one in facts.judged if one.findings or not broken]
    return (_of_stages(facts, ground), *(_of_judged(one, facts, ground) for one in judged))


def _subject(facts: RunFacts, ground: Ground, kind: str, name: str) -> Subject:
    return Subject(project=facts.project, kind=kind, name=name, tier=facts.tier, branch=_place(ground))


def _place(ground: Ground) -> str | None:
    return ground.branch if ground.pull is None else f"pull request {ground.pull}"


def _of_stages(facts: RunFacts, ground: Ground) -> Situation:
    judged = {check.name for check in facts.checks}
    broken = [stage for stage in facts.stages if stage.action in _BROKEN and stage.name not in judged]
    ended = frozenset(stage.name for stage in facts.stages if stage.action in _ENDED_WELL or stage.name in judged)
    said = "no stage fails"
    if broken:
        more = f"; {len(broken) - 1:,} more" if len(broken) > 1 else ""
        said = f"stage {broken[0].name}: {broken[0].reason}{more}"
    return Situation(
        subject=_subject(facts, ground, STAGES, STAGES),
        standing=Standing.FAILING if broken else Standing.PASSING,
        said=said,
        reasons=tuple(stage.name for stage in broken),
        verdict=Verdict.ERROR.value if broken else None,
        decision=Decision.BLOCK.value if broken else None,
        command=facts.next_step if broken else None,
        open=frozenset(stage.name for stage in facts.stages) - ended,
        ended=None if ground.whole else ended,
    )


def _of_judged(one: ModelFact | CheckFact, facts: RunFacts, ground: Ground) -> Situation:
    kind = "data" if isinstance(one, CheckFact) else "model"
    failing = one.decision in _NOT_THROUGH
    names = [finding.name for finding in one.findings if finding.verdict is not Verdict.PASS]
    standing = Standing.PASSING if one.verdict is Verdict.PASS else Standing.UNKNOWN
    return Situation(
        subject=_subject(facts, ground, kind, one.name),
        standing=Standing.FAILING if failing else standing,
        said=reason(one),
        reasons=tuple(sorted(set(names)) or [_NOTHING_JUDGED]) if failing else (),
        verdict=one.verdict.value,
        decision=one.decision.value,
        command=(one.next_step if isinstance(one, CheckFact) else facts.next_step) if failing else None,
    )


class ApprovalWanted(Struct, frozen=True, kw_only=True):
    """A version that waits for approvals. `who` may give them, `command` is what they type. `evidence` identifies what
    they approve: once that changes, approvals are wanted anew."""

    model: str
    version: int
    alias: str
    missing: int
    who: tuple[str, ...] = ()
    command: str
    evidence: str = ""


def waiting(one: ApprovalWanted, project: str) -> Situation:
    """The situation of a version that waits."""
    approvals = "one approval is" if one.missing == 1 else f"{one.missing:,} approvals are"
    more = f" and {len(one.who) - _MOST_NAMED:,} more" if len(one.who) > _MOST_NAMED else ""
    who = f"; may be given by {', '.join(one.who[:_MOST_NAMED])}{more}" if one.who else ""
    return Situation(
        subject=Subject(project=project, kind="version", name=f"{one.model}@{one.alias}"),
        standing=Standing.WAITING,
        said=f"{approvals} missing before {one.model}@{one.version} may become {one.alias}{who}",
        reasons=(f"{one.version} {one.evidence}".rstrip(),),
        decision=Decision.HOLD.value,
        command=one.command,
        title=f"{one.model}@{one.version} for {one.alias}",
        version=one.version,
        alias=one.alias,
    )


def ground_of(environ: Mapping[str, str], *, here: str | None, main: str | None, whole: bool) -> Ground:
    """Where a run takes place, by what CI says, else by the branch that is checked out (`here`)."""
    number = environ.get("CI_MERGE_REQUEST_IID", "")
    ref = environ.get("GITHUB_REF", "")
    found = _GITHUB_PULL.match(ref)
    if found or (number.isascii() and number.isdigit()):
        return Ground(pull=int(found[1] if found else number[:18]), main=False, whole=whole)
    branch = ref.removeprefix(_HEADS) if ref.startswith(_HEADS) else environ.get("CI_COMMIT_BRANCH") or here
    default = main or environ.get("CI_DEFAULT_BRANCH") or None
    return Ground(branch=branch, main=None if default is None else branch == default, whole=whole)
