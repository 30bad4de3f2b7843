"""The contract gate: does a served model keep what is promised of it? Pure.

Called with a rule and the record of what was seen (`serving/contract.py`). Each promise is a finding of its own. PASS
and FAIL only: nothing here is sampled, a promise is kept for every input or it is not. What was not looked at is an
ERROR: a server that takes one input at a time keeps no promise about several, it makes none.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.evidence.contract_records import Comparison, ContractReport, Form, Shape
from seatrial.gates import wording
from seatrial.gates.codes import Reason
from seatrial.gates.contract.policy import KIND, ContractRule, Output, Score
from seatrial.verdict import Finding, Verdict

_METHOD = "asked alone, again, together and after a restart"
_LONGEST = 300


class _Said(Struct, frozen=True, kw_only=True):
    """What one check comes to, before it is a finding."""

    verdict: Verdict
    reason: Reason
    message: str
    estimate: float | None = None
    threshold: float | None = None
    n: int | None = None


def judge(rule: ContractRule, report: ContractReport) -> tuple[Finding, ...]:
    """A finding for each promise of the rule, in a fixed order."""
    said = {"loads": _loads(rule, report), "answers": _answers(report), "output": _output(rule.output, report)}
    if rule.score is not None:
        said["score"] = _score(rule.score, report)
    if rule.batch is not None:
        said["batch"] = _alike("asked together with others and alone", report, report.batch, rule.batch)
    if rule.deterministic is not None:
        said["deterministic.repeat"] = _alike("asked twice by one process", report, report.repeat, rule.deterministic)
        said["deterministic.restart"] = _alike("asked of two processes", report, report.restart, rule.deterministic)
    return tuple(
        Finding(
            name=f"{KIND}.{name}",
            kind=KIND,
            metric=None,
            verdict=one.verdict,
            reason=one.reason,
            message=one.message,
            estimate=one.estimate,
            threshold=one.threshold,
            n=one.n,
            method=_METHOD,
            digests={"candidate_contract": report.source.digest},
        )
        for name, one in said.items()
    )


def _loads(rule: ContractRule, report: ContractReport) -> _Said:
    """In every fresh process, and soon enough."""
    if not report.starts:
        return _not_looked_at("the server ran already, so whether the model loads in a fresh process was not looked at")
    starts = wording.units(len(report.starts), "start")
    broken = next((start for start in report.starts if not start.ok), None)
    if broken is not None:
        failed = sum(not start.ok for start in report.starts)
        message = f"the model did not load in {failed} of {starts}: {_short(broken.detail)}"
        return _Said(verdict=Verdict.FAIL, reason=Reason.DOES_NOT_LOAD, message=message, n=len(report.starts))
    slowest = max(start.seconds for start in report.starts)
    limit = rule.max_seconds
    seen = f"the model loads in a fresh process ({starts}, the slowest in {_seconds(slowest, limit)})"
    if limit is not None and slowest > limit:
        return _Said(
            verdict=Verdict.FAIL,
            reason=Reason.ABOVE_MAX,
            message=f"{seen}, and at most {limit:.12g} s are allowed",
            estimate=slowest,
            threshold=limit,
            n=len(report.starts),
        )
    return _kept(seen, estimate=slowest, threshold=limit, n=len(report.starts))


def _answers(report: ContractReport) -> _Said:
    """Every input is answered."""
    if report.asked == 0:
        return _not_looked_at("the model was asked nothing")
    missing = report.unanswered
    if missing is None or missing.count == 0:
        one = report.asked == 1
        return _kept(
            "the only input is answered" if one else f"all of {report.asked:,} inputs are answered", n=report.asked
        )
    if not any(start.ok for start in report.starts) and report.starts:
        return _not_looked_at("the model could not be loaded, so it was asked nothing")
    seen = (
        f"{missing.count:,} of {wording.units(report.asked, 'input')} {wording.is_or_are(missing.count)} not answered"
    )
    message = f"{seen}; first {missing.first}"
    return _Said(
        verdict=Verdict.FAIL,
        reason=Reason.UNANSWERED,
        message=f"{message}: {_short(missing.detail)}",
        n=report.asked,
    )


def _output(promised: Output | None, report: ContractReport) -> _Said:
    """Every answer has the promised form; without a promise, all have one form and one set of keys."""
    if not report.shapes:
        return _not_looked_at("there is no answer whose form could be looked at")
    answers = sum(shape.count for shape in report.shapes)
    if promised is not None:
        wrong = [(shape, fault) for shape in report.shapes if (fault := _fault(promised, shape))]
        if not wrong:
            return _kept(f"{_every(answers)} is {_promise(promised)}", n=answers)
        shape, fault = wrong[0]
        many = sum(one.count for one, _ in wrong)
        seen = f"{many:,} of {wording.units(answers, 'answer')} {wording.is_or_are(many)} not {_promise(promised)}"
        message = f"{seen}; first {shape.first}: {fault}"
        return _Said(verdict=Verdict.FAIL, reason=Reason.WRONG_SHAPE, message=message, n=answers)
    first = report.shapes[0]
    other = next((one for one in report.shapes if (one.form, one.keys) != (first.form, first.keys)), None)
    if other is None:
        return _kept(f"{_every(answers)} is of one form: {_common(report.shapes)}", n=answers)
    message = (
        f"answers are of different forms: {_short(first.text)} (first {first.first}) and {_short(other.text)} "
        f"(first {other.first})"
    )
    return _Said(verdict=Verdict.FAIL, reason=Reason.WRONG_SHAPE, message=message, n=answers)


def _common(shapes: tuple[Shape, ...]) -> str:
    """What answers of one form have in common: all of the first one's shape where there is no other."""
    first = shapes[0]
    if all(shape.text == first.text for shape in shapes):
        return _short(first.text)
    if first.form is Form.OBJECT:
        return _short(f"object ({', '.join(first.keys)}), of which not all values are of one form")
    if first.form is not Form.LIST:
        return first.form.value
    lengths = [shape.length for shape in shapes if shape.length is not None]
    if len(lengths) < len(shapes):  # of very many lengths the record has no more than that they differ
        return "list, of different lengths"
    least, greatest = min(lengths), max(lengths)
    return f"list of {least}" if least == greatest else f"list of {least} to {greatest}"


