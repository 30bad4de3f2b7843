"""What `seatrial gate` does with the files it was given: read them, and judge or plan.

Called by `gate` alone, and loaded by it only when it runs: this module brings tables and numerics with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from seatrial.cli.to_label import More
from seatrial.config.gate_rules.amounts_of_change import percentage
from seatrial.config.gates import load_gates
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import Place, UsageError
from seatrial.evidence.answers import read_answers
from seatrial.evidence.case_records import Cases
from seatrial.evidence.cases import read_cases
from seatrial.evidence.contract_report import read_contract_report
from seatrial.evidence.large_rows import read_rows
from seatrial.evidence.measurement import read_measurement
from seatrial.evidence.metrics import read_metrics
from seatrial.evidence.own_results import read_own_results
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions
from seatrial.evidence.preferences import read_preferences
from seatrial.evidence.reading import size_of
from seatrial.evidence.timing_records import Measurement
from seatrial.evidence.timings import read_timings
from seatrial.gates.behavioral.matchers.table import faults
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.choice import choose
from seatrial.gates.codes import Kind
from seatrial.gates.comparison import ACCURACY
from seatrial.gates.evidence import Absent, AbsentReason, Baseline, Case, Evidence, LeftOut, Present, SeedRun, collect
from seatrial.gates.judge import judge
from seatrial.gates.judgement import Judgement, conclude
from seatrial.gates.looking import Looking
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Comparing, GateSet, Regression
from seatrial.gates.power.outlook import Outlook
from seatrial.gates.power.plan import outlooks
from seatrial.replacing import replace
from seatrial.stats.tango import PairedCounts

_Record = TypeVar("_Record")


_ROWS = ("candidate", "production", "columns")


class Asked(Struct, frozen=True, kw_only=True):
    """The files of one command line."""

    candidate: Path | None
    production: Path | None
    anchor: Path | None
    columns: Columns
    metrics: tuple[Path, ...] = ()
    answers: Path | None = None
    production_answers: Path | None = None
    preferences: Path | None = None
    timings: Path | None = None
    measurement: Path | None = None
    contract: Path | None = None
    seed_runs: tuple[Path, ...] = ()
    production_seed_runs: tuple[Path, ...] = ()
    custom: Path | None = None
    artifact: Path | None = None
    production_artifact: Path | None = None

    def anything_beside_rows(self) -> bool:
        """Whether a file is named that is not one of the two models' predictions."""
        named = (getattr(self, name) for name in self.__struct_fields__ if name not in _ROWS)
        return any(named)

    def anything_of_candidate(self) -> bool:
        """Whether there is anything to judge."""
        files = (
            self.candidate,
            self.answers,
            self.preferences,
            self.timings,
            self.measurement,
            self.custom,
            self.contract,
        )
        return bool(self.metrics or self.artifact or self.custom or self.seed_runs) or any(
            file is not None for file in files
        )


def gate_set_of(path: Path | None, name: str | None, margin: str | None) -> GateSet:
    """The set that was meant: one of a file, or that of `--fail-if-worse-than`. Raises UsageError, ConfigError."""
    if (path is None) == (margin is None):
        raise UsageError(
            "a gate set is needed, and only one" if path is None else "--fail-if-worse-than is a gate set of its own",
            next_step="name a file with --gates, or a margin with --fail-if-worse-than 0.02; not both",
        )
    if margin is not None:
        if name is not None:
            raise UsageError("--set names a set of a file", next_step="add --gates FILE, or leave --set out")
        return _of_margin(margin)
    assert path is not None  # noqa: S101 - one of the two is there
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the gates file cannot be read: {error.strerror or error}",
            place=Place(file=str(path)),
            next_step="name an existing file with --gates",
        ) from error
    return choose(load_gates(data, str(path)), name, str(path))


