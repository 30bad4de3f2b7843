"""The recipe gate: would training again, with other seeds, give a model that is not worse?

Every other gate judges one artifact. A change of code is better judged by several models of it: with one seed on each
side a recipe that is two points worse passes a gate of one point in one of six tries where seeds move accuracy by a
point. All seeds of a run count; none is tried again until it is green.

With predictions of each seed both sources of chance are known, seeds and rows. With metrics files only seeds are: the
verdict is then about these test rows, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from seatrial.errors import EvidenceError
from seatrial.gates import wording
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.evidence import Evidence, SeedRun
from seatrial.gates.figures import kept, kept_interval
from seatrial.gates.looking import Against, Looking, Trouble
from seatrial.gates.policy import Recipe
from seatrial.gates.range_of_values import outside
from seatrial.metrics.catalog import Metric
from seatrial.metrics.measure import Measuring
from seatrial.metrics.trouble import MetricError
from seatrial.stats.interval import Interval
from seatrial.stats.two_arms import Arms, chance_of_better, two_arms
from seatrial.verdict import Finding, Part, Verdict


class _Values(Struct, frozen=True, kw_only=True):
    """One value for each seed of each arm, and what rows add to the variance (None: not known)."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    of_rows: float | None
    rows: int


def judge(rule: Recipe, looking: Looking) -> tuple[Finding, ...]:
    """One finding, or none for a first model. Never raises for evidence that does not fit."""
    other = looking.other()
    if isinstance(other, Trouble):
        return () if other.left_out else (_plain(rule, looking, None, other),)
    mine, theirs = looking.case.candidate.seeds, other.evidence.seeds
    few = _too_few(rule, mine, theirs, other.label)
    if few is not None:
        return (_plain(rule, looking, other.evidence, few),)
    values = _other_rows(looking.case.candidate, other) or _values(
        rule.metric, looking.metric(rule.metric), mine, theirs
    )
    if isinstance(values, Trouble):
        return (_plain(rule, looking, other.evidence, values),)
    higher = _higher_is_better(rule, looking)
    if higher is None:
        message = (
            f"whether more or less of {rule.metric} is better was not said; write `lower_is_better` under `recipe`"
        )
        trouble = Trouble(verdict=Verdict.ERROR, reason=Reason.METRIC_UNSUPPORTED, message=message)
        return (_plain(rule, looking, other.evidence, trouble),)
    unseen = _nothing_varies(values)
    if unseen is not None:
        return (_plain(rule, looking, other.evidence, unseen),)
    arms = two_arms(values.ours, values.theirs, of_rows=values.of_rows or 0.0, rows=values.rows)
    return (_finding(rule, looking, other.evidence, other.label, values, arms, higher=higher),)


def _higher_is_better(rule: Recipe, looking: Looking) -> bool | None:
    metric = looking.metric(rule.metric)
    if rule.lower_is_better is not None:
        return not rule.lower_is_better
    return None if metric is None else metric.higher_is_better


def _nothing_varies(values: _Values) -> Trouble | None:
    """Seeds that all give one value show no chance at all, and so do rows that all models answer alike."""
    for who, arm in (("the candidate", values.ours), ("the baseline", values.theirs)):
        if len(set(arm)) < 2:
            message = f"all {len(arm)} seeds of {who} gave the same value: seeds that change nothing are no seeds"
            return Trouble(verdict=Verdict.INCONCLUSIVE, reason=Reason.TOO_FEW_SEEDS, message=message)
    if values.of_rows == 0:
        message = "no row tells any two of these models apart, so what other rows would have said is not known"
        return Trouble(verdict=Verdict.INCONCLUSIVE, reason=Reason.TOO_FEW_INFORMATIVE_ROWS, message=message)
    return None


