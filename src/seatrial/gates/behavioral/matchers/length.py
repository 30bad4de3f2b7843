"""`length`: the answer is neither too short nor too long, in characters or in words.

A character is a Unicode code point after NFC; a word is what stands between spaces. Languages that write without
spaces are measured in characters.
"""

from __future__ import annotations

from seatrial.evidence.case_records import Answer
from seatrial.gates.behavioral.matchers.matching import Arguments, Matcher, normal

KEYS = ("min_characters", "max_characters", "min_words", "max_words")


def read(arguments: Arguments) -> Matcher:
    """The matcher of these arguments."""
    low, high, fewest, most = (arguments.count(key) for key in KEYS)
    if not any(key in arguments.values for key in KEYS):
        arguments.fault(None, "`length` needs a limit", f"Write one of {', '.join(KEYS)}.")
    for least, greatest, unit in ((low, high, "characters"), (fewest, most, "words")):
        if least is not None and greatest is not None and least > greatest:
            message = f"min_{unit} {least} is above max_{unit} {greatest}, so nothing could hold"
            arguments.fault(f"min_{unit}", message, "Swap them, or remove one.")

    def holds(answer: Answer) -> bool:
        text = normal(answer.text)
        return _within(len(text), low, high) and _within(len(text.split()), fewest, most)

    said = [_said(low, high, "characters"), _said(fewest, most, "words")]
    return Matcher(wanted="text of " + " and ".join(part for part in said if part), holds=holds)


def _within(size: int, least: int | None, most: int | None) -> bool:
    return (least is None or size >= least) and (most is None or size <= most)


def _said(least: int | None, most: int | None, unit: str) -> str:
    if least is not None and most is not None:
        return f"{least} to {most} {unit}"
    if least is not None:
        return f"at least {least} {unit}"
    return f"at most {most} {unit}" if most is not None else ""
