"""The line that `seatrial gate --power` has for each gate: a record, and the words that all of them share.

Made by the modules beside this one, printed by `cli/gate_text.py` and `gates/serial.py`.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.gates.codes import Kind
from seatrial.gates.looking import Trouble

_SELDOM = 0.001


class Outlook(Struct, frozen=True, kw_only=True):
    """What to expect of one gate. `can_pass` is False where no model as good as production could, None where it cannot
    be told; `chance` is that of a model as good as production; `smallest` is the tightest limit that these rows enforce
    with the power asked for; `n` counts the rows it rests on, `n_needed` those that give that power at the limit as it
    is, and `counted` says what is counted. A margin that is a share (`relative`) stays one where it is of no one value:
    each slice has its own, and a line without a plan may have none."""

    name: str
    kind: str
    n: int
    limit: float | None
    can_pass: bool | None
    message: str
    chance: float | None = None
    smallest: float | None = None
    n_needed: int | None = None
    counted: str | None = None
    relative: bool = False

    @property
    def units(self) -> str:
        """What `n` and `n_needed` count, in words."""
        return self.counted or ("rows in all" if self.kind == Kind.FAIRNESS else "rows")


def untold(
    name: str,
    kind: Kind,
    limit: float | None,
    why: str,
    *,
    n: int = 0,
    can_pass: bool | None = None,
    chance: float | None = None,
    counted: str | None = None,
    relative: bool = False,
) -> Outlook:
    """A line without a plan: `why` says in plain words what is not known, or what no model can do."""
    return Outlook(
        name=name,
        kind=kind,
        n=n,
        limit=limit,
        can_pass=can_pass,
        message=why,
        chance=chance,
        counted=counted,
        relative=relative,
    )


def of_production(trouble: Trouble) -> str:
    """Why production's own rows answer nothing. What measures them knows them as those of `the model`."""
    return f"of production, {trouble.message}"


def often(chance: float | None) -> str:
    """`in 80 % of cases`; a chance that rounds to none is not none."""
    if chance is None:
        return "as often as cannot be told"
    if 0.0 < chance < _SELDOM:
        return f"in less than {100 * _SELDOM:.3g} % of cases"
    return f"in {100 * chance:.3g} % of cases"
