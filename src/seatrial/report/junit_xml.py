"""A run as a JUnit file, which every CI system shows: a suite for each model and dataset, for stages and for tests.

Called by `files.py`. Pure. JUnit knows passed, failed, broken and skipped, and a run knows more words, so nothing
that is not plainly a pass becomes one:

- FAIL is a failure, ERROR an error;
- INCONCLUSIVE is a failure where what was judged is held or blocked. Where it is let through it is skipped, with its
  reason: nobody has decided it, so it has neither passed nor failed;
- what only warns (a rule of severity `warning`, a gate set that observes) is skipped, with its verdict in the reason;
- a deferred or blocked stage is skipped, a failed or missing one an error;
- a promotion that the tier asks for and that did not come is a failure.

Subtle: each model and dataset also has a case `decision`, since it may be held though each gate passed: by the gates of
the base, or by what was found and left out of the facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from seatrial.report import rows
from seatrial.report.annotations import SEVERE, place_of
from seatrial.report.escape import NAME_BOUND, TEXT_BOUND, log_line, plain
from seatrial.report.facts import CheckFact, ModelFact, RunFacts, StageFact, TestsFact
from seatrial.report.headline import MEANING, ordered, reason
from seatrial.report.xml_text import attribute, content
from seatrial.verdict import Decision, Finding, Verdict

_FAILURE, _ERROR, _SKIPPED = "failure", "error", "skipped"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_DONE = ("ran", "reused")
_NOT_DONE = ("deferred", "blocked", "skipped", "used")


class _Case(Struct, frozen=True, kw_only=True):
    """`outcome` is an element's name, None for what passed; `text` says why, or what was found."""

    group: str
    name: str
    text: str
    outcome: str | None = None
    kind: str = ""
    file: str | None = None
    line: int | None = None
    seconds: float = 0.0


class _Suite(Struct, frozen=True, kw_only=True):
    name: str
    cases: tuple[_Case, ...]

    def count(self, outcome: str) -> int:
        return sum(case.outcome == outcome for case in self.cases)


def render_junit(facts: RunFacts) -> str:
    """The file, in XML 1.0. It has at least one case, since a file without any reads as if nothing was asked."""
    suites = [
        *map(_of_model, facts.models),
        *map(_of_check, facts.checks),
        _Suite(name="stages", cases=tuple(_of_stages(facts))),
        _Suite(name="tests", cases=tuple(map(_of_tests, facts.tests))),
        _Suite(name="promotions", cases=tuple(_of_promotions(facts))),
    ]
    suites = [suite for suite in suites if suite.cases] or [_of_nothing(facts)]
    totals = _counts(suites, facts.seconds)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="{_name(facts.project)}" {totals}>']
    for suite in suites:
        lines += _suite(suite, facts.started)
    return "\n".join([*lines, "</testsuites>", ""])


def _of_model(model: ModelFact) -> _Suite:
    group = f"gates.{model.name}"
    through = model.decision.lets_through
    cases = [
        _of_finding(group, finding, warns=through, place=_file_and_line(model, finding))
        for finding in ordered(model.findings)
    ]
    about = " ".join(rows.circumstances(model))
    return _Suite(name=f"model {model.name}", cases=(*cases, _decision(group, model, about)))


def _file_and_line(model: ModelFact, finding: Finding) -> tuple[str | None, int | None]:
    place = place_of(model, finding)
    return (None, None) if place is None else (place.file, place.line)


def _of_check(check: CheckFact) -> _Suite:
    group = f"data.{check.name}"
    through = check.decision.lets_through
    cases = [
        _of_finding(
            group,
            finding,
            warns=detail.severity != SEVERE or (through and finding.verdict is Verdict.INCONCLUSIVE),
            place=(detail.file, detail.line),
            figures=detail.figures,
        )
        for finding, detail in check.told
    ]
    about = rows.checked_in_part(check)
    return _Suite(name=f"{rows.subject(check).lower()} {check.dataset}", cases=(*cases, _decision(group, check, about)))


def _of_finding(
    group: str,
    finding: Finding,
    *,
    warns: bool,
    place: tuple[str | None, int | None],
    figures: str = "",
) -> _Case:
    text = "\n".join(filter(None, (finding.message, figures)))
    outcome: str | None = _FAILURE
    if finding.verdict is Verdict.PASS:
        outcome = None
    elif warns:
        outcome, text = _SKIPPED, f"{finding.verdict}, which is let through with a warning: {text}"
    elif finding.verdict is Verdict.ERROR:
        outcome = _ERROR
    elif finding.verdict is Verdict.INCONCLUSIVE:
        text = f"{finding.verdict}, which is not let through: {text}"
    file, line = place
    kind = f"{finding.verdict} {finding.reason}"
    return _Case(group=group, name=finding.name, text=text, outcome=outcome, kind=kind, file=file, line=line)


