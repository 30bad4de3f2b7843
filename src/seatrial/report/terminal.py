"""A run as terminal text: what `seatrial run` prints at its end.

Called by `cli/`, which decides on colour (a terminal, and NO_COLOR not set). Verdict and decision
come first, the next step last. Plain layout without `rich`, because printing a table must not
cost more than the run with nothing to do. Colour only repeats what a word says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seatrial.report import claims, rows
from seatrial.report.escape import TEXT_BOUND, plain
from seatrial.report.facts import CheckFact, CurveFact, ModelFact, RunFacts, TestsFact
from seatrial.report.fit import squeeze, wrap
from seatrial.report.headline import headline, ordered
from seatrial.report.next_steps import is_command
from seatrial.report.table import table

WIDTH = 80
"""Columns that `seatrial run` prints."""

LEAST_WIDTH = 40
"""Columns. A narrower terminal gets lines of this width, which it breaks itself."""

_BOLD, _RESET = "\x1b[1m", "\x1b[0m"
_COLOURS = {
    **dict.fromkeys(("PASS", "allow"), "\x1b[32m"),
    **dict.fromkeys(("FAIL", "ERROR", "block", "failed"), "\x1b[31m"),
    **dict.fromkeys(("INCONCLUSIVE", "warn", "hold", "blocked", "deferred", "used"), "\x1b[33m"),
}
_INDENT = "  "
_CONTINUED = " \\"
_WHY = 200  # characters of a stage's reason; the report has more
_FINDINGS = 10  # of one dataset; the report has more
_TROUBLES = 10  # failing tests that are listed; the report has all


def render_terminal(facts: RunFacts, *, width: int = 80, color: bool) -> str:
    """The summary of one run, in lines of at most `width` columns, ending with a line end."""
    face = _Face(width=max(width, LEAST_WIDTH), color=color)
    parts = [
        face.top(facts),
        *(face.model(model, named=len(facts.judged) > 1) for model in facts.models),
        *map(face.check, facts.checks),
        face.stages(facts),
        face.curves(facts.curves),
        face.tests(facts.tests),
        "\n".join(face.sentence(f"Warning: {warning}") for warning in facts.warnings),
        face.bottom(facts),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


class _Face:
    """The width and the colours of one rendering."""

    def __init__(self, *, width: int, color: bool) -> None:
        self._width = width
        self._color = color

    def top(self, facts: RunFacts) -> str:
        line = headline(facts)
        lines = self.sentence(f"{line.words}: {line.why}").split("\n")
        word = line.words.split(" ", 1)[0]
        lines[0] = self._painted(word, bold=True) + lines[0].removeprefix(word)
        if line.decision is not None:
            meaning = self.sentence(f"Decision: {line.decision} ({line.meaning})")
            lines.append(meaning.replace(line.decision, self._painted(line.decision), 1))
        return "\n".join(lines)

    def model(self, model: ModelFact, *, named: bool) -> str:
        """The findings of a model in whole sentences, then its metrics."""
        about = " ".join(rows.circumstances(model))
        if named:
            about = f"Model {claims.named(model.name)}: {model.verdict}, {model.decision}. {about}"
        lines = [self.sentence(about)]
        for finding in ordered(model.findings):
            name = squeeze(plain(finding.name), self._width - len(finding.verdict) - len(_INDENT) - 1)
            lines.append(f"{_INDENT}{self._painted(finding.verdict)} {name}")
            lines.append(self.sentence(finding.message, indent=_INDENT * 2))
        metrics = self.table(rows.METRIC_HEADER, map(rows.metric, model.metrics), align="lrrrr")
        return "\n".join(lines) + (f"\n\n{metrics}" if metrics else "")

    def check(self, check: CheckFact) -> str:
        """What a stage found in its data, as far as it is no PASS."""
        lines = [
            self.sentence(
                f"{rows.subject(check)} {claims.named(check.dataset)}: {check.verdict}, {check.decision}. "
                f"{rows.checked(check)}"
            )
        ]
        for finding in check.findings[:_FINDINGS]:
            name = squeeze(plain(finding.name), self._width - len(finding.verdict) - len(_INDENT) - 1)
            lines.append(f"{_INDENT}{self._painted(finding.verdict)} {name}")
            lines.append(self.sentence(finding.message, indent=_INDENT * 2))
        more = len(check.findings) - _FINDINGS + check.left_out
        return "\n".join([*lines, *([f"{_INDENT}and {more:,} more, in the report"] if more > 0 else [])])

    def stages(self, facts: RunFacts) -> str:
        """Name, action, time and why; the report has CPU time and memory as well."""
        short = [
            (name, action, wall, plain(why, bound=_WHY))
            for name, action, wall, _, _, _, why in map(rows.stage, facts.stages)
        ]
        listed = self.table(("stage", "action", "time", "why"), short)
        effort = self.sentence(" ".join(filter(None, (f"{rows.effort(facts)}.", rows.expectation(facts)))))
        audited = rows.selection(facts.selection)
        return "\n".join(filter(None, (listed, effort, self.sentence(audited) if audited else "")))

    def curves(self, facts: Sequence[CurveFact]) -> str:
        """Shape, where it began and where it ended; the report has the extremes as well."""
        short = [(name, shape, first, last, note) for name, shape, first, _, _, last, note in map(rows.curve, facts)]
        return self.table(("curve", "shape", "first", "last", "note"), short)

    def tests(self, facts: Sequence[TestsFact]) -> str:
        lines = [self.table(rows.TEST_HEADER, map(rows.tests, facts))]
        troubles = [trouble for fact in facts for trouble in fact.troubles]
        lines += [self.sentence(trouble, indent=_INDENT) for trouble in troubles[:_TROUBLES]]
        if len(troubles) > _TROUBLES:
            lines.append(f"{_INDENT}and {len(troubles) - _TROUBLES:,} more, in the report")
        return "\n".join(line for line in lines if line)

    def bottom(self, facts: RunFacts) -> str:
        commit = dict(rows.origin(facts))["commit"]
        lines = [self.sentence(f"Run {facts.run}, commit {commit}{f', {rows.DIRTY}' if facts.dirty else ''}")]
        if facts.next_step:
            lines.append(self._next(facts.next_step))
        return "\n".join(lines)

    def _next(self, step: str) -> str:
        """The next step; a command too long for a line is continued as a shell understands it."""
        if not is_command(step):
            return self.sentence(f"Next: {step}")
        lines = wrap(f"Next: {plain(step)}", self._width - len(_INDENT) - len(_CONTINUED))
        return f"{_CONTINUED}\n{_INDENT}".join(lines) if len(lines) > 1 else lines[0]

    def table(self, header: Sequence[str], lines: Iterable[Sequence[str]], *, align: str | None = None) -> str:
        paint = (lambda _column, text: self._word(text)) if self._color else None
        return table(list(lines), header, width=self._width, align=align, paint=paint)

    def sentence(self, text: str, *, indent: str = "") -> str:
        """Text from anywhere, made safe and wrapped."""
        return "\n".join(indent + line for line in wrap(plain(text, bound=2 * TEXT_BOUND), self._width - len(indent)))

    def _word(self, padded: str) -> str:
        """A padded cell; painted when it is one of the words that have a colour."""
        word = padded.strip()
        return padded.replace(word, self._painted(word), 1) if word in _COLOURS else padded

    def _painted(self, word: str, *, bold: bool = False) -> str:
        if not self._color:
            return word
        return f"{_BOLD if bold else ''}{_COLOURS.get(word, '')}{word}{_RESET}"
