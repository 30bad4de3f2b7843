"""What the behavioral gate is given of one model, and whether it answers the cases at all.

Flows fill in `Given`. `answers_to` finds the answers of every case or says why there are none to judge: an
answer that is not there is an ERROR with the ids named, never a case that is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from seatrial.errors import some_of
from seatrial.evidence.case_records import Answers, Cases
from seatrial.evidence.predicted_answers import answers_from
from seatrial.evidence.records import LargePredictions, Predictions
from seatrial.gates.codes import Reason
from seatrial.gates.quoting import shown
from seatrial.replacing import replace

_SHOWN = 5


class Given(Struct, frozen=True, kw_only=True):
    """One model: its answers to the cases, or its predictions where cases name rows of them. `label` names it in
    messages; `artifact` is its content digest, None for a model known by its files alone."""

    label: str
    answers: Answers | None = None
    predictions: Predictions | LargePredictions | None = None
    artifact: str | None = None


class Unusable(Struct, frozen=True, kw_only=True):
    """Why a model's answers cannot be judged."""

    reason: Reason
    message: str


def answers_to(cases: Cases, given: Given, *, repeats: int) -> Answers | Unusable:
    """The answers to every case, each `repeats` times. Answers go before predictions where there are both."""
    wanted = {case.id for case in cases.cases}
    answers = given.answers
    rows = given.predictions
    if answers is None and isinstance(rows, LargePredictions):
        message = f"{rows.source.path} has too many rows to look cases up in it by id: write their answers to a file"
        return Unusable(reason=Reason.TOO_MANY_ROWS, message=message)
    if answers is None and isinstance(rows, Predictions):
        if "prediction" not in rows.columns:
            message = f"{rows.source.path} was read without a column of predictions to take for answers"
            return Unusable(reason=Reason.CASES_UNANSWERED, message=message)
        answers = answers_from(rows, wanted)
    if answers is None:
        message = f"{given.label} has neither answers nor predictions, so no case can be judged"
        return Unusable(reason=Reason.CASES_UNANSWERED, message=message)
    file = answers.source.path
    lacking = [case.id for case in cases.cases if case.id not in answers.by_case]
    if lacking:
        what = "rows" if answers.partial else "answers"
        message = f"{file} has no {what} for {len(lacking)} of {len(wanted)} cases: {_named(lacking)}"
        return Unusable(reason=Reason.CASES_UNANSWERED, message=message)
    unknown = [name for name in answers.by_case if name not in wanted]
    if unknown and not answers.partial:
        message = f"{file} answers {len(unknown)} cases that no file of test cases has: {_named(unknown)}"
        return Unusable(reason=Reason.UNKNOWN_CASES, message=message)
    if answers.repeats != repeats:
        had = "one answer" if answers.repeats == 1 else f"{answers.repeats} answers"
        message = f"{file} has {had} for each case, and the gate says `repeats: {repeats}`"
        return Unusable(reason=Reason.REPEATS_DIFFER, message=message)
    return answers


def asked_alike(given: Given, baseline: Given) -> Unusable | None:
    """Why answers to the cases on one side cannot be held against predictions on the other: whose rows happen to have
    the ids of cases were never asked them. Predictions of both are rows of one test set."""
    if (given.answers is None) == (baseline.answers is None):
        return None
    asked, other = (given, baseline) if baseline.answers is None else (baseline, given)
    if other.predictions is None or asked.answers is None:
        return None  # that there is nothing at all is said where it is looked for
    message = (
        f"there are no answers of {other.label} to the cases that {asked.label} answers in "
        f"{asked.answers.source.path}, and its predictions in {other.predictions.source.path} are answers to rows; "
        f"name its answers too: `answers:` of its `evidence:`, or --answers and --production-answers"
    )
    return Unusable(reason=Reason.CASES_UNANSWERED, message=message)


def to_these_cases(answers: Answers, cases: Cases) -> Answers:
    """Without answers to other cases: a change that adds cases answers more of them than its base knows, and whether
    all of its own are answered is asked where it is judged by its own."""
    wanted = {case.id for case in cases.cases}
    return replace(answers, by_case={name: each for name, each in answers.by_case.items() if name in wanted})


def digests_of(cases: Cases, models: Iterable[tuple[str, Given]]) -> dict[str, str]:
    """The evidence by content: the files of cases, and each model's files by its role."""
    digests = {
        "test_cases" if len(cases.sources) == 1 else f"test_cases_{number}": source.digest
        for number, source in enumerate(cases.sources, start=1)
    }
    for role, given in models:
        if given.artifact is not None:
            digests[f"{role}_artifact"] = given.artifact
        if given.answers is not None:
            digests[f"{role}_answers"] = given.answers.source.digest
        elif given.predictions is not None:
            digests[f"{role}_predictions"] = given.predictions.source.digest
    return digests


def _named(ids: list[str]) -> str:
    return some_of([f"'{shown(name)}'" for name in ids], most=_SHOWN)