def _decision(group: str, judged: ModelFact | CheckFact, about: str) -> _Case:
    """What policy made of it all."""
    outcome = None if judged.decision.lets_through else _FAILURE
    if judged.decision is Decision.WARN:
        outcome = _SKIPPED
    text = f"{judged.verdict}, {judged.decision} ({MEANING[judged.decision]}): {reason(judged)}\n{about}"
    return _Case(group=group, name="decision", text=text, outcome=outcome, kind=f"{judged.verdict} {judged.decision}")


def _of_stages(facts: RunFacts) -> Iterator[_Case]:
    """A stage that failed because the data did which it judges is told with the data."""
    broken = {stage.name for stage in facts.broken}
    judging = {check.name for check in facts.checks}
    for stage in facts.stages:
        if stage.name in judging and stage.name not in broken:
            continue
        yield _of_stage(stage)
    debt = facts.debt
    if debt is not None and debt.held:
        text = debt.lifted_by or "the run is held until what was deferred has been run"
        yield _Case(group="stages", name="debt", text=text, outcome=_FAILURE, kind="held")


def _of_stage(stage: StageFact) -> _Case:
    text = f"{stage.action}: {stage.reason}" + (f"\nlog: {stage.log}" if stage.log else "")
    if stage.log_end:
        text = "\n".join((text, "its log ends with:", *(f"  {line}" for line in stage.log_end)))
    outcome: str | None = _ERROR
    if stage.action in _DONE:
        outcome = None
    elif stage.action in _NOT_DONE:
        outcome = _SKIPPED
    seconds = stage.wall if stage.wall is not None and stage.action not in _NOT_DONE else 0.0
    return _Case(
        group="stages", name=stage.name, text=text, outcome=outcome, kind=stage.action, seconds=max(seconds, 0.0)
    )


def _of_tests(tests: TestsFact) -> _Case:
    name, *counts = rows.tests(tests)
    counted = ", ".join(f"{word} {count}" for count, word in zip(counts, rows.TEST_HEADER[1:], strict=True))
    outcome = _FAILURE if tests.failed else _ERROR if tests.errors else None
    if outcome is None and not tests.passed:
        outcome = _SKIPPED
    return _Case(group="tests", name=name, text="\n".join((counted, *tests.troubles)), outcome=outcome, kind="tests")


def _of_promotions(facts: RunFacts) -> Iterator[_Case]:
    """Those that the tier asks for and that did not come: they hold a run whose every gate passed."""
    for one in facts.unpromoted:
        yield _Case(
            group="promotions",
            name=one.model or "promotion",
            text=f"not promoted ({one.kind}): {one.reason}",
            outcome=_FAILURE,
            kind=one.kind,
        )


def _of_nothing(facts: RunFacts) -> _Suite:
    case = _Case(group="run", name=facts.run, text="no stage was needed, and nothing was judged", outcome=_SKIPPED)
    return _Suite(name="run", cases=(case,))


def _counts(suites: Sequence[_Suite], seconds: float) -> str:
    tests = sum(len(suite.cases) for suite in suites)
    failures, errors, skipped = (sum(suite.count(each) for suite in suites) for each in (_FAILURE, _ERROR, _SKIPPED))
    return f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="{max(seconds, 0.0):.3f}"'


def _suite(suite: _Suite, started: str) -> Iterator[str]:
    counts = _counts([suite], sum(case.seconds for case in suite.cases))
    instant = _INSTANT.match(started)  # the schema of JUnit wants one without a zone
    at = f' timestamp="{instant[0]}"' if instant is not None else ""
    yield f'  <testsuite name="{_name(suite.name)}" {counts}{at}>'
    for case in suite.cases:
        yield from _case(case)
    yield "  </testsuite>"


def _case(case: _Case) -> Iterator[str]:
    file = f' file="{attribute(plain(case.file))}"' if case.file is not None else ""
    line = f' line="{case.line}"' if case.file is not None and case.line is not None else ""
    start = f'    <testcase classname="{_name(case.group)}" name="{_name(case.name)}"{file}{line}'
    yield f'{start} time="{case.seconds:.3f}">'
    first, *others = case.text.split("\n")
    lines = [plain(first, bound=TEXT_BOUND), *map(log_line, others)]
    if case.outcome is None:
        # GitLab would look for a file to show where a text names an attachment.
        yield f"      <system-out>{content(chr(10).join(lines)).replace('[[', '[ [')}</system-out>"
    else:
        kind = f' type="{_name(case.kind)}"' if case.outcome != _SKIPPED else ""
        where = f"{plain(case.file)}:{case.line}" if case.file is not None and case.line is not None else ""
        told = content("\n".join(filter(None, (*lines, where))))
        yield f'      <{case.outcome} message="{attribute(lines[0])}"{kind}>{told}</{case.outcome}>'
    yield "    </testcase>"


def _name(text: str) -> str:
    return attribute(plain(text, bound=2 * NAME_BOUND) or "(no name)")
