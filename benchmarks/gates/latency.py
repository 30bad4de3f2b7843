"""How often the latency gate errs, by simulation, beside the rules it was chosen over.

    python -m benchmarks.gates.latency [--replicates N] [--peers] [--seed S]

Each replicate is a whole judgement. Two questions. Of a limit that is the true figure: how often does the gate pass
it, how often fail it (5 % each are promised)? Of a comparison with a margin of 10 %: how often does a model pass that
is slower by exactly that (5 % promised), or by 20 %, and how often is an equally fast one passed and blocked? With
`--peers` the comparison is also made by the two figures alone, by a block bootstrap of pairs (`stats/block_bootstrap`)
and by Harrell and Davis's quantile with the jackknife.

Waits are lognormal (sigma 0.5) with neighbours as named: independent; autoregressive; both models in the same
disturbance, asked in turn; runs of ten slow answers that make 2 %; a candidate with a lighter body and a heavier tail.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.evidence.records import Source
from seatrial.evidence.timing_records import Requests, Timings
from seatrial.gates.evidence import Evidence, LeftOut, Present
from seatrial.gates.latency.judge import judge
from seatrial.gates.latency.policy import QUANTILES, Figure, Latency, Limit
from seatrial.gates.margin import Margin
from seatrial.stats.block_bootstrap import block_length, log_quantile_ratio
from seatrial.stats.dependence import paired_inflation
from seatrial.verdict import Finding, Verdict

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], tuple[Floats, Floats]]

MARGIN = 0.1
SIZES = (200, 500, 1_000, 2_000, 5_000)
FIGURES = (Figure.P50, Figure.P95, Figure.P99, Figure.MEAN)
SIGMA = 0.5
_SLOW, _RUN, _FACTOR, _NARROW = 0.02, 10, 4.0, 0.3
_NORMAL = NormalDist()


class Setting(Struct, frozen=True, kw_only=True):
    """One way in which waits come: pairs of sequences whose marginals are `candidate` and `baseline`."""

    name: str
    draw: Draw
    candidate: str = "lognormal"
    baseline: str = "lognormal"


def autoregressive(generator: np.random.Generator, n: int, tie: float) -> Floats:
    """Standard normal values, each tied to the one before."""
    values = generator.standard_normal(n)
    scale = math.sqrt(1 - tie * tie)
    for at in range(1, n):
        values[at] = tie * values[at - 1] + scale * values[at]
    return values


def _tied(tie: float) -> Draw:
    def draw(generator: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        one, other = autoregressive(generator, n, tie), autoregressive(generator, n, tie)
        return np.exp(SIGMA * one), np.exp(SIGMA * other)

    return draw


def _shared(tie: float) -> Draw:
    def draw(generator: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        both = np.exp(SIGMA * autoregressive(generator, 2 * n, tie))
        return both[::2], both[1::2]

    return draw


def _runs(generator: np.random.Generator, n: int) -> Floats:
    leave, enter = 1 / _RUN, _SLOW / (1 - _SLOW) / _RUN
    chances = generator.random(n)
    slow = np.zeros(n, dtype=bool)
    slow[0] = chances[0] < _SLOW
    for at in range(1, n):
        slow[at] = chances[at] > leave if slow[at - 1] else chances[at] < enter
    return np.exp(_NARROW * generator.standard_normal(n)) * np.where(slow, _FACTOR, 1.0)


def _in_runs(generator: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    return _runs(generator, n), _runs(generator, n)


def _other_shape(generator: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    slow = generator.random(n) < _SLOW
    spiky = np.exp(_NARROW * generator.standard_normal(n)) * np.where(slow, _FACTOR, 1.0)
    return spiky, np.exp(SIGMA * generator.standard_normal(n))


SETTINGS = (
    Setting(name="independent", draw=_tied(0.0)),
    Setting(name="autoregressive 0.3", draw=_tied(0.3)),
    Setting(name="autoregressive 0.6", draw=_tied(0.6)),
    Setting(name="autoregressive 0.9", draw=_tied(0.9)),
    Setting(name="shared disturbance 0.6", draw=_shared(0.6)),
    Setting(name="shared disturbance 0.95", draw=_shared(0.95)),
    Setting(name="runs of ten slow ones", draw=_in_runs, candidate="spiky", baseline="spiky"),
    Setting(name="another shape", draw=_other_shape, candidate="spiky"),
)


def truth(marginal: str, figure: Figure) -> float:
    """The true figure of a marginal: the scale is chosen so that the lognormal's median is 1."""
    if marginal == "lognormal":
        return math.exp(SIGMA**2 / 2) if figure is Figure.MEAN else math.exp(SIGMA * _NORMAL.inv_cdf(QUANTILES[figure]))
    if figure is Figure.MEAN:
        return math.exp(_NARROW**2 / 2) * (1 + _SLOW * (_FACTOR - 1))
    low, high = 0.01, 100.0
    for _ in range(200):
        middle = math.sqrt(low * high)
        body, tail = (_NORMAL.cdf(math.log(middle / factor) / _NARROW) for factor in (1.0, _FACTOR))
        low, high = (middle, high) if (1 - _SLOW) * body + _SLOW * tail < QUANTILES[figure] else (low, middle)
    return low