def _too_few(rule: Recipe, mine: Sequence[SeedRun], theirs: Sequence[SeedRun], label: str) -> Trouble | None:
    for who, runs in (("the candidate", mine), (label, theirs)):
        if not runs:
            message = f"{who} was trained with one seed, and nothing is known of others"
            return Trouble(verdict=Verdict.ERROR, reason=Reason.SEEDS_MISSING, message=message)
    for who, runs in (("the candidate", mine), (label, theirs)):
        if len({run.source.digest for run in runs}) < len(runs) and any(run.predictions is None for run in runs):
            message = f"two seeds of {who} left the very same file: one of them was not trained"
            return Trouble(verdict=Verdict.ERROR, reason=Reason.SEEDS_MISSING, message=message)
    least = max(rule.seeds, 2)
    for who, runs in (("the candidate", mine), (label, theirs)):
        if len(runs) < least:
            message = f"{who} was trained with {len(runs)} seeds, and {least} are needed to say how seeds differ"
            return Trouble(verdict=Verdict.INCONCLUSIVE, reason=Reason.TOO_FEW_SEEDS, message=message)
    return None


def _other_rows(candidate: Evidence, other: Against) -> Trouble | None:
    """Values from metrics files do not say of which rows they are; the versions say on which test set they were."""
    runs = (*candidate.seeds, *other.evidence.seeds)
    if candidate.seeds_test_set == other.evidence.seeds_test_set or all(run.predictions is not None for run in runs):
        return None
    message = (
        f"the seeds of {other.label} were measured on another test set than the candidate's, and metrics files cannot "
        "be compared row by row; train its seeds again on this one, or let the recipe name predictions"
    )
    return Trouble(verdict=Verdict.ERROR, reason=Reason.NOT_COMPARABLE, message=message)


def _values(name: str, metric: Metric | None, mine: Sequence[SeedRun], theirs: Sequence[SeedRun]) -> _Values | Trouble:
    runs = (*mine, *theirs)
    if metric is not None and all(run.predictions is not None for run in runs):
        return _of_rows(metric, mine, theirs)
    found: list[list[float]] = [[], []]
    for values, arm in zip(found, (mine, theirs), strict=True):
        for run in arm:
            value = run.metrics.get(name)
            if value is None or not math.isfinite(value):
                message = f"{run.source.path} has no value of {name} for its seed"
                return Trouble(verdict=Verdict.ERROR, reason=Reason.METRIC_MISSING, message=message)
            if (why := outside(metric, name, value, run.source.path)) is not None:
                return Trouble(verdict=Verdict.ERROR, reason=Reason.VALUE_OUT_OF_RANGE, message=why)
            values.append(value)
    return _Values(ours=tuple(found[0]), theirs=tuple(found[1]), of_rows=None, rows=0)


def _of_rows(metric: Metric, mine: Sequence[SeedRun], theirs: Sequence[SeedRun]) -> _Values | Trouble:
    """Values of every seed, and the variance that rows add: the mean over pairs of seeds, one of each arm."""
    from seatrial.evidence.pairing import sample_of  # brings polars, which no start-up may pay for

    ours, others, spreads, rows = [], [], [], 0
    pairs = max(len(mine), len(theirs))
    try:
        for at in range(pairs):
            one, other = mine[at % len(mine)].predictions, theirs[at % len(theirs)].predictions
            assert one is not None  # noqa: S101 - the caller has looked
            (figure,) = Measuring(sample_of(one, other)).figures(metric)
            if figure.undefined is not None or figure.baseline is None or figure.apart is None:
                message = f"{metric.name} has no value for some seed: {figure.undefined}"
                return Trouble(verdict=Verdict.ERROR, reason=Reason.UNDEFINED, message=message)
            ours += [figure.candidate] if at < len(mine) else []
            others += [figure.baseline] if at < len(theirs) else []
            spreads.append(figure.apart.standard_error**2)
            rows = figure.apart.n
    except MetricError as error:
        return Trouble(verdict=Verdict.ERROR, reason=Reason(error.why.value), message=error.message)
    except EvidenceError as error:
        message = "; ".join(problem.message for problem in error.problems)
        return Trouble(verdict=Verdict.ERROR, reason=Reason.NOT_COMPARABLE, message=message)
    return _Values(ours=tuple(ours), theirs=tuple(others), of_rows=sum(spreads) / len(spreads), rows=rows)


