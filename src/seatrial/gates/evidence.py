"""What a gate is shown: the candidate's evidence, and the baseline as one of three cases.

Flows fill these records in; `judge.py` reads them. That there is no baseline is a case of its
own, with its reason: no gate may take silence for agreement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct, field

from seatrial.evidence.case_records import Answers, Cases
from seatrial.evidence.contract_records import ContractReport
from seatrial.evidence.own_result_records import OwnResults
from seatrial.evidence.preference_records import Preferences
from seatrial.evidence.records import LargePredictions, Metrics, Predictions, Source
from seatrial.evidence.timing_records import Measurement, Timings
from seatrial.stats.tango import PairedCounts


class Measured(Struct, frozen=True, kw_only=True):
    """One value of a metrics file, and the file."""

    value: float
    source: Source


class SeedRun(Struct, frozen=True, kw_only=True):
    """The same training with one seed: its predictions, or the values of its metrics file. `name` tells it from the
    others.
    """

    name: str
    source: Source
    predictions: Predictions | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)


class VotedAgainst(Struct, frozen=True, kw_only=True):
    """The model that preferences compare the candidate with, where a project keeps account of it: the digest of its
    artifact, None where the account does not say."""

    artifact: str | None


class Evidence(Struct, frozen=True, kw_only=True):
    """What is known of one model.

    `metrics` lists every measurement under its name: two files that both name a metric make it
    ambiguous, which only matters to a gate on that metric. `artifact` is the model's content
    digest, None for a model known by its rows alone, and `size` its bytes. Preferences, timings and the record of
    their measurement are of candidate and baseline together, and stand with the candidate. `unserved` says by the kind
    of a gate why the model could not be asked what that gate needs: then there is nothing for it to judge.
    `voted_against` is None where nobody keeps account, as on the command line. `seeds_test_set` identifies the test
    set that was there when the seeds were trained.
    """

    predictions: Predictions | LargePredictions | None = None
    metrics: Mapping[str, tuple[Measured, ...]] = field(default_factory=dict)
    artifact: str | None = None
    size: int | None = None
    answers: Answers | None = None
    preferences: Preferences | None = None
    timings: Timings | None = None
    measurement: Measurement | None = None
    contract: ContractReport | None = None
    custom: OwnResults | None = None
    unserved: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[SeedRun, ...] = ()
    seeds_test_set: str | None = None
    voted_against: VotedAgainst | None = None


class Present(Struct, frozen=True, kw_only=True):
    """There is a baseline. `label` names it in messages: `digits@3 (production)`."""

    evidence: Evidence
    label: str


class AbsentReason(StrEnum):
    """Why there is nothing to compare with."""

    NO_BASELINE = "no_baseline"
    BASELINE_ABSENT = "baseline_absent"
    NOT_RESCORED = "not_rescored"
    NOT_GIVEN = "baseline_not_given"


class Absent(Struct, frozen=True, kw_only=True):
    """There is no baseline, and nobody said that this is the first model.

    `NO_BASELINE`: no version holds the alias; an ERROR. `BASELINE_ABSENT`: the main branch has
    no configuration to make one from; INCONCLUSIVE. `NOT_RESCORED`: there is one, and it could not
    be evaluated on the candidate's rows; an ERROR. `NOT_GIVEN`: there may be one, and a stranger's run is not shown it;
    INCONCLUSIVE. `message` and `next_step` replace the usual
    words where the caller knows more; `next_steps` do so for single kinds of gate, each of which may
    need another file of the baseline.
    """

    reason: AbsentReason
    message: str | None = None
    next_step: str | None = None
    next_steps: Mapping[str, str] = field(default_factory=dict)


class LeftOut(Struct, frozen=True, kw_only=True):
    """The user declared this the first model: gates against a baseline are not judged at all."""


Baseline: TypeAlias = Present | Absent | LeftOut


class Case(Struct, frozen=True, kw_only=True):
    """All that is put before the gates.

    `anchor` is an older model that none may fall too far behind, where one was set. `more` are rows beyond the test set
    of which only those were labelled that candidate and baseline answer differently: they say nothing of either
    accuracy, and all of their difference. `cases` are the test cases that the set names, read beforehand.
    """

    candidate: Evidence
    baseline: Baseline
    anchor: Baseline | None = None
    more: PairedCounts | None = None
    cases: Cases | None = None


def collect(files: Iterable[Metrics]) -> dict[str, tuple[Measured, ...]]:
    """The measurements of several metrics files by name, in the order of the files."""
    measured: dict[str, tuple[Measured, ...]] = {}
    for file in files:
        for name, value in file.values.items():
            measured[name] = (*measured.get(name, ()), Measured(value=value, source=file.source))
    return measured