def _fault(promised: Output, shape: Shape) -> str | None:
    """What of a shape is not as promised, None where all is."""
    if shape.form is not promised.form:
        return f"it is {_short(shape.text)}"
    if promised.length is not None and shape.length != promised.length:
        return "its entries differ in number" if shape.length is None else f"it has {shape.length} entries"
    if promised.keys is not None and set(shape.keys) != set(promised.keys):
        missing = [key for key in promised.keys if key not in shape.keys]
        more = [key for key in shape.keys if key not in promised.keys]
        parts = [f"it lacks {', '.join(missing)}"] if missing else []
        return " and ".join([*parts, *([f"it has {', '.join(more)} that was not promised"] if more else [])])
    return None


def _score(promised: Score, report: ContractReport) -> _Said:
    """Every number at the path is finite and within the range."""
    seen, at = report.score, f"`{promised.path}`" if promised.path else "the answer"
    if seen is None or seen.path != promised.path:
        other = "nothing" if seen is None else f"`{seen.path}`"
        return _not_looked_at(f"the range of {at} was not looked at: the record tells of {other}")
    if seen.strangers:
        what = "1 value" if seen.strangers == 1 else f"{seen.strangers:,} values"
        no_number = "is no finite number" if seen.strangers == 1 else "are no finite numbers"
        message = f"{what} of {at} {no_number}, or absent; first in {seen.first}"
        return _Said(verdict=Verdict.FAIL, reason=Reason.NOT_A_NUMBER, message=message, n=seen.values)
    if seen.least is None or seen.greatest is None:
        return _not_looked_at(f"there is no number at {at}")
    for value, limit, reason, words in (
        (seen.least, promised.min, Reason.BELOW_MIN, "at least"),
        (seen.greatest, promised.max, Reason.ABOVE_MAX, "at most"),
    ):
        if limit is not None and (value < limit if reason is Reason.BELOW_MIN else value > limit):
            shown = wording.told_apart(value, limit)
            return _Said(
                verdict=Verdict.FAIL,
                reason=reason,
                message=f"{at} reaches {shown}, and is to be {words} {limit:.12g}",
                estimate=value,
                threshold=limit,
                n=seen.values,
            )
    message = f"{seen.values:,} values of {at} lie from {seen.least:.6g} to {seen.greatest:.6g}, within the range"
    if seen.values == 1:
        message = f"the only value of {at} is {seen.least:.6g}, within the range"
    return _kept(message, n=seen.values)


