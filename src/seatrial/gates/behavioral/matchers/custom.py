"""`custom`: a stage of the user's judged the answer and wrote what it found beside it.

The answers file carries a column `passed`, or `score` where the case says `min_score` or `max_score`. Where the column
is empty for the case, nobody judged it, and the gate says ERROR.
"""

from __future__ import annotations

from seatrial.evidence.case_records import Answer
from seatrial.gates.behavioral.matchers.matching import Arguments, Matcher

KEYS = ("min_score", "max_score")


def read(arguments: Arguments) -> Matcher:
    """The matcher of these arguments."""
    low, high = arguments.number("min_score"), arguments.number("max_score")
    if low is not None and high is not None and low > high:
        message = f"min_score {low:g} is above max_score {high:g}, so nothing could hold"
        arguments.fault("min_score", message, "Swap them, or remove one.")
    if not any(key in arguments.values for key in KEYS):
        return Matcher(wanted="an answer that the column `passed` calls passed", holds=lambda answer: answer.passed)

    def holds(answer: Answer) -> bool | None:
        if answer.score is None:
            return None
        return (low is None or answer.score >= low) and (high is None or answer.score <= high)

    ends = [f"{word} {end:g}" for word, end in (("at least", low), ("at most", high)) if end is not None]
    return Matcher(wanted=f"a score of {' and '.join(ends)}", holds=holds)