def _requests(waits: Floats, first: int) -> Requests:
    n = len(waits)
    return Requests(order=tuple(range(first, 2 * n, 2)), ms=tuple(waits.tolist()), ok=(True,) * n)


def _judged(rule: Latency, candidate: Floats, baseline: Floats | None) -> tuple[Finding, ...]:
    """The findings but the first, which is about failures."""
    timings = Timings(
        source=Source(path="simulated", digest="b3:"),
        candidate=_requests(candidate, 0),
        baseline=None if baseline is None else _requests(baseline, 1),
    )
    known = LeftOut() if baseline is None else Present(evidence=Evidence(), label="the baseline")
    return judge(rule, timings, None, known)[1:]


def limits(setting: Setting, n: int, replicates: int, seed: int) -> dict[Figure, tuple[float, float, float]]:
    """Of limits that are the true figures: shares of PASS, FAIL and INCONCLUSIVE."""
    generator = np.random.default_rng(seed)
    rule = Latency(limits={figure: Limit(value=truth(setting.candidate, figure)) for figure in FIGURES})
    told = [
        [finding.verdict for finding in _judged(rule, setting.draw(generator, n)[0], None)] for _ in range(replicates)
    ]
    return {figure: _shares([each[at] for each in told]) for at, figure in enumerate(FIGURES)}


def _shares(verdicts: list[Verdict]) -> tuple[float, float, float]:
    passed, failed = (verdicts.count(verdict) / len(verdicts) for verdict in (Verdict.PASS, Verdict.FAIL))
    return passed, failed, 1 - passed - failed


class Compared(Struct, frozen=True, kw_only=True):
    """Of one rule: how often a model passes that is slower by the margin, by 20 %, or not at all, and how often an
    equally fast one is blocked."""

    at_margin: float
    at_twenty: float
    equal: float
    blocked: float


def comparisons(
    setting: Setting, n: int, replicates: int, seed: int, *, peers: bool
) -> dict[Figure, dict[str, Compared]]:
    """Of a margin of 10 %, by rule. One draw serves all true increases: bounds move with a factor on the waits."""
    generator = np.random.default_rng(seed)
    found: dict[Figure, dict[str, list[tuple[float, float]]]] = {figure: {} for figure in FIGURES}
    for replicate in range(replicates):
        one, other = setting.draw(generator, n)
        for figure in FIGURES:
            scale = truth(setting.baseline, figure) / truth(setting.candidate, figure)
            for name, bounds in _bounds(one * scale, other, figure, replicate, peers=peers):
                found[figure].setdefault(name, []).append(bounds)
    return {figure: {name: _compared(told) for name, told in rules.items()} for figure, rules in found.items()}