def _finding(
    rule: Recipe, looking: Looking, other: Evidence, label: str, values: _Values, arms: Arms, *, higher: bool
) -> Finding:
    interval = arms.interval(alpha=rule.alpha)
    good = interval if higher else Interval(lower=-interval.upper, upper=-interval.lower)
    margin = rule.max_degradation
    threshold = -margin if higher else margin
    verdict = Verdict.PASS if good.lower > -margin else Verdict.FAIL if good.upper < -margin else Verdict.INCONCLUSIVE
    seeds = min(len(values.ours), len(values.theirs))
    needed = None
    if verdict is Verdict.INCONCLUSIVE:
        needed = arms.seeds_needed(margin=margin, alpha=rule.alpha, power=rule.power, seeds=seeds)
        needed = None if needed is not None and needed <= seeds else needed
    mean = sum(values.ours) / len(values.ours)
    return Finding(
        name=f"{Kind.RECIPE}.{rule.metric}",
        kind=Kind.RECIPE,
        metric=rule.metric,
        verdict=verdict,
        reason={
            Verdict.PASS: Reason.NOT_WORSE,
            Verdict.FAIL: Reason.WORSE,
            Verdict.INCONCLUSIVE: Reason.NEAR_THE_LIMIT if needed is None else Reason.TOO_FEW_SEEDS,
        }[verdict],
        message=_message(rule, label, values, arms, interval, threshold, verdict, needed),
        estimate=kept(arms.difference),
        interval=kept_interval(interval),
        threshold=threshold,
        n=seeds,
        n_needed=needed,
        method="seeds and rows, Welch" if values.of_rows is not None else "seeds, Welch",
        candidate=kept(mean),
        baseline=kept(sum(values.theirs) / len(values.theirs)),
        digests=_digests(looking, other),
        parts=_parts(looking.case.candidate.seeds, values.ours, "candidate")
        + _parts(other.seeds, values.theirs, "baseline"),
    )


def _message(
    rule: Recipe,
    label: str,
    values: _Values,
    arms: Arms,
    interval: Interval,
    threshold: float,
    verdict: Verdict,
    needed: int | None,
) -> str:
    ours, theirs = len(values.ours), len(values.theirs)
    mean = sum(values.ours) / ours
    side = "above" if arms.difference > 0 else "below"
    apart = f"{abs(arms.difference):.4f} {side} {label}" if arms.difference else f"the same as {label}"
    ends = wording.between(interval, rule.alpha, 4, limit=threshold)
    better = chance_of_better(values.ours, values.theirs)
    said = (
        f"{rule.metric} {mean:.4f} over {ours} seeds, {apart} over {theirs} ({ends}); a model of the candidate's "
        f"recipe has the higher value in {100 * better:.0f} % of pairs"
    )
    about = "" if values.of_rows is not None else ", on these test rows"
    margin = wording.exactly(rule.max_degradation, 3)
    match verdict:
        case Verdict.PASS:
            return f"{said}; the recipe is not worse by {margin} or more{about}"
        case Verdict.FAIL:
            return f"{said}; the recipe is worse by more than {margin}{about}"
        case _:
            cannot = f"{said}; that the recipe is not worse by {margin} or more cannot be shown{about}"
    if needed is not None:
        return f"{cannot}; about {needed} seeds on each side would decide"
    if arms.of_rows > arms.of_seeds:
        return f"{cannot}: the rows leave more open than the seeds do, so more rows are needed and not more seeds"
    return f"{cannot}: the difference lies close to the limit"


def _parts(runs: Sequence[SeedRun], values: Sequence[float], arm: str) -> tuple[Part, ...]:
    return tuple(Part(name=f"{arm} {run.name}", estimate=kept(value)) for run, value in zip(runs, values, strict=True))


def _plain(rule: Recipe, looking: Looking, other: Evidence | None, trouble: Trouble) -> Finding:
    less = _higher_is_better(rule, looking) is False
    return Finding(
        name=f"{Kind.RECIPE}.{rule.metric}",
        kind=Kind.RECIPE,
        metric=rule.metric,
        verdict=trouble.verdict,
        reason=trouble.reason,
        message=trouble.message,
        threshold=rule.max_degradation if less else -rule.max_degradation,
        n_needed=max(rule.seeds, 2) if trouble.reason is Reason.TOO_FEW_SEEDS else None,
        digests={} if other is None else _digests(looking, other),
    )


def _digests(looking: Looking, other: Evidence) -> dict[str, str]:
    return {
        f"{role}_{run.name}": run.source.digest
        for role, runs in (("candidate", looking.case.candidate.seeds), ("baseline", other.seeds))
        for run in runs
    }
