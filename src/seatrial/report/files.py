"""The report files that CI systems read, by their names. Pure; whoever calls writes them.

`junit.xml` is read by nearly every CI system, `code-quality.json` and `metrics.txt` by GitLab.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.report.code_quality import render_code_quality
from seatrial.report.facts import RunFacts
from seatrial.report.junit_xml import render_junit
from seatrial.report.openmetrics import render_openmetrics

JUNIT = "junit.xml"
CODE_QUALITY = "code-quality.json"
METRICS = "metrics.txt"


def report_files(facts: RunFacts) -> Mapping[str, bytes]:
    """Each file's bytes by its name; all of them, also where there is nothing to tell."""
    return {
        JUNIT: render_junit(facts).encode(),
        CODE_QUALITY: render_code_quality(facts).encode(),
        METRICS: render_openmetrics(facts).encode(),
    }
