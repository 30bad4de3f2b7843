"""The exit code that a run's facts come to: of `seatrial run`, and of whatever posts its report later.

Apart from `exits`, which every command loads, because this one knows what a report holds.
"""

from __future__ import annotations

from seatrial.cli import exits
from seatrial.report.facts import RunFacts

_UNPROMOTED = {
    "blocked": exits.BLOCKED,
    "fix": exits.USER,
    "held": exits.HELD,
    "conflict": exits.CONFLICT,
    "outside": exits.OUTSIDE,
}


def code_of_run(facts: RunFacts) -> int:
    """The code of a run: what failed, then what was judged, then what is owed."""
    code = exits.STAGE if facts.broken else judged_code(facts)
    return exits.HELD if code == exits.OK and facts.held_by_debt else code


def judged_code(facts: RunFacts) -> int:
    """The code of what was judged, and of a promotion that was to follow."""
    code = exits.OK if facts.decision is None else exits.exit_code(facts.decision, facts.verdicts)
    if code == exits.OK and facts.missing:
        return exits.USER
    # A tier that was to promote and could not has not done what it says, however good the model is.
    if code or not facts.unpromoted:
        return code
    return _UNPROMOTED.get(facts.unpromoted[0].kind, exits.USER)
