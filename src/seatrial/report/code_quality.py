"""What a run found fault with, as the code quality report of GitLab, which shows it at the line in a merge request.

Called by `files.py`. Pure. The form is a list of issues as Code Climate has them, of which GitLab reads
`description`, `check_name`, `fingerprint`, `severity` and `location`.

Subtle: GitLab tells new findings from old ones by the fingerprint alone. So it is made of what stays the same from one
commit to the next (project, model or dataset, check), and not of figures, lines or messages. Every finding must
have a path: one that stands in no line of a file stands at the top of the configuration.
"""

from __future__ import annotations

import json
from collections import Counter

from seatrial import digest
from seatrial.digest import Json
from seatrial.report.annotations import Grade, Remark, remarks
from seatrial.report.facts import RunFacts
from seatrial.verdict import Verdict

CONFIGURATION = "seatrial.yaml"
"""Where a finding stands that no line of a file asked for."""
_TAG = "code-quality/1"


def render_code_quality(facts: RunFacts) -> str:
    """The report, as JSON text in ASCII; an empty list where everything holds."""
    seen: Counter[tuple[str, str, str]] = Counter()
    issues: list[Json] = []
    for remark in remarks(facts):
        identity = (remark.of, remark.about, remark.name)
        issues.append(_issue(facts.project, remark, seen[identity]))
        seen[identity] += 1
    return f"{json.dumps(issues, indent=2, allow_nan=False)}\n"


def _issue(project: str, remark: Remark, before: int) -> Json:
    return {
        "description": f"{remark.title}: {remark.message}".replace("\n", " | "),
        "check_name": f"seatrial.{remark.of}",
        "fingerprint": _fingerprint(project, remark, before),
        "severity": _severity(remark),
        "location": {"path": remark.path or CONFIGURATION, "lines": {"begin": _line(remark)}},
    }


def _fingerprint(project: str, remark: Remark, before: int) -> str:
    """`before` counts findings of the same name, which happens where a check says two things of one column."""
    identity: Json = [*map(_unbroken, (project, remark.of, remark.about, remark.name)), before]
    return digest.of_record(_TAG, identity).removeprefix(digest.PREFIX)


def _unbroken(text: str) -> str:
    """Text of which a digest can be made; without lone surrogates, the same text."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def _severity(remark: Remark) -> str:
    undecided = remark.verdict is Verdict.INCONCLUSIVE
    match remark.grade:
        case Grade.FAILURE:
            return "critical" if undecided else "blocker"
        case Grade.WARNING:
            return "minor" if undecided else "major"
        case Grade.NOTICE:
            return "info"


def _line(remark: Remark) -> int:
    return max(remark.line or 1, 1) if remark.path is not None else 1
