"""What `seatrial doctor` prints: level and score first, then the next steps, then a table for each part."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from seatrial.adopt.doctor.outcome import Alarm, Health, Look, Point, Section, Step, Strength, Visit
from seatrial.report.escape import plain
from seatrial.report.fit import wrap
from seatrial.report.numbers import plural
from seatrial.report.table import table

WIDTH = 80
_MOST_PLACES = 4
"""Of one pattern."""
_MOST_PROBLEMS = 10
_MOST_UNSEEN = 5


def visit_lines(visit: Visit) -> Iterator[str]:
    """The lines, each at most 80 columns wide."""
    yield from _headline(visit)
    yield from _problems(visit)
    yield from _steps(visit.steps)
    yield from _alarms(visit.alarms)
    for section in Section:
        yield from _section(visit, section)
    yield from _level(visit)
    yield from _machine(visit)
    yield from _unseen(visit)


def _headline(visit: Visit) -> Iterator[str]:
    yield from _sentence(f"Level {visit.level.number} of 3: {visit.level.title}.")
    sections = ", ".join(f"{section} {value:g}" for section, value in visit.score.sections.items())
    yield from _sentence(
        f"ML Test Score {visit.score.final:g} of 7, the lowest section ({sections}): {visit.score.band}."
    )
    strong = {strength: sum(point.strength is strength for point in visit.points) for strength in Strength}
    unseen = sum(point.most is Strength.NOTHING for point in visit.points)
    yield from _sentence(
        f"Of 28 points {strong[Strength.PROVEN]} are proven, {strong[Strength.PRESENT]} present, "
        f"{strong[Strength.DECLARED]} declared; {unseen} cannot be seen from here."
    )


def _problems(visit: Visit) -> Iterator[str]:
    if not visit.problems:
        return
    yield ""
    yield from _sentence("seatrial.yaml is broken; what it says was left out:")
    for problem in visit.problems[:_MOST_PROBLEMS]:
        yield from _sentence(problem, indent="  ")
    if len(visit.problems) > _MOST_PROBLEMS:
        yield f"  and {len(visit.problems) - _MOST_PROBLEMS} more: seatrial config"


def _steps(steps: tuple[Step, ...]) -> Iterator[str]:
    if not steps:
        return
    yield ""
    yield "Cheapest next steps"
    for number, step in enumerate(steps, 1):
        gain = f" (+{step.gain:g}, {step.point})" if step.point else ""
        yield from _sentence(f"{number}. {step.title}{gain}", indent="  ")
        if step.command:
            yield f"     {plain(step.command)}"
        if step.lines:
            yield f"     in {plain(step.file)}:"
            yield from (f"       {_as_written(line)}" for line in step.lines)
        if step.then:
            yield f"     then {plain(step.then)}"


def _as_written(line: str) -> str:
    """A line of YAML with its indentation, in which names of the project carry no commands."""
    return " " * (len(line) - len(line.lstrip(" "))) + plain(line)


def _alarms(alarms: tuple[Alarm, ...]) -> Iterator[str]:
    if not alarms:
        yield from ("", "Nothing of what the documents warn of was found.")
        return
    yield ""
    yield f"What to mend: {plural(len(alarms), 'place')}"
    for pattern, group in groupby(alarms, key=lambda one: one.pattern):
        places = list(group)
        yield from _sentence(pattern.replace("_", " "), indent="  ")
        for one in places[:_MOST_PLACES]:
            yield from _sentence(f"{one.where}: {one.message}", indent="    ")
        if len(places) > _MOST_PLACES:
            yield f"    and {len(places) - _MOST_PLACES:,} more: seatrial doctor --json"
        yield from _sentence(f"mend: {places[0].mend}", indent="    ")


def _section(visit: Visit, section: Section) -> Iterator[str]:
    rows = [_row(point) for point in visit.points if point.section is section]
    head = f"{section}: {visit.score.sections[section]:g} of 7"
    yield ""
    yield table(rows, (head, "strength", "why"), width=WIDTH, align="lll")


def _row(point: Point) -> tuple[str, str, str]:
    if point.most is Strength.NOTHING:
        return point.title, "by hand", point.limit
    if not point.evidence:
        return point.title, point.strength.value, ""
    first = point.evidence[0]
    why = f"{first.message} ({first.where})" if first.where else first.message
    if point.strength is point.most and point.limit:
        why += f"; no more can be seen: {point.limit}"
    return point.title, point.strength.value, why


def _level(visit: Visit) -> Iterator[str]:
    yield ""
    rows = [(str(need.level), need.title, "yes" if need.met else "no", need.evidence) for need in visit.level.needs]
    yield table(rows, ("level", "asks that", "found", "where"), width=WIDTH, align="llll")


def _machine(visit: Visit) -> Iterator[str]:
    yield ""
    rows = [(look.name, look.health.value, _said(look)) for look in visit.machine]
    yield table(rows, ("machine", "health", "what was seen"), width=WIDTH, align="lll")


def _said(look: Look) -> str:
    return look.message if look.health is Health.FINE or not look.next_step else f"{look.message}; {look.next_step}"


def _unseen(visit: Visit) -> Iterator[str]:
    if not visit.unseen:
        return
    yield ""
    yield f"Not looked at: {plural(len(visit.unseen), 'thing')}"
    for one in visit.unseen[:_MOST_UNSEEN]:
        yield from _sentence(one, indent="  ")
    if len(visit.unseen) > _MOST_UNSEEN:
        yield f"  and {len(visit.unseen) - _MOST_UNSEEN:,} more: seatrial doctor --json"


def _sentence(text: str, *, indent: str = "") -> Iterator[str]:
    yield from (indent + line for line in wrap(plain(text), WIDTH - len(indent)))