def refuse_unused(gate_set: GateSet, asked: Asked, more: More, *, power: bool, disagreement: float | None) -> None:
    """Raises UsageError for options that would change nothing: whoever gave them meant something."""
    unlabelled = more.candidate is not None or more.production is not None
    labels = more.to_label is not None or more.labelled is not None
    refusals = (
        (disagreement is not None and not power, "--disagreement is for --power", "add --power, or leave it out"),
        (
            power and (labels or asked.anything_beside_rows()),
            "--power judges nothing and looks at predictions alone, so labels and files of other evidence have no use",
            "leave them out, or --power",
        ),
        (
            unlabelled and not labels,
            "rows without labels are there to be labelled",
            "add --to-label FILE, or --labelled FILE with their labels",
        ),
        (
            more.to_label is not None and more.labelled is not None,
            "--to-label and --labelled are two steps",
            "judge with --labelled first; with --to-label other rows are drawn",
        ),
        (
            asked.anchor is not None and gate_set.anchor_alias is None,
            f"the set {gate_set.name} has no anchor",
            "write `anchor: {max_degradation: ...}` under its `regression`, or leave --anchor out",
        ),
        (
            labels and not _compares_accuracy(gate_set, asked),
            "labels of rows that differ decide a comparison of accuracies by an absolute margin, without clusters",
            "use a regression gate on accuracy with a margin such as 0.01",
        ),
    )
    for refused, message, step in refusals:
        if refused:
            raise UsageError(message, next_step=step)


def _compares_accuracy(gate_set: GateSet, asked: Asked) -> bool:
    rule = None if gate_set.regression is None else gate_set.regression.comparing
    if rule is None or asked.columns.cluster is not None:
        return False
    named = rule.metrics or tuple(rule.margins) or tuple(gate_set.performance)
    margin = rule.margins.get(ACCURACY) or rule.margin
    return (not named or ACCURACY in named) and margin is not None and not margin.relative


def _of_margin(text: str) -> GateSet:
    share = percentage(text)
    try:
        value = float(text) if share is None else share
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise UsageError(
            f"--fail-if-worse-than {text} is no margin",
            next_step="write points of accuracy such as 0.02, or a share of production's such as 2%",
        )
    rule = Comparing(margin=Margin(value=value, relative=share is not None))
    return GateSet(name="fail-if-worse-than", regression=Regression(comparing=rule))


def judge_files(gate_set: GateSet, asked: Asked, more: PairedCounts | None) -> Judgement:
    """Judge the candidate. Raises EvidenceError, UsageError."""
    if not asked.anything_of_candidate():
        raise UsageError(
            "there is nothing to judge",
            next_step=f"name what the gates of {gate_set.name} look at: {_wanted(gate_set)}",
        )
    older = None if asked.anchor is None else Present(evidence=_rows(asked.anchor, asked.columns), label="the anchor")
    candidate = _candidate(asked)
    production = _production(asked, candidate.measurement)
    findings = judge(gate_set, candidate, production, anchor=older, more=more, cases=_cases(gate_set.behavioral))
    return conclude(gate_set, findings)


def _wanted(gate_set: GateSet) -> str:
    """The options that name what the gates of a set look at."""
    options = {
        "--candidate": any(_rows_of(gate_set)),
        "--answers": gate_set.behavioral is not None,
        "--preferences": gate_set.preference is not None,
        "--timings": gate_set.latency is not None,
        "--measurement": gate_set.latency is not None or gate_set.memory is not None,
        "--artifact": gate_set.size is not None,
        "--contract": gate_set.contract is not None,
        "--seed-run": gate_set.recipe is not None,
        "--custom": gate_set.custom is not None,
    }
    return ", ".join(option for option, asked in options.items() if asked)


def _rows_of(gate_set: GateSet) -> tuple[object, ...]:
    """The rules that look at rows, None or empty where the set has none."""
    return gate_set.performance, gate_set.regression, gate_set.slices, gate_set.fairness, gate_set.calibration


