"""The tables of this benchmark, at most 80 columns wide, and whether its bars are met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.change.campaign import Counted, Tally
from benchmarks.change.methods import NAMES
from seatrial.stats.proportion import clopper_pearson

LEAST_AVOIDED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One promise: what was measured, what was promised, and whether that is kept."""

    name: str
    measured: str
    promised: str
    met: bool


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a Markdown table; the first is the head, and all columns but the first stand to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "| "
        + " | ".join(f"{cell:<{width}}" if not place else f"{cell:>{width}}" for place, (cell, width) in cells)
        + " |"
        for cells in (list(enumerate(zip(row, widths, strict=True))) for row in rows)
    ]
    rule = "|" + "|".join("-" * (width + 1) + (":" if place else "-") for place, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


LEGEND = """\
missed: affected stages that were not selected; recall with its 95 % interval.
run: of all launches. saved: of the launches of dear stages. precise: affected
stages among the selected."""


def of_faults(found: Sequence[Counted]) -> str:
    """One row for each project and method, and what the columns mean."""
    rows: list[tuple[str, ...]] = [("", "missed", "recall %", "run %", "saved %", "precise %")]
    for counted in found:
        name = counted.project.partition(",")[0].rpartition("/")[2]
        rows.append((f"{name}:", "", "", "", "", ""))
        rows += [_row(name, counted.tallies[name]) for name in NAMES]
    return f"{aligned(rows)}\n\n{LEGEND}"


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    avoided = _share(tally.dear - tally.dear_selected, tally.dear)
    selected, precision = _share(tally.selected, tally.launches), _share(tally.right, tally.selected)
    return name, f"{tally.missed} of {tally.affected}", _recall(tally), selected, avoided, precision


def _recall(tally: Tally) -> str:
    if not tally.affected:
        return "unknown"
    right = tally.affected - tally.missed
    limits = clopper_pearson(right, tally.affected, alpha=0.025)
    upper = "100" if right == tally.affected else f"{100 * limits.upper:.1f}"
    return f"{100 * right / tally.affected:.1f} ({100 * limits.lower:.1f}..{upper})"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else ""


def about(counted: Counted) -> str:
    """What a campaign consisted of."""
    share = counted.planning / counted.faults
    return (
        f"{counted.project}: {counted.faults} faults, {counted.harmful} of them affect a stage; "
        f"{counted.put_off} affected stages put off;\n  {counted.unneeded} dear stages wait for producers that then "
        f"make the same; {counted.seconds:.0f} s, {share * 1000:.0f} ms a plan"
    )


def bars_of_faults(found: Sequence[Counted], *, generated: str) -> list[Bar]:
    """The promises about faults. A campaign that affected nothing keeps none of them."""
    missed = sum(counted.tallies["ours"].missed for counted in found)
    affected = sum(counted.tallies["ours"].affected for counted in found)
    faults = sum(counted.faults for counted in found)
    tally = next(counted.tallies["ours"] for counted in found if counted.project == generated)
    avoided = (tally.dear - tally.dear_selected) / tally.dear
    return [
        Bar(
            name=f"misses in {faults} faults, {affected} affected stages",
            measured=str(missed),
            promised="0",
            met=missed == 0 and affected > 0,
        ),
        Bar(
            name="dear stages not run, generated tree",
            measured=f"{100 * avoided:.1f} %",
            promised=f"at least {100 * LEAST_AVOIDED:.0f} %",
            met=avoided >= LEAST_AVOIDED,
        ),
    ]


def of_bars(bars: Iterable[Bar]) -> str:
    """What was promised, and what came of it."""
    rows = [("bar", "measured", "promised", "met")]
    rows += [(bar.name, bar.measured, bar.promised, "yes" if bar.met else "NO") for bar in bars]
    return aligned(rows)
