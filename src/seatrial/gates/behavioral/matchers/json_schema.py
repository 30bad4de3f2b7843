"""`json_schema`: the answer is JSON and fits a schema (of draft 2020-12, with the keywords that `schema_shape` names).

The answer is read strictly: NaN, keys that stand twice and text behind the value are no JSON. Models like to put
JSON into a Markdown fence; `fenced: true` takes what stands in the first one, and the whole answer where there is none.
Why not a library: docs/decisions/0020-matching-answers.md.
"""

from __future__ import annotations

import re

from seatrial.errors import EvidenceError
from seatrial.evidence.case_records import Answer
from seatrial.evidence.strict_json import loads
from seatrial.gates.behavioral.matchers.matching import Arguments, Matcher, never
from seatrial.gates.behavioral.matchers.schema_checks import Checks
from seatrial.gates.behavioral.matchers.schema_shape import shape_faults
from seatrial.gates.quoting import shown

KEYS = ("schema", "fenced")
_FENCE = re.compile(r"^```[A-Za-z0-9_-]*[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_MOST_BYTES = 4 << 20
_MOST_DEPTH = 32


def read(arguments: Arguments) -> Matcher:
    """The matcher of these arguments."""
    schema = arguments.required("schema", '{"type": "object", "required": ["name"]}')
    fenced = arguments.flag("fenced", False)
    if schema is None:
        return Matcher(wanted="", holds=never)
    for where, message, step in shape_faults(schema):
        arguments.fault("schema", f"the schema at `{shown(where)}` {message}", step)
    if arguments.faults:
        return Matcher(wanted="", holds=never)
    title = schema.get("title") if isinstance(schema, dict) else None
    called = f" `{shown(title)}`" if isinstance(title, str) and title else ""

    def why(answer: Answer) -> str | None:
        found = _FENCE.search(answer.text) if fenced else None
        text = found.group(1) if found else answer.text
        data = text.strip().encode("utf-8", "surrogatepass")
        try:
            value = loads(data, file="answer", max_bytes=_MOST_BYTES, max_depth=_MOST_DEPTH)
        except EvidenceError as error:
            return f"it is no JSON: {error.problems[0].message}"
        broken = Checks(schema).broken(value)
        return None if broken is None else f"it breaks `{shown(broken)}`"

    def holds(answer: Answer) -> bool | None:
        try:
            return why(answer) is None
        except RecursionError:  # references within references, at every level of a deep value
            return None

    return Matcher(wanted=f"JSON that fits the schema{called}", holds=holds, why=why)
