"""Findings about columns that the contract calls sensitive, without any of their values.

Called by `checking` before anything is shown or stored. Comparisons quote values (a new word, a frequent
number, an end of a range), and which sentence quotes what is theirs to decide, so of a sensitive column the
sentence is not kept at all: check, figures and verdict say what happened. Rules of the contract hide values
themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract
from seatrial.data.result import is_below
from seatrial.replacing import replace
from seatrial.verdict import Verdict

_RULES = "contract."
_SAID = {
    Verdict.PASS: "nothing that matters was found",
    Verdict.FAIL: "it is not as it should be",
    Verdict.INCONCLUSIVE: "it could not be decided",
    Verdict.ERROR: "it could not be judged",
}


def sensitive_columns(contract: Contract, leaves: Iterable[str]) -> frozenset[str]:
    """The leaves that hold values of columns marked `sensitive`."""
    named = [rule.name for rule in contract.columns.values() if rule.sensitive]
    return frozenset(leaf for leaf in leaves if any(is_below(leaf, name) for name in named))


def without_values(findings: Iterable[DataFinding], sensitive: Collection[str]) -> tuple[DataFinding, ...]:
    """The same findings; those of sensitive columns say nothing but that."""
    return tuple(
        _bare(finding) if finding.column in sensitive and not finding.check.startswith(_RULES) else finding
        for finding in findings
    )


def _bare(finding: DataFinding) -> DataFinding:
    message = f"{_SAID[finding.verdict]}; its values are hidden, because the contract calls it sensitive"
    return replace(finding, message=message, current=None, reference=None, next_step=None)
