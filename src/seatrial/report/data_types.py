"""Storage types of columns as people read them: `Datetime[us, UTC]` for what polars writes as a call.

Called by whatever shows statistics or the history of a dataset; records and JSON keep the name as polars gives it.
Pure, and light: a run that judges no data imports nothing of `data/`.
"""

from __future__ import annotations

import re

_NAMED = re.compile(r"\b(?:time_unit|time_zone|shape|precision|scale)=")
_CALL = re.compile(r"(\w+)\(([^()]*)\)")
_NOTHING = re.compile(r",? ?None\b")


def type_text(dtype: str) -> str:
    """`Datetime(time_unit='us', time_zone=None)` as `Datetime[us]`, however deep it stands in another."""
    text = _NAMED.sub("", dtype).replace("'", "").replace(",)", ")")
    before = ""
    while text != before:
        before, text = text, re.sub(r"(?<!\w)\((\d+(?:, \d+)*)\)", r"\1", text)
        text = _CALL.sub(lambda found: f"{found[1]}[{_NOTHING.sub('', found[2])}]", text)
    return text
