"""What a report says, as data: the flows fill this in, the renderers beside it only lay it out.

The same value is stored as `report.json` in the run's folder, so that `seatrial report`
can render an old run again without the work tree that made it. Strings here may come from
users (stage names, metric names, messages); escaping is the renderers' duty.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.report.plot_facts import PlotFact
from seatrial.verdict import Decision, Finding, Verdict, strictest

UNREADABLE = "check.unreadable"
"""The finding of a check of data that could not be made, or not be read."""
DATA = "data"
TRIAL = "overfit-one-batch"
"""What a stage can judge, by the names of the built-in stages that do."""
MOST_FINDINGS = 50
"""Findings of one check in a report; its record has all."""
MOST_LOG_LINES = 15
MOST_LOG_BYTES = 4_096
"""Of the end of a log in a report; the file has the whole."""
STATISTICS = ("column", "type", "nulls", "distinct", "least", "mean", "greatest", "most frequent")


class StageFact(Struct, frozen=True, kw_only=True):
    """What became of one stage (or matrix cell).

    `action` is `ran`, `reused`, `failed`, `blocked` (a producer failed, or a cheap stage), `deferred` (put off:
    no such device, no time), `missing` (no machine did it) or `used` (ran, but not published because its inputs changed
    meanwhile). `reason` says why in one line. Seconds are wall and CPU of the command; `saved` is the
    wall time a reuse spared; `peak_memory` is in bytes; `attempts` counts starts of the command. `waited`
    is how long it waited for what others held, `waited_for` what that was. `unpinned` are the
    first paths outside of the repository that it was seen to read and that nothing pins. `gpus` is how many devices it
    asked for. `log_end` are the last lines of the log of one that failed.
    """

    name: str
    action: str
    reason: str
    wall: float | None = None
    cpu: float | None = None
    peak_memory: int | None = None
    saved: float | None = None
    log: str | None = None
    attempts: int = 1
    waited: float | None = None
    waited_for: str | None = None
    unpinned: tuple[str, ...] = ()
    gpus: int = 0
    log_end: tuple[str, ...] = ()


class MetricFact(Struct, frozen=True, kw_only=True):
    """One metric of the candidate beside the baseline. `difference` is candidate minus baseline,
    `interval` its confidence interval, both None where only point values exist, `level` its confidence (0.9). `group`
    names a slice of the rows, `n` how many rows were counted. `better` is `higher` or `lower`, None where nobody
    knows."""

    name: str
    candidate: float | None
    baseline: float | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    group: str | None = None
    n: int | None = None
    level: float | None = None
    better: str | None = None


class FootprintFact(Struct, frozen=True, kw_only=True):
    """What a model costs whoever runs it, beside the baseline: the bytes of its artifact, how long it takes to answer,
    its memory. `unit` is `bytes` or `ms`; a figure is None where nobody measured it."""

    name: str
    unit: str
    candidate: float | None = None
    baseline: float | None = None


class CurveFact(Struct, frozen=True, kw_only=True):
    """One column of a curves file: values in step order, NaN where it diverged."""

    name: str
    values: tuple[float, ...]
    diverged_at: float | None = None


class TestsFact(Struct, frozen=True, kw_only=True):
    """A JUnit file, counted."""

    name: str
    passed: int
    failed: int
    errors: int
    skipped: int
    troubles: tuple[str, ...] = ()


class UnderBaseFact(Struct, frozen=True, kw_only=True):
    """The same model under the gates that the base of a change has, where the change alters them. `label` names the
    base.
    """

    label: str
    gate_set: str
    verdict: Verdict
    decision: Decision
    findings: tuple[Finding, ...]


class PlaceFact(Struct, frozen=True, kw_only=True):
    """The line of a gates file that asked for a finding, by the finding's name."""

    finding: str
    file: str
    line: int