def _compared(told: list[tuple[float, float]]) -> Compared:
    lower, upper = np.array(told).T
    margin = math.log1p(MARGIN)
    return Compared(
        at_margin=float(np.mean(upper < 0)),
        at_twenty=float(np.mean(upper + math.log(1.2) < margin)),
        equal=float(np.mean(upper < margin)),
        blocked=float(np.mean(lower > margin)),
    )


def _bounds(
    one: Floats, other: Floats, figure: Figure, replicate: int, *, peers: bool
) -> Iterator[tuple[str, tuple[float, float]]]:
    """Lower and upper bound of the logarithm of the increase, by each rule."""
    rule = Latency(max_increase={figure: Margin(value=MARGIN, relative=True)})
    (finding,) = _judged(rule, one, other)
    lower, upper = finding.interval or (-math.inf, math.inf)
    yield "this gate", (math.log1p(lower) if lower > -1 else -math.inf, math.log1p(upper))
    if not peers:
        return
    seen = math.log1p(finding.estimate or 0.0)
    yield "two figures", (seen, seen)
    if figure is Figure.MEAN:
        return
    share, tie = QUANTILES[figure], paired_inflation(one.tolist(), other.tolist())
    block = block_length(len(one), tie)
    drawn = log_quantile_ratio(one, other, share, alpha=0.05, seed=replicate, block=block, replicates=399)
    yield "block bootstrap", (drawn.lower, drawn.upper)
    yield "Harrell-Davis", _harrell_davis(one, other, share, tie)


def _harrell_davis(one: Floats, other: Floats, share: float, tie: float) -> tuple[float, float]:
    """Harrell and Davis (1982), Biometrika 69:635, with the jackknife's variance on the scale of logarithms."""
    parts = [_jackknifed(np.sort(waits), share) for waits in (one, other)]
    seen = parts[0][0] - parts[1][0]
    half = 1.6449 * math.sqrt((parts[0][1] + parts[1][1]) * tie)
    return seen - half, seen + half


def _jackknifed(ordered: Floats, share: float) -> tuple[float, float]:
    n = len(ordered)
    full, less = _weights(n, share), _weights(n - 1, share)
    before = np.concatenate([[0.0], np.cumsum(less * ordered[:-1])])
    after = np.concatenate([[0.0], np.cumsum(less * ordered[1:])])
    without = np.log(before + after[-1] - after)
    return math.log(float(full @ ordered)), float((n - 1) / n * ((without - without.mean()) ** 2).sum())


_KNOWN: dict[tuple[int, float], Floats] = {}


def _weights(n: int, share: float) -> Floats:
    if (n, share) not in _KNOWN:
        from scipy.special import betainc  # a peer's arithmetic, not ours

        edges = betainc((n + 1) * share, (n + 1) * (1 - share), np.arange(n + 1) / n)
        _KNOWN[n, share] = np.diff(edges)
    return _KNOWN[n, share]


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description="How often the latency gate errs.")
    parser.add_argument("--replicates", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    given = parser.parse_args()
    print("| waits | n | figure | limit is the truth: PASS / FAIL / INCONCLUSIVE |\n|---|---|---|---|")
    for setting in SETTINGS[:4] + SETTINGS[6:7]:
        for n in given.sizes:
            for figure, shares in limits(setting, n, given.replicates, given.seed).items():
                verdicts = " / ".join(f"{share:.3f}" for share in shares)
                print(f"| {setting.name} | {n:,} | {figure} | {verdicts} |", flush=True)
    print("\n| waits | n | figure | rule | slower by 10 %: PASS | by 20 %: PASS | equal: PASS | equal: FAIL |")
    print("|---|---|---|---|---|---|---|---|")
    for setting in SETTINGS:
        for n in given.sizes:
            for figure, rules in comparisons(setting, n, given.replicates, given.seed, peers=given.peers).items():
                for name, told in rules.items():
                    cells = f"{told.at_margin:.3f} | {told.at_twenty:.3f} | {told.equal:.3f} | {told.blocked:.3f}"
                    print(f"| {setting.name} | {n:,} | {figure} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