def _alike(how: str, report: ContractReport, seen: Comparison, tolerance: float) -> _Said:
    """Inputs answered in two ways are answered alike, each of them; one that differs fails, whatever is missing."""
    if not seen.compared:
        return _not_looked_at(f"whether inputs {how} are answered alike was not looked at: {_short(seen.why_not)}")
    answered = sum(shape.count for shape in report.shapes)
    inputs = wording.units(seen.compared, "input")
    if seen.unlike:
        answered_so = f"{wording.is_or_are(seen.unlike)} answered differently"
        message = f"{seen.unlike:,} of {inputs} {how} {answered_so}, first {seen.where}"
        return _Said(verdict=Verdict.FAIL, reason=Reason.DIFFERS, message=message, threshold=tolerance, n=seen.compared)
    shown = wording.told_apart(seen.worst, tolerance)
    if seen.worst > tolerance:
        return _Said(
            verdict=Verdict.FAIL,
            reason=Reason.DIFFERS,
            message=f"numbers of {inputs} {how} differ by up to {shown} (in {seen.where}), and {tolerance:.12g} "
            "is allowed",
            estimate=seen.worst,
            threshold=tolerance,
            n=seen.compared,
        )
    if seen.compared < answered:
        seen_of = f"only {seen.compared:,} of {wording.units(answered, 'input')}"
        message = f"{seen_of} could be held to their answers when {how}"
        return _not_looked_at(f"{message}: {_short(seen.why_not) or 'why is not told'}")
    apart = "to the last digit" if seen.worst == 0 else f"within {tolerance:.12g} (largest difference {shown})"
    return _kept(
        f"{inputs} {how} {wording.is_or_are(seen.compared)} answered alike, {apart}",
        estimate=seen.worst,
        threshold=tolerance,
        n=seen.compared,
    )


def _kept(message: str, *, estimate: float | None = None, threshold: float | None = None, n: int) -> _Said:
    return _Said(
        verdict=Verdict.PASS, reason=Reason.AS_PROMISED, message=message, estimate=estimate, threshold=threshold, n=n
    )


def _not_looked_at(message: str) -> _Said:
    return _Said(verdict=Verdict.ERROR, reason=Reason.NOT_LOOKED_AT, message=message)


def _promise(promised: Output) -> str:
    match promised.form:
        case Form.LIST if promised.length is not None:
            return f"a list of {promised.length}"
        case Form.OBJECT if promised.keys is not None:
            return f"an object with {', '.join(promised.keys)}"
        case Form.NULL:
            return "null"
        case Form.TRUTH:
            return "true or false"
        case Form.TEXT:
            return "text"
        case Form.OBJECT:
            return "an object"
        case _:
            return f"a {promised.form.value}"


def _every(answers: int) -> str:
    return "the only answer" if answers == 1 else f"each of {answers:,} answers"


def _seconds(value: float, limit: float | None) -> str:
    return f"{wording.told_apart(value, limit)} s" if limit is not None else f"{value:.4g} s"


def _short(text: str) -> str:
    """A text of a record in one line."""
    line = " | ".join(part.strip() for part in text.splitlines() if part.strip())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
