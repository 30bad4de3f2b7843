"""An alarm of the classifier says what single columns say already."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.data.claims import Severity
from seatrial.data.codes import Check, Reason
from seatrial.data.decide import decide
from seatrial.data.findings import DataFinding
from seatrial.data.joint.classifier import told_apart
from seatrial.data.joint.explaining import GAIN, explained
from seatrial.data.policy import Contract
from seatrial.verdict import Verdict
from tests.unit.data.joint.profiles import profile
from tests.unit.data.joint.tables import numeric


def _finding(check: Check, column: str | None, verdict: Verdict, **details: float) -> DataFinding:
    return DataFinding(
        check=check,
        column=column,
        verdict=verdict,
        severity=Severity.ERROR,
        reason=Reason.DIFFERS,
        message="rows can be told apart",
        details={GAIN + name: gain for name, gain in details.items()},
    )


@pytest.mark.parametrize(
    ("failing", "told"),
    [
        ((), ""),
        (("c",), ""),
        (("a",), "; a differs alone too, b does not"),
        (("a", "b"), "; a and b differ alone too, which explains it"),
    ],
)
def test_an_alarm_names_the_columns_that_alarm_by_themselves(failing: tuple[str, ...], told: str) -> None:
    single = [_finding(Check.SHIFT, name, Verdict.FAIL) for name in failing]
    quiet = [_finding(Check.SPREAD, "a", Verdict.PASS), _finding(Check.SHAPE, "b", Verdict.INCONCLUSIVE)]
    alarm = _finding(Check.CLASSIFIER, None, Verdict.FAIL, a=0.6, b=0.3)

    *others, last = explained([*single, *quiet, alarm])

    assert others == [*single, *quiet]
    assert last.message == "rows can be told apart" + told
    assert last.verdict is Verdict.FAIL


def test_a_classifier_that_is_quiet_explains_nothing() -> None:
    findings = (_finding(Check.SHIFT, "a", Verdict.FAIL), _finding(Check.CLASSIFIER, None, Verdict.PASS, a=0.9))

    assert explained(findings) == findings


def test_the_classifier_tells_by_which_columns_it_learned() -> None:
    """One column is shifted: it has most of the gain, before the one that no longer belongs to it."""
    current = numeric(1500, 2)
    current["c"] = current["c"].astype(np.float64) + 2.0
    old = profile(numeric(4000, 1), left_out=("id",))
    claim = told_apart(old, profile(current, old), Contract(), seed=1)

    assert not isinstance(claim, DataFinding)
    assert claim is not None
    assert claim.details[f"{GAIN}c"] > 0.4
    assert claim.message.endswith(", by c and e")
    moved = _finding(Check.SHIFT, "c", Verdict.FAIL)
    assert explained([*decide([claim], q=0.01), moved])[0].message.endswith("; c differs alone too, e does not")
