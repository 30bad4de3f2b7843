"""Which of several named gate sets applies. Pure; called by configuration, the flows and `seatrial gate`."""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.errors import ConfigError, Place
from seatrial.gates.policy import GateSet
from seatrial.nearest import nearest

DEFAULT_SET = "promote"


def choose(sets: Mapping[str, GateSet], name: str | None, file: str | None) -> GateSet:
    """The set of that name; without a name `promote`, or the only one.

    Raises ConfigError where there is none, or several and no name.
    """
    place = Place(file=file)
    if name is not None:
        if name in sets:
            return sets[name]
        close = nearest(name, sets)
        raise ConfigError(
            f"there is no gate set `{name}`",
            place=place,
            next_step=f"did you mean `{close}`?" if close else f"sets: {', '.join(sets) or 'none'}",
        )
    if DEFAULT_SET in sets:
        return sets[DEFAULT_SET]
    if len(sets) == 1:
        return next(iter(sets.values()))
    listed = ", ".join(sets)
    several = f"there are several gate sets and none is called `{DEFAULT_SET}`: {listed}"
    raise ConfigError(
        several if sets else "there are no gate sets",
        place=place,
        next_step="name one: `gates:` of a tier, or `--set NAME`",
    )


def choose_for_alias(sets: Mapping[str, GateSet], alias: str, file: str | None) -> GateSet:
    """The set that guards an alias: the one of its own name, else the default."""
    return choose(sets, alias if alias in sets else None, file)
