"""What a run comes to, in one line: verdict words, decision, and why.

Called by all faces of a report, and by whatever shows a run in one line. Pure. The text is not
escaped yet, but names are bounded, so that none pushes the figures out (`claims.py`). The first word is the
combined verdict, because the counts stand in the order in which verdicts combine; each says what it counts. Stages that
failed or were deferred are always part of it, with the hours that are owed: a PASS beside a failed stage
must not read like a plain PASS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from seatrial.gates.codes import Kind
from seatrial.pipeline.device_hours import Hours
from seatrial.replacing import replace
from seatrial.report.claims import claim, named
from seatrial.report.facts import TRIAL, CheckFact, DebtFact, ModelFact, RunFacts, StageFact
from seatrial.report.numbers import plural
from seatrial.verdict import Decision, Finding, Verdict, combine, strictest

_ORDER = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASS)
_TELLING = (Kind.REGRESSION, Kind.SLICES)  # how it compares says more than a fixed limit
_MOST_NAMED = 3
_ACTIONS = ("ran", "used", "reused", "failed", "blocked", "deferred", "skipped", "missing")
_OTHERS = {Verdict.FAIL: "failed", Verdict.ERROR: "could not be judged", Verdict.INCONCLUSIVE: "could not decide"}

MEANING: Mapping[Decision, str] = {
    Decision.ALLOW: "nothing stands in the way",
    Decision.WARN: "it may go on, but look at it first",
    Decision.HOLD: "it waits for more evidence, or for a person's word",
    Decision.BLOCK: "it must not go on",
}
"""What a decision means, for somebody who reads their first report."""
_NOT_PROMOTED = "its gates let it through, and the promotion that its tier asks for was refused"
NOTHING_AFFECTED = "NOTHING AFFECTED"
"""The words of a run about a change that reaches no stage: nothing was judged because nothing had to be."""
_HELD_BY_DEBT = "it waits until what was deferred has been run"


class Headline(Struct, frozen=True, kw_only=True):
    """One run in one line: `words: why`. `verdict` and `decision` are None when nothing was judged
    and nothing failed. `owing`: the decision is a hold because of what was deferred, and of nothing else."""

    words: str
    why: str
    verdict: Verdict | None
    decision: Decision | None
    owing: bool = False
    unpromoted: bool = False

    def __str__(self) -> str:
        return f"{self.words}: {self.why}"

    @property
    def meaning(self) -> str:
        """What the decision means, in words."""
        if self.owing or self.unpromoted:
            return _HELD_BY_DEBT if self.owing else _NOT_PROMOTED
        return MEANING[self.decision] if self.decision is not None else ""


def headline(facts: RunFacts) -> Headline:
    """The headline of a run. Without a model, a failed stage is an ERROR; without either, the words
    are `DONE`, or say what was deferred, and no verdict is claimed."""
    failed = facts.broken
    deferred = [stage.name for stage in facts.stages if stage.action == "deferred"]
    if not facts.judged:
        return _nothing_judged(facts, failed, deferred)
    verdict = combine(one.verdict for one in facts.judged)
    worst = next(one for one in facts.judged if one.verdict is verdict)
    words, why = [verdict.value], reason(worst)
    if len(facts.judged) > 1:
        words = [f"{each} {_counted(alike)}" for each in _ORDER if (alike := _with(facts, each))]
        why = f"{named(worst.name)}: {why}{_likewise(_with(facts, verdict))}"
    if failed and not worst.findings:
        why = _stage_failed(failed, facts.stages)  # what kept the model from being judged
    elif failed:
        words.append(f"FAILED STAGES {len(failed):,}")
        why = f"{why}; {_stage_failed(failed, facts.stages)}"
    decision = strictest(one.decision for one in facts.judged)
    held = [(one.name, under_base) for one in facts.models if (under_base := _held_by_base(one))]
    if held:
        name, under_base = held[0]
        words.append("HELD" if len(facts.judged) == 1 else f"HELD {len(held):,}")
        why = f"{under_base if len(facts.judged) == 1 else f'{named(name)} {under_base}'}; {why}"
    if facts.missing:
        words.append(f"MISSING STAGES {len(facts.missing):,}")
        why = f"{_missing(facts)}; {why}"
        decision = Decision.BLOCK
    lets_through = decision is not None and decision.lets_through
    owing = _holds(facts.debt) and lets_through
    refused = facts.unpromoted if lets_through and not failed else ()
    if refused:
        words.append("NOT PROMOTED")
        why = f"{refused[0].reason}; {why}"
        decision = Decision.HOLD if all(one.kind == "held" for one in refused) else Decision.BLOCK
    return Headline(
        words=" · ".join([*words, *_deferred(deferred, facts.debt)]),
        why=why,
        verdict=verdict,
        decision=Decision.HOLD if owing and not refused else decision,
        owing=owing and not refused,
        unpromoted=bool(refused),
    )


def headline_of(facts: RunFacts, model: str) -> Headline:
    """The headline of one model of a run."""
    return headline(about(facts, model))


def about(facts: RunFacts, model: str) -> RunFacts:
    """A run as far as it is about one model. What was deferred and what failed belongs to it as to the whole, and so
    does data that is refused: a model made of it must not read like a plain PASS."""
    refused = tuple(check for check in facts.checks if check.verdict is not Verdict.PASS)
    return replace(
        facts,
        models=tuple(one for one in facts.models if one.name == model),
        checks=refused,
        unpromoted=tuple(one for one in facts.unpromoted if one.model in ("", model)),
    )


def _with(facts: RunFacts, verdict: Verdict) -> list[ModelFact | CheckFact]:
    return [one for one in facts.judged if one.verdict is verdict]


def _counted(judged: Sequence[ModelFact | CheckFact]) -> str:
    """What a number counts: `2 models`, `1 model, 1 dataset`."""
    nouns = Counter(_noun(one) for one in judged)
    return ", ".join(plural(number, noun) for noun, number in nouns.items())


def _noun(one: ModelFact | CheckFact) -> str:
    if isinstance(one, ModelFact):
        return "model"
    return "training" if one.judges == TRIAL else "dataset"


def _likewise(judged: Sequence[ModelFact | CheckFact]) -> str:
    """The others with the same verdict, so that what is told of one does not look like all."""
    others = [named(one.name) for one in judged[1:]]
    if not others:
        return ""
    more = f" and {len(others) - _MOST_NAMED:,} more" if len(others) > _MOST_NAMED else ""
    return f"; likewise {', '.join(others[:_MOST_NAMED])}{more}"


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Findings with what says no first, else as the gate set has them."""
    return sorted(findings, key=lambda finding: _ORDER.index(finding.verdict))


