"""`regex`: a pattern matches somewhere in the answer, or the whole of it with `whole: true`.

Matched in linear time (`evidence/linear_regex` says how, and which dialect), so no pattern and no answer can stop a
gate. `ignore_case: true` is `(?i)` in front; `.` does not match a line break unless the pattern says `(?s)`.
"""

from __future__ import annotations

from seatrial.gates.behavioral.matchers.matching import Arguments, Matcher, never, normal
from seatrial.gates.quoting import shown

KEYS = ("pattern", "ignore_case", "whole")


def read(arguments: Arguments) -> Matcher:
    """The matcher of these arguments."""
    from seatrial.evidence.linear_regex import found, refused  # brings polars, which only patterns need

    pattern = arguments.required("pattern", r"'^\d+$'")
    ignore_case, whole = arguments.flag("ignore_case", False), arguments.flag("whole", False)
    if pattern is None:
        return Matcher(wanted="", holds=never)
    if not isinstance(pattern, str) or not pattern:
        arguments.fault("pattern", f"`pattern` must be a text, and is {shown(pattern)}", r"Write e.g. '^\d+$'.")
        return Matcher(wanted="", holds=never)
    asked = normal(pattern)
    if whole:
        asked = rf"\A(?:{asked})\z"
    if ignore_case:
        asked = f"(?i){asked}"
    if fault := refused(normal(pattern)) or refused(asked):
        why, step = fault
        arguments.fault("pattern", f"the pattern `{shown(pattern)}` {why}", f"{step[:1].upper()}{step[1:]}.")
        return Matcher(wanted="", holds=never)
    how = "text that matches" if not whole else "text that as a whole matches"
    return Matcher(wanted=f"{how} `{shown(pattern)}`", holds=lambda answer: found(asked, normal(answer.text)))
