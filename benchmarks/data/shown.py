"""What came of it, for people: a table of all kinds and tools, and the rates that are promised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.change.tables import Bar, aligned
from benchmarks.data.scoring import Clean, Rate, Score, found, misses, not_passed, overdone, surely_found, weakest

FOUND = {500: 0.85, 400: 0.85}
FOUND_IN_MANY = 0.9
FALSE_ALARMS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One tool on one table at one size."""

    tool: str
    table: str
    n: int
    scores: tuple[Score, ...]
    clean: Clean
    chance: Rate
    cpu: float
    """Mean CPU seconds of a file."""


LEGEND = """\
found: of what lies above the declared floor where the ideal test has a power of 0.9, with the exact interval of 95 %.
surely: the same, counting only alarms that no clean sample raises.
by chance: clean samples in which something would count as found beside another clean sample of the same source.
weak, not passed: of what lies above the floor but has too few rows, found or said to be uncertain.
below: of what lies below the floor on the accident's own view, alarms all the same (another column may tell).
clean alarms: of samples in which nothing is wrong.
unsure: clean samples without alarm of which something is said to be uncertain. errors: files that ended in an
exception."""


HEAD = ("tool", "table", "rows", "found", "surely", "by chance", "weak, not passed", "below", "clean alarms", "unsure",
        "errors", "CPU s")  # fmt: skip


def summary(all_scored: Sequence[Scored]) -> str:
    """One row for each tool, table and size."""
    rows: list[tuple[str, ...]] = [HEAD]
    for one in all_scored:
        tried = sum(score.tried for score in one.scores) + one.clean.tried
        errors = sum(score.errors for score in one.scores) + one.clean.errors
        rows.append((
            one.tool, one.table, f"{one.n:,}", str(found(one.scores)), _short(surely_found(one.scores)),
            _short(one.chance), _short(not_passed(one.scores)),
            _short(overdone(one.scores)), str(Rate(part=one.clean.alarmed, whole=one.clean.tried)),
            _short(Rate(part=one.clean.unsure, whole=one.clean.tried)), f"{errors} of {tried}", f"{one.cpu:.2f}",
        ))  # fmt: skip
    return f"{aligned(rows)}\n\n{LEGEND}"


SHARES = """\
weakest: of each kind only the weakest form that is asked for; strong forms of what a rule names repeat each other.
new: what whole rows never have, so that a rule can name it: another schema, null where none was, a word nobody knew.
changed: what whole rows have as well, only less or more often, elsewhere, or in another relation."""


def by_nature(all_scored: Sequence[Scored]) -> str:
    """What was found of what is easy to name and of what is not."""
    rows: list[tuple[str, ...]] = [("tool", "table", "rows", "found", "weakest", "new", "changed")]
    for one in all_scored:
        new = [score for score in one.scores if score.case.effect.is_new]
        changed = [score for score in one.scores if not score.case.effect.is_new]
        rates = (found(some) for some in (one.scores, weakest(one.scores), new, changed))
        rows.append((one.tool, one.table, f"{one.n:,}", *(_percent(rate) for rate in rates)))
    return f"{aligned(rows)}\n\n{SHARES}"


def _percent(rate: Rate) -> str:
    return f"{100 * rate.part / rate.whole:.0f} % of {rate.whole}" if rate.whole else "-"


def _short(rate: Rate) -> str:
    return f"{rate.part} of {rate.whole}"


def each(all_scored: Sequence[Scored]) -> str:
    """One row for each kind, magnitude and table; a column for each tool and size.

    `+` found, `?` uncertain, `-` nothing said, `!` an exception; `(+)` where the ideal test has too little power,
    `[+]` where it lies below the floor. With several samples the share that was found.
    """
    columns = list(dict.fromkeys((one.tool, one.n) for one in all_scored))
    cells: dict[tuple[str, str], dict[tuple[str, int], str]] = {}
    for one in all_scored:
        for score in one.scores:
            cells.setdefault((one.table, score.case.name), {})[one.tool, one.n] = _mark(score)
    rows: list[tuple[str, ...]] = [("table", "accident", *(f"{tool} {n:,}" for tool, n in columns))]
    rows += [(*name, *(marks.get(column, "") for column in columns)) for name, marks in cells.items()]
    return aligned(rows)


