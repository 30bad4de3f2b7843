"""What a user may demand of a model's answers to test cases. Defaults live only here.

`config/gate_rules/behavioral.py` builds the record from text; `judge.py` beside this file judges by it.

Why a model that samples is asked k times. A deterministic model answers a case in one way: it is asked once, and a
case that fails is a fact. A model that samples passes a case with some probability. Asked once, a set of
200 cases each passed 99.5 % of the time would block 63 % of healthy runs; asked again until green, it would pass
anything. So every case is asked equally often, all answers are pooled and counted, and none is thrown away: a case
passes where the exact lower bound of its share of passes lies above `case_pass_rate`, fails where the upper bound lies
below it, and is open in between, which is never a pass.
"""

from __future__ import annotations

import math
from typing import Final

from msgspec import Struct

from seatrial.errors import Place

KIND: Final = "behavioral"
CASE_CONFIDENCE: Final = 0.95
"""How sure the verdict on one case of a sampling model is, unless the rule names a `confidence`."""


class Behavioral(Struct, frozen=True, kw_only=True):
    """Limits on the cases of `test_cases`.

    Without `confidence` the share of cases that pass is compared with `min_pass_rate`: a statement on these cases.
    With it the exact bound is: a statement on cases such as these, with three verdicts. `max_degradation` compares
    with the baseline's answers to the same cases, at `alpha`; `power` plans the cases that would decide.
    """

    test_cases: tuple[str, ...]
    min_pass_rate: float = 1.0
    confidence: float | None = None
    repeats: int = 1
    case_pass_rate: float = 0.5
    max_degradation: float | None = None
    alpha: float = 0.05
    power: float = 0.8
    place: Place | None = None

    @property
    def case_alpha(self) -> float:
        """The error, on each side, of the verdict on one case."""
        return 1 - (CASE_CONFIDENCE if self.confidence is None else self.confidence)


def fewest_repeats(case_pass_rate: float, alpha: float) -> int:
    """The repeats at which a case that passes all of them passes: below, none ever can.

    The exact lower bound of k of k is alpha^(1/k).
    """
    return math.floor(math.log(alpha) / math.log(case_pass_rate)) + 1