def _candidate(asked: Asked) -> Evidence:
    shown = Evidence() if asked.candidate is None else _rows(asked.candidate, asked.columns)
    return replace(
        shown,
        metrics=collect(read_metrics(path, shown=str(path)) for path in asked.metrics),
        answers=_read(asked.answers, read_answers),
        preferences=_read(asked.preferences, read_preferences),
        timings=_read(asked.timings, read_timings),
        measurement=_read(asked.measurement, read_measurement),
        contract=_read(asked.contract, read_contract_report),
        custom=_read(asked.custom, read_own_results),
        seeds=tuple(_seed_run(path, asked.columns) for path in asked.seed_runs),
        size=None if asked.artifact is None else size_of(asked.artifact),
    )


_STEPS: Mapping[str, str] = {
    Kind.BEHAVIORAL: "name its answers to the cases with --production-answers",
    Kind.PREFERENCE: "name a judge's preferences between both models with --preferences",
    Kind.LATENCY: "measure both models, and name their requests with --timings and the record with --measurement",
    Kind.MEMORY: "measure both models, and name the record with --measurement",
    Kind.SIZE: "name its file or folder with --production-artifact",
    Kind.RECIPE: "name its trainings with --production-seed-run, once for each seed",
}
"""What gives a baseline to gates that look at other files than predictions."""


def _production(asked: Asked, measurement: Measurement | None) -> Baseline:
    """Production as a baseline. What is of both models at once says that there is one: preferences, timings, and a
    measurement of both."""
    known = (asked.production, asked.production_answers, asked.production_artifact, asked.preferences, asked.timings)
    measured = measurement is not None and measurement.baseline is not None
    if all(each is None for each in known) and not asked.production_seed_runs and not measured:
        step = "name the production model's predictions with --production"
        return Absent(reason=AbsentReason.NO_BASELINE, next_step=step, next_steps=_STEPS)
    shown = Evidence() if asked.production is None else _rows(asked.production, asked.columns)
    shown = replace(
        shown,
        answers=_read(asked.production_answers, read_answers),
        seeds=tuple(_seed_run(path, asked.columns) for path in asked.production_seed_runs),
        size=None if asked.production_artifact is None else size_of(asked.production_artifact),
    )
    return Present(evidence=shown, label="production")


def _cases(rule: Behavioral | None) -> Cases | None:
    """The test cases that a set names, by paths from where the command runs."""
    if rule is None:
        return None
    return read_cases([Path(path) for path in rule.test_cases], check=faults, yaml=parse_yaml)


def _seed_run(path: Path, columns: Columns) -> SeedRun:
    """One seed's file, told by its suffix: metrics in .json, predictions in anything else."""
    if path.suffix.lower() == ".json":
        found = read_metrics(path, shown=str(path))
        return SeedRun(name=str(path), source=found.source, metrics=found.values)
    rows = read_predictions(path, columns, shown=str(path))
    return SeedRun(name=str(path), source=rows.source, predictions=rows)


def _read(path: Path | None, reader: Callable[..., _Record]) -> _Record | None:
    return None if path is None else reader(path, shown=str(path))


def plan_files(gate_set: GateSet, asked: Asked, disagreement: float | None) -> tuple[Outlook, ...]:
    """What the set can decide with the rows of production, and of a candidate where one is named."""
    if disagreement is not None and not 0 < disagreement < 1:
        raise UsageError("--disagreement is a share of rows", next_step="write e.g. --disagreement 0.05")
    known = [path for path in (asked.candidate, asked.production) if path is not None]
    cases = _cases(gate_set.behavioral)
    if not known and any(_rows_of(gate_set)):
        raise UsageError(
            "which rows a gate would see is not known", next_step="name production's predictions with --production"
        )
    first, *rest = [_rows(path, asked.columns) for path in known] or [Evidence()]
    baseline = Present(evidence=rest[0], label="production") if rest else LeftOut()
    return outlooks(
        gate_set, Looking(gate_set, Case(candidate=first, baseline=baseline, cases=cases)), disagreement=disagreement
    )


def _rows(path: Path, columns: Columns) -> Evidence:
    return Evidence(predictions=read_rows(path, columns, shown=str(path)))
