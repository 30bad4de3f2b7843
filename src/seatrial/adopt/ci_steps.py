"""Which steps of a repository's CI run pytest, and which file of results they leave.

Called by `finding`. Lines are looked at as text, because a workflow may hold what our strict YAML refuses (anchors,
tags), and because the line is what the user is shown. `--junitxml` is seen in all its spellings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from seatrial.adopt.found import CiStep

_PYTEST = re.compile(r"(?:^|[\s'\"/;&|])(?:py\.test|pytest)(?:\s|$|['\"])")
_JUNIT = re.compile(r"--junit-?xml(?:=|\s+)['\"]?([^\s'\"]+)")
_INSTALL = re.compile(r"\b(?:pip3?|uv|poetry|conda|mamba|apt-get|pipx)\b.*\b(?:install|add|sync)\b")
_KEY = re.compile(r"^\s*(?:-\s*)?(?:name|uses|with|if|image|key|path|cache)\s*:")


def is_ci(path: str) -> bool:
    """Whether a file describes CI."""
    if path.startswith(".github/workflows/"):
        return path.endswith((".yml", ".yaml"))
    return path in (
        ".gitlab-ci.yml",
        "azure-pipelines.yml",
        ".circleci/config.yml",
        "bitbucket-pipelines.yml",
        "tox.ini",
    )


def steps_in(path: str, text: str) -> Iterable[CiStep]:
    """The steps of one file that run pytest, in the order of its lines."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        start, line = number, lines[number]
        while line.rstrip().endswith("\\") and number + 1 < len(lines):
            number += 1
            line = f"{line.rstrip()[:-1].rstrip()} {lines[number].strip()}"
        number += 1
        bare = line.strip()
        if bare.startswith("#") or _KEY.match(line) or _INSTALL.search(line) or not _PYTEST.search(line):
            continue
        found = _JUNIT.search(line)
        junit = found[1] if found and "$" not in found[1] else None
        command = re.sub(r"^-?\s*(?:run|script)?\s*:?\s*\|?", "", bare).strip()
        yield CiStep(place=f"{path}:{start + 1}", command=command, junit=junit)