def _mark(score: Score) -> str:
    if score.found in (0, score.tried):
        said = "+" if score.found else "!" if score.errors else "?" if score.unsure else "-"
    else:
        said = f"{score.found}/{score.tried}"
    if not score.case.effect.above_floor:
        return f"[{said}]"
    return said if score.expected else f"({said})"


def missed(all_scored: Iterable[Scored]) -> list[str]:
    """What was asked for and not found, with what was said instead; then each false alarm."""
    lines = []
    for one in all_scored:
        where = f"{one.tool}, {one.table}, {one.n:,}"
        for score in misses(one.scores):
            effect = score.case.effect
            size = f"{effect.size:.3f} {effect.unit}, power {score.case.power:.2f}"
            lines.append(f"{where}: {score.case.name}: {score.found} of {score.tried} found, {score.unsure} uncertain, "
                         f"{score.errors} errors ({size})")  # fmt: skip
            lines += [f"    {text}" for text in score.exceptions]
        lines += [f"{where}: false alarm in {times} of {one.clean.tried}: {check} of {column or 'all'}"
                  for (check, column), times in one.clean.by.most_common(8)]  # fmt: skip
        lines += [f"{where}: below the floor, and an alarm all the same: {score.case.name} "
                  f"({score.case.effect.size:.3f} {score.case.effect.unit}): {_checks(score)}"
                  for score in one.scores if score.found and not score.case.effect.above_floor]  # fmt: skip
        lines += [f"{where}: uncertain in {times} of {one.clean.tried} clean samples: {check}"
                  for check, times in _by_check(one.clean)]  # fmt: skip
    return lines


def _checks(score: Score) -> str:
    return ", ".join(f"{check} of {column or 'all'}" for check, column in score.by)


def _by_check(clean: Clean) -> list[tuple[str, int]]:
    """The checks that are most often uncertain of some column of a clean sample."""
    most: dict[str, int] = {}
    for (check, _), times in clean.unsure_by.items():
        most[check] = max(times, most.get(check, 0))
    return sorted(most.items(), key=lambda pair: -pair[1])[:5]


def bars(all_scored: Sequence[Scored], tool: str) -> list[Bar]:
    """What Seatrial promises, over all tables of a size; no interval is taken for a promise kept."""
    made = []
    for n in sorted({one.n for one in all_scored if one.tool == tool}):
        of_size = [one for one in all_scored if one.tool == tool and one.n == n]
        rate = found([score for one in of_size for score in one.scores])
        least = FOUND.get(n, FOUND_IN_MANY)
        alarms = Rate(part=sum(one.clean.alarmed for one in of_size), whole=sum(one.clean.tried for one in of_size))
        if rate.whole:
            made.append(Bar(name=f"{tool}: found at {n:,} rows", measured=str(rate),
                            promised=f"at least {100 * least:.0f} %", met=rate.part >= least * rate.whole))  # fmt: skip
        if alarms.whole:
            made.append(Bar(name=f"{tool}: clean samples of {n:,} rows that alarm", measured=str(alarms),
                            promised=f"at most {100 * FALSE_ALARMS:.0f} %",
                            met=alarms.part <= FALSE_ALARMS * alarms.whole))  # fmt: skip
    return made


def as_json(all_scored: Iterable[Scored]) -> list[Mapping[str, object]]:
    """Every figure."""
    return [
        {
            "tool": one.tool, "table": one.table, "n": one.n, "cpu": one.cpu,
            "chance": [one.chance.part, one.chance.whole],
            "clean": {"tried": one.clean.tried, "alarmed": one.clean.alarmed, "unsure": one.clean.unsure,
                      "errors": one.clean.errors, "by": [[*alarm, times] for alarm, times in one.clean.by.items()]},
            "cases": [
                {
                    "kind": score.case.kind.name, "magnitude": score.case.magnitude, "unit": score.case.effect.unit,
                    "effect": score.case.effect.size, "floor": score.case.effect.floor,
                    "above_floor": score.case.effect.above_floor, "new": score.case.effect.is_new,
                    "power": score.case.power, "tried": score.tried,
                    "found": score.found, "sure": score.sure, "unsure": score.unsure, "errors": score.errors,
                    "by": [[*alarm, times] for alarm, times in score.by.most_common()],
                }
                for score in one.scores
            ],
        }
        for one in all_scored
    ]  # fmt: skip
