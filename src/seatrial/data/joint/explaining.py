"""What single columns already say, told where the classifier says it again.

A column that moved tells any two datasets apart, so that the classifier alarms with it and looks like a second fault.
Whether it is one cannot be known before all claims are judged; so this is asked of findings, by `comparing`. Nothing is
taken back: that rows can be told apart stays true, and columns that are quiet by themselves are why it is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.codes import Check
from seatrial.data.findings import DataFinding
from seatrial.data.joint.wording import listed
from seatrial.replacing import replace
from seatrial.verdict import Verdict

GAIN = "gain of "
"""Before the name of a column among the details of the classifier's finding: its share in what was learned."""


def explained(findings: Sequence[DataFinding]) -> tuple[DataFinding, ...]:
    """The same findings; an alarm of the classifier says which of the columns it leans on alarm by themselves."""
    alone = {finding.column for finding in findings if _says_so_alone(finding) and finding.column is not None}
    return tuple(
        _told(finding, alone) if finding.check == Check.CLASSIFIER and finding.verdict is Verdict.FAIL else finding
        for finding in findings
    )


def _says_so_alone(finding: DataFinding) -> bool:
    """Of one column's values: the classifier sees no order of rows, and pairs of columns are its own subject."""
    return finding.verdict is Verdict.FAIL and finding.check.startswith("drift.") and finding.check != Check.ORDER


def _told(finding: DataFinding, alone: set[str]) -> DataFinding:
    leaning = [key.removeprefix(GAIN) for key in finding.details if key.startswith(GAIN)]
    known, quiet = ([name for name in leaning if (name in alone) is whether] for whether in (True, False))
    if not known:
        return finding
    told = f"; {listed(known)} {'differs' if len(known) == 1 else 'differ'} alone too"
    told += f", {listed(quiet)} {'does' if len(quiet) == 1 else 'do'} not" if quiet else ", which explains it"
    return replace(finding, message=finding.message + told)
