"""What a run found fault with, as remarks at lines of files: of gates at their rule, of data at its contract.

Called by whoever shows findings outside of the report itself: lines of a log (`github.py`), the code quality report
of GitLab (`code_quality.py`), and the annotations of a check. Pure; all of them tell the same and agree on what is
grave. Text is not escaped yet, only plain and bounded. JUnit files (`junit_xml.py`) know no grades: there whatever was
not let through is a failure, as its decision is.

Subtle: a finding that cannot decide is grave where what was judged is held or blocked by it, and the gate set of a
warning is not asked again: the decision that was made is the word. Where something else FAILs beside it, it is told as
a warning, since it is not what stands in the way.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from seatrial.replacing import replace
from seatrial.report.escape import NAME_BOUND, TEXT_BOUND, plain
from seatrial.report.facts import CheckFact, ModelFact, PlaceFact, RunFacts, UnderBaseFact
from seatrial.report.headline import ordered
from seatrial.verdict import Finding, Verdict

_LONGEST_PATH = 1_000  # characters
SEVERE = "error"
"""The severity of a rule of data that blocks."""


class Grade(StrEnum):
    """How grave a remark is, the gravest first."""

    FAILURE = "failure"
    WARNING = "warning"
    NOTICE = "notice"


class Remark(Struct, frozen=True, kw_only=True):
    """One finding that is no PASS. `path` and `line` are None where it stands in no file that is known.

    `about` is the model or the dataset, `of` says who judged it (`model`: its own gates, `base`: those of the
    base, `data`), `name` is the finding's own: together they stay the same from one commit to the next.
    """

    grade: Grade
    of: str
    about: str
    name: str
    verdict: Verdict
    title: str
    message: str
    path: str | None = None
    line: int | None = None


def remarks(facts: RunFacts) -> tuple[Remark, ...]:
    """Every finding that is no PASS, the gravest first, else models before data and in their order."""
    found = [*_of_models(facts), *_of_data(facts)]
    return tuple(sorted(found, key=lambda remark: list(Grade).index(remark.grade)))


def untold(facts: RunFacts) -> Mapping[Grade, int]:
    """Findings that the facts count and do not hold, no graver than the last that they tell of the same data."""
    counts: Counter[Grade] = Counter()
    for check in facts.checks:
        if check.left_out:
            grades = [grade(check, finding, detail.severity) for finding, detail in check.told]
            counts[grades[-1] if grades else Grade.FAILURE] += check.left_out
    return counts


def grade(judged: ModelFact | CheckFact, finding: Finding, severity: str = SEVERE) -> Grade:
    """How grave a finding that is no PASS is for what was judged."""
    if severity != SEVERE or (isinstance(judged, ModelFact) and judged.decision.lets_through):
        return Grade.WARNING
    if finding.verdict is Verdict.INCONCLUSIVE:
        decides = judged.verdict is Verdict.INCONCLUSIVE and not judged.decision.lets_through
        return Grade.FAILURE if decides else Grade.WARNING
    return Grade.FAILURE


def place_of(model: ModelFact, finding: Finding) -> PlaceFact | None:
    """The line of the gates file that asked for a finding of a model."""
    return next((place for place in model.places if place.finding == finding.name), None)


def _of_models(facts: RunFacts) -> Iterator[Remark]:
    for model in facts.models:
        for finding in ordered(model.findings):
            if finding.verdict is Verdict.PASS:
                continue
            place = place_of(model, finding)
            yield Remark(
                grade=grade(model, finding),
                of="model",
                about=model.name,
                name=finding.name,
                verdict=finding.verdict,
                title=_title(finding, model.name),
                message=_lines(finding.message),
                path=_within(place.file) if place else None,
                line=place.line if place else None,
            )
        if model.under_base is not None:
            yield from _under_base(model, model.under_base)


def _under_base(model: ModelFact, base: UnderBaseFact) -> Iterator[Remark]:
    """What only the gates of the base say no to. It stands in no file of the change."""
    known = {(finding.name, finding.verdict) for finding in model.findings}
    label = plain(base.label, bound=NAME_BOUND)
    as_judged = replace(model, verdict=base.verdict)
    for finding in ordered(base.findings):
        if finding.verdict is Verdict.PASS or (finding.name, finding.verdict) in known:
            continue
        yield Remark(
            grade=grade(as_judged, finding),
            of="base",
            about=model.name,
            name=finding.name,
            verdict=finding.verdict,
            title=f"{_title(finding, model.name)} under the gates of {label}",
            message=_lines(finding.message),
        )


def _of_data(facts: RunFacts) -> Iterator[Remark]:
    for check in facts.checks:
        for finding, detail in check.told:
            if finding.verdict is Verdict.PASS:
                continue
            yield Remark(
                grade=grade(check, finding, detail.severity),
                of="data",
                about=check.dataset,
                name=finding.name,
                verdict=finding.verdict,
                title=_title(finding, check.dataset),
                message=_lines(finding.message, detail.figures),
                path=_within(detail.file),
                line=detail.line,
            )


def _title(finding: Finding, about: str) -> str:
    return f"{finding.verdict}: {plain(finding.name, bound=NAME_BOUND)} in {plain(about, bound=NAME_BOUND)}"


def _lines(*texts: str) -> str:
    return "\n".join(plain(text, bound=TEXT_BOUND) for text in texts if text)


def _within(path: str | None) -> str | None:
    """A path below the root of the repository; None for any other, which no forge could show."""
    if path is None or not path.isprintable() or len(path) > _LONGEST_PATH:
        return None
    found = posixpath.normpath(path)
    return None if found.startswith(("/", "../")) or found in (".", "..") else found