class ModelFact(Struct, frozen=True, kw_only=True):
    """One model judged. `baseline` names what it was compared with (`digits@3 (production)`,
    `main at 1a2b3c4`), None when there was nothing. `rescored` says why the baseline's rows were
    made again, None when the stored ones fitted. `under_base` is its judgement under the gates of the base, where the
    change alters gates. `footprint` is its size, and its speed where it was served. `places` are the lines that asked
    for the findings, as far as they are known."""

    name: str
    gate_set: str
    verdict: Verdict
    decision: Decision
    findings: tuple[Finding, ...]
    metrics: tuple[MetricFact, ...] = ()
    baseline: str | None = None
    rescored: str | None = None
    registered: int | None = None
    promoted_to: str | None = None
    under_base: UnderBaseFact | None = None
    footprint: tuple[FootprintFact, ...] = ()
    places: tuple[PlaceFact, ...] = ()


class ExampleFact(Struct, frozen=True, kw_only=True):
    """One row that breaks a rule: its number, from 0 over the whole dataset, and some of its values."""

    row: int
    cells: tuple[str, ...]


class ExamplesFact(Struct, frozen=True, kw_only=True):
    """Rows that a finding about data points at; those of sensitive columns are masked."""

    check: str
    column: str | None
    columns: tuple[str, ...]
    rows: tuple[ExampleFact, ...]


