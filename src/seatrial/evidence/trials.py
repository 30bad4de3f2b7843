"""What became of a training on one batch, and what that comes to, in a verdict and in words. Pure.

Called by `trial_record`, which reads it from a file, and by whoever shows it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from seatrial.evidence.records import Source
from seatrial.verdict import Decision, Finding, Verdict

KIND: Final = "overfit-one-batch"


class TrialOutcome(StrEnum):
    """What became of a training on one batch."""

    BELOW = "below"
    NOT_BELOW = "not_below"
    DIVERGED = "diverged"
    ENDED = "ended"
    NOTHING = "nothing"
    NO_MODULE = "no_module"
    NO_ATTRIBUTE = "no_attribute"
    NOT_CALLABLE = "not_callable"
    ARGUMENTS = "arguments"
    NOT_ITERABLE = "not_iterable"
    NOT_A_NUMBER = "not_a_number"
    RAISED = "raised"


_FAILED: Final = (TrialOutcome.NOT_BELOW, TrialOutcome.DIVERGED, TrialOutcome.ENDED)
_NEXT: Final[Mapping[TrialOutcome, str]] = {
    TrialOutcome.NOT_BELOW: "a model that cannot learn one batch by heart has a mistake in its loss, its labels or its "
    "optimiser; if it only needs longer, raise `steps`",
    TrialOutcome.DIVERGED: "lower the learning rate, or look for a logarithm or a division by zero in the loss",
    TrialOutcome.ENDED: "let the training go on until it is stopped, or lower `steps`",
    TrialOutcome.NOTHING: "yield the loss after each step",
    TrialOutcome.NO_MODULE: "name the module as it is imported; `sources:` says where it is looked for",
    TrialOutcome.NO_ATTRIBUTE: "write `target: package.module:name` with a name that the module has",
    TrialOutcome.NOT_CALLABLE: "name a function that yields losses",
    TrialOutcome.ARGUMENTS: "take no argument, or one: a mapping of the stage's deps to their paths",
    TrialOutcome.NOT_ITERABLE: "write `yield loss` in its loop over the steps",
    TrialOutcome.NOT_A_NUMBER: "yield a number, or something that float() takes, such as a tensor without dimensions",
    TrialOutcome.RAISED: "look at the log",
}


class TrialRecord(Struct, frozen=True, kw_only=True):
    """What one training on one batch came to. `losses` are pairs of step and loss, the first and the last of all that
    were `taken` among them; `lowest` is the lowest finite one."""

    source: Source
    target: str
    max_loss: float
    steps: int
    outcome: TrialOutcome
    detail: str
    taken: int
    lowest: tuple[int, float] | None
    losses: tuple[tuple[int, float], ...]

    @property
    def verdict(self) -> Verdict | None:
        """None where the code raised: then nothing was judged, and the stage has failed as a command fails."""
        if self.outcome is TrialOutcome.RAISED:
            return None
        if self.outcome is TrialOutcome.BELOW:
            return Verdict.PASS
        return Verdict.FAIL if self.outcome in _FAILED else Verdict.ERROR

    @property
    def decision(self) -> Decision:
        return Decision.ALLOW if self.verdict is Verdict.PASS else Decision.BLOCK

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The one claim, judged."""
        if self.verdict is None:
            return ()
        return (
            Finding(
                name="overfit.loss",
                kind=KIND,
                metric="loss",
                verdict=self.verdict,
                reason=self.outcome.value,
                message=self.message,
                estimate=self.losses[-1][1] if self.outcome is TrialOutcome.BELOW else self.lowest and self.lowest[1],
                threshold=self.max_loss,
                n=self.taken,
                digests={"record": self.source.digest},
            ),
        )

    @property
    def message(self) -> str:
        """What happened, as one sentence."""
        step, loss = self.losses[-1] if self.losses else (0, math.nan)
        limit, steps = f"{self.max_loss:.12g}", f"{self.steps:,}"
        match self.outcome:
            case TrialOutcome.BELOW if step == 1:
                return f"the loss is {loss:.4g} at step 1, below {limit} from the start"
            case TrialOutcome.BELOW:
                return f"the loss fell from {self.losses[0][1]:.4g} to {loss:.4g} in {step:,} steps, below {limit}"
            case TrialOutcome.NOT_BELOW:
                return f"no loss of {steps} steps is below {limit}; {self._lowest()}"
            case TrialOutcome.DIVERGED:
                value = "NaN" if math.isnan(loss) else "infinite"
                return f"the loss is {value} at step {step:,}: the training diverged" + (
                    f"; {self._lowest()}" if self.lowest else ""
                )
            case TrialOutcome.ENDED:
                return (
                    f"the training ended after {step:,} of {steps} steps with no loss below {limit}; {self._lowest()}"
                )
            case _:
                return self.detail

    @property
    def next_step(self) -> str | None:
        """What to do about it, None after a pass."""
        return _NEXT.get(self.outcome)

    def _lowest(self) -> str:
        return f"the lowest is {self.lowest[1]:.4g}, at step {self.lowest[0]:,}" if self.lowest else ""