def reason(model: ModelFact | CheckFact) -> str:
    """Why a model, or a dataset, has its verdict, from the finding that says most."""
    if isinstance(model, CheckFact):
        return _of_data(model)
    ranked = sorted(
        (finding for finding in model.findings if finding.verdict is model.verdict),
        key=lambda finding: _TELLING.index(finding.kind) if finding.kind in _TELLING else len(_TELLING),
    )
    if not ranked:
        return "nothing was judged" if not model.findings else "no gate says so by itself"
    first = claim(ranked[0], model.baseline)
    others = len(ranked) - 1
    if model.verdict is Verdict.PASS or not others:
        return first
    return f"{first}; {plural(others, 'more gate')} {_OTHERS[model.verdict]}"


def _of_data(check: CheckFact) -> str:
    worst = [finding for finding in check.findings if finding.verdict is check.verdict]
    if not worst and check.judges == TRIAL:
        return f"{named(check.dataset)} learns one batch in {plural(check.rows, 'step')}"
    if not worst:
        return f"{plural(check.passed, 'statement')} about {named(check.dataset)} hold"
    more = f"; {plural(len(worst) - 1, 'more finding')}" if len(worst) > 1 else ""
    return f"{named(check.dataset)}: {claim(worst[0], None)}{more}"


def _nothing_judged(facts: RunFacts, failed: Sequence[StageFact], deferred: Sequence[str]) -> Headline:
    if facts.missing and not failed:
        words = " · ".join([Verdict.ERROR.value, *_deferred(deferred, facts.debt)])
        return Headline(words=words, why=_missing(facts), verdict=Verdict.ERROR, decision=None)
    if failed:
        words = " · ".join([Verdict.ERROR.value, *_deferred(deferred, facts.debt)])
        return Headline(words=words, why=_stage_failed(failed, facts.stages), verdict=Verdict.ERROR, decision=None)
    if facts.stages and all(stage.action == "skipped" for stage in facts.stages):
        why = f"what changed reaches none of {plural(len(facts.stages), 'stage')}"
        return Headline(words=NOTHING_AFFECTED, why=why, verdict=None, decision=None)
    words = " · ".join(_deferred(deferred, facts.debt) or ["DONE"])  # what was put off is not done
    owing = _holds(facts.debt)
    return Headline(
        words=words,
        why=f"{tally(facts.stages)}; no model was judged",
        verdict=None,
        decision=Decision.HOLD if owing else None,
        owing=owing,
    )


def _held_by_base(model: ModelFact) -> str | None:
    """What the gates of the base say where only those that the change itself brings let a model through: a PASS of a
    kind that must not read like a plain one."""
    base = model.under_base
    if base is None or base.decision.lets_through:
        return None
    if model.verdict is not Verdict.PASS or model.decision is not Decision.HOLD:
        return None
    said = reason(replace(model, verdict=base.verdict, findings=base.findings))
    return f"under the gates of {base.label}: {base.verdict.value}, {said}"


def _missing(facts: RunFacts) -> str:
    first, *others = (stage for stage in facts.stages if stage.action == "missing")
    more = f" and {len(others):,} more" if others else ""
    return f"nobody is known to have done {named(first.name)}{more} ({first.reason})"


def _holds(debt: DebtFact | None) -> bool:
    return debt is not None and debt.held


def tally(stages: Sequence[StageFact]) -> str:
    """How many stages did what: `3 ran, 2 reused`."""
    done = Counter(stage.action for stage in stages)
    ordered = sorted(done, key=lambda action: _ACTIONS.index(action) if action in _ACTIONS else len(_ACTIONS))
    return ", ".join(f"{done[action]:,} {action}" for action in ordered) or "no stage was needed"


def _stage_failed(failed: Sequence[StageFact], stages: Sequence[StageFact]) -> str:
    blocked = sum(stage.action == "blocked" for stage in stages)
    text = f"stage {named(failed[0].name)} failed: {failed[0].reason}"
    if len(failed) > 1:
        text += f"; {plural(len(failed) - 1, 'more stage')} failed"
    return f"{text}; {plural(blocked, 'stage')} blocked" if blocked else text


def _deferred(names: Sequence[str], debt: DebtFact | None) -> list[str]:
    """`DEFERRED 2 (train, evaluate: 6 GPU-h)`; the cells of a matrix go by their stage."""
    if not names:
        return []
    stages = list(dict.fromkeys(name.partition("[")[0] for name in names))
    shown = [named(stage) for stage in stages[:_MOST_NAMED]]
    listed = ", ".join(shown) + (", ..." if len(stages) > _MOST_NAMED else "")
    hours = "" if debt is None else str(Hours(gpu=debt.gpu_hours, plain=debt.hours, unknown=debt.unknown))
    return [f"DEFERRED {len(names):,} ({listed}{f': {hours}' if hours else ''})"]