class DetailFact(Struct, frozen=True, kw_only=True):
    """What is known of a finding about data besides: its severity (`error` or `warning`), its figures in words, and
    the line of the contract that asked for it."""

    severity: str
    figures: str = ""
    file: str | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """`contract.yaml:12`, or nothing."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}"


class CheckFact(Struct, frozen=True, kw_only=True):
    """What a stage (`name`) judged: a dataset, or where `judges` says so the training of `dataset` on one batch, whose
    `rows` are then the steps that it took. `findings` are those that are no PASS, the gravest first, and at most
    `MOST_FINDINGS`, each with the detail at its place in `details`; `left_out` counts the others, `passed` those that
    are PASS. `distributions` are rows of column, current, reference and the ends of the axis; `statistics` are rows
    of `STATISTICS`, a column of the dataset each."""

    name: str
    dataset: str
    identity: str
    rows: int
    verdict: Verdict
    decision: Decision
    findings: tuple[Finding, ...]
    passed: int
    details: tuple[DetailFact, ...] = ()
    left_out: int = 0
    next_step: str | None = None
    examples: tuple[ExamplesFact, ...] = ()
    distributions: tuple[tuple[str, ...], ...] = ()
    statistics: tuple[tuple[str, ...], ...] = ()
    judges: str = DATA

    @property
    def grave(self) -> tuple[Verdict, ...]:
        """What decides the exit code: verdicts of findings that are more than warnings; of a check without findings
        in detail, its own."""
        if not self.details:
            return (self.verdict,)
        return tuple(finding.verdict for finding, detail in self.told if detail.severity == "error")

    @property
    def told(self) -> tuple[tuple[Finding, DetailFact], ...]:
        """Each finding with its detail."""
        return tuple(zip(self.findings, self.details, strict=True))


class PathFact(Struct, frozen=True, kw_only=True):
    """A stage on the critical path of a forecast: its seconds there, and their share of the whole."""

    stage: str
    seconds: float
    share: float


class ForecastFact(Struct, frozen=True, kw_only=True):
    """What the stages of a run were expected to take before it, and what they took.

    Seconds of wall time. `cells` were expected to run, `unknown` are those without history, which
    count as no time. `bases` names, by stage, whose observations stood in for its own. `fit` is `fits`,
    `may_not`, `will_not` or `unknown`, None without a `budget`; `over` says what the tier does then.
    `blame` is the stage without which the run would be `gain` seconds shorter; `alone`: one cell
    of it exceeds the budget. Once `took` is known, `over_by` and the blame are those of the run itself, and
    `complete` says whether all that was expected to run ended well.
    """

    p50: float
    p90: float
    cells: int
    unknown: tuple[str, ...] = ()
    path: tuple[PathFact, ...] = ()
    bases: tuple[tuple[str, str], ...] = ()
    budget: float | None = None
    over: str | None = None
    fit: str | None = None
    over_by: float = 0.0
    blame: str | None = None
    gain: float = 0.0
    alone: bool = False
    took: float | None = None
    complete: bool = True


class DebtFact(Struct, frozen=True, kw_only=True):
    """What a run has put off. `merge` is what its tier says to that (`allow`, `block`, `queue`); `held`: it therefore
    waits, and `lifted_by` is a sentence on what ends that. `gpu_hours` are those of the cells that ask for devices,
    `hours` those of the others, as far as history knows; `unknown` counts the cells that it does not know."""

    merge: str = "allow"
    held: bool = False
    gpu_hours: float | None = None
    hours: float | None = None
    unknown: int = 0
    lifted_by: str | None = None


class SelectionFact(Struct, frozen=True, kw_only=True):
    """How often the selection was wrong, by the audits of this project: of `audited` cells that were left out and run
    all the same, `misses` should not have been. The share of misses lies below `misses_below` with 95 % confidence;
    `recall` is the share of the others, with its exact interval."""

    audited: int
    misses: int
    misses_below: float
    recall: float
    interval: tuple[float, float]
    not_judged: int = 0


class UnpromotedFact(Struct, frozen=True, kw_only=True):
    """A promotion that the tier asks for and that did not take place. `kind` says what keeps it: `blocked`, `fix`,
    `held`, `conflict` (somebody was faster) or `outside` (a system failed)."""

    kind: str
    reason: str
    model: str = ""


class RunFacts(Struct, frozen=True, kw_only=True):
    """One run, whole. `started` is an ISO instant, `seconds` wall time; `repeat` the command that
    repeats it, `next_step` what to type now. `warnings` are sentences for people. `debt` is None when nothing was
    put off, `selection` when nothing was audited. `plots` are its pictures, as figures. `named` are the stages
    that the user named, where nothing is judged, `overridden` the parameters set on the command line."""

    project: str
    run: str
    started: str
    seconds: float
    repeat: str
    commit: str | None = None
    dirty: bool = False
    tier: str | None = None
    machine: str = ""
    models: tuple[ModelFact, ...] = ()
    checks: tuple[CheckFact, ...] = ()
    stages: tuple[StageFact, ...] = ()
    curves: tuple[CurveFact, ...] = ()
    tests: tuple[TestsFact, ...] = ()
    warnings: tuple[str, ...] = ()
    next_step: str | None = None
    forecast: ForecastFact | None = None
    debt: DebtFact | None = None
    selection: SelectionFact | None = None
    unpromoted: tuple[UnpromotedFact, ...] = ()
    named: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    plots: tuple[PlotFact, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What decides the exit code, besides decisions: the verdict of each finding that counts."""
        models = (finding.verdict for model in self.models for finding in model.findings)
        return (*models, *(verdict for check in self.checks for verdict in check.grave))

    @property
    def decision(self) -> Decision | None:
        """The strictest decision over all judged models and data, None when nothing was judged."""
        return strictest(one.decision for one in self.judged)

    @property
    def missing(self) -> tuple[str, ...]:
        """The cells that no machine did, in a run put together from parts."""
        return tuple(stage.name for stage in self.stages if stage.action == "missing")

    @property
    def held_by_debt(self) -> bool:
        """Whether the tier lets nothing be merged that has something put off, and something was."""
        return self.debt is not None and self.debt.held

    @property
    def judged(self) -> tuple[ModelFact | CheckFact, ...]:
        """All that was judged: models first, then data."""
        return (*self.models, *self.checks)

    @property
    def broken(self) -> tuple[StageFact, ...]:
        """Stages whose command failed. One that failed because the data it judges did has a verdict of its own."""
        judged = {check.name for check in self.checks}
        return tuple(stage for stage in self.stages if stage.action == "failed" and stage.name not in judged)
