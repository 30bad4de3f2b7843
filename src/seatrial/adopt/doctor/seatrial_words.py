"""What a `seatrial` command of CI does: which stages it runs, and whether it judges what they make. Pure.

Called by the patterns, the probes and the levels. Subtle: `seatrial run train` runs one stage and what feeds it, and
judges nothing; neither does the part of one machine, nor `--twice`. So a command is not believed to train or to judge
only because it begins with `seatrial run`: what it reaches is asked of the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from seatrial.adopt.doctor.command_words import core
from seatrial.adopt.doctor.shell_lines import STAND_IN
from seatrial.flows.policy import ProjectPolicy
from seatrial.pipeline.expand import expand

VALUED = frozenset({
    "-S", "--set-param", "-j", "--jobs", "--base", "--dear-for", "--id", "--collect", "--stage", "--twice", "-t",
    "--tier",
})  # fmt: skip
"""Options of `seatrial run` that take a value; a test holds them against the command."""
_PARTS = ("--stage", "--twice")
_MAY_BE_OPTION = re.compile(r"\$\{\w+:?\+--?(?!stage\b)")
"""`${PARANOID:+--paranoid}`: an option, or nothing."""


class SeatrialRun(Struct, frozen=True, kw_only=True):
    """One `seatrial run`: the tier, empty for none, and the stages or cells that it names, none for all."""

    tier: str = ""
    stages: tuple[str, ...] = ()

    @property
    def judges(self) -> bool:
        """Whether models are judged at its end, so that it fails where a gate says no."""
        return not self.stages


def run_of(words: Sequence[str]) -> SeatrialRun | None:
    """What a command runs; None where it is no `seatrial run`."""
    rest = core(words)
    if rest[:2] != ("seatrial", "run"):
        return None
    tier, stages = "", list[str]()
    pending = list(rest[2:])
    while pending:
        word = pending.pop(0)
        option, equals, value = word.partition("=")
        if _MAY_BE_OPTION.match(word):
            continue
        if not word.startswith("-"):
            stages.append(word)
        elif option in VALUED:
            value = value if equals else pending.pop(0) if pending else ""
            tier = value if option in ("-t", "--tier") else tier
            stages += [value] if option in _PARTS else []
    return SeatrialRun(tier=tier, stages=tuple(stages))


def judges(words: Sequence[str]) -> bool:
    """Whether a command ends with a failure unless a gate lets the model through."""
    run = run_of(words)
    if run is not None:
        return run.judges
    rest = core(words)
    return rest[:2] == ("seatrial", "gate") or rest[:3] == ("seatrial", "models", "promote")


def reached(run: SeatrialRun, policy: ProjectPolicy) -> frozenset[str]:
    """The stages that a run may do: those of its tier, or the named ones and all that feeds them. A name that CI fills
    in may be any of the tier. None where there is no such tier."""
    if run.tier and run.tier not in policy.tiers:
        return frozenset()
    of_tier = frozenset(
        name
        for name, spec in policy.pipeline.stages.items()
        if spec.tiers is None or (run.tier and run.tier in spec.tiers)
    )
    if not run.stages or any("$" in name or STAND_IN in name for name in run.stages):
        return of_tier
    return feeding({name.partition("[")[0] for name in run.stages}, policy)


def feeding(names: set[str] | frozenset[str], policy: ProjectPolicy) -> frozenset[str]:
    """Some stages, and all that must be over before they begin."""
    before: dict[str, set[str]] = {}
    for cell in expand(policy.pipeline.stages):
        before.setdefault(cell.stage, set()).update(each.partition("[")[0] for each in cell.before)
    pending, found = [name for name in names if name in before], set[str]()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += before[name]
    return frozenset(found)
