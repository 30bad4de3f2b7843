"""Two models side by side: what one has and the other has not is shown on its side, and missing on the other."""

from __future__ import annotations

import pytest

from seatrial.evidence.records import Predictions
from seatrial.gates.side_by_side import SideBySide, side_by_side
from tests.support.judged import evidence

_LABELS = [0, 1] * 50
_SCORES = [0.1, 0.9] * 50


def _rows(**columns: object) -> Predictions:
    found = evidence(labels=_LABELS, **columns).predictions  # type: ignore[arg-type]
    assert isinstance(found, Predictions)
    return found


_FULL = _rows(answers=_LABELS, score=_SCORES, values={"cost": range(100)})
_BARE = _rows(answers=_LABELS)


def _own(found: SideBySide, name: str) -> tuple[float | None, float | None, float | None]:
    (one,) = (each for each in found.metrics if each.metric == name and each.group is None)
    return one.candidate, one.baseline, one.difference


def _lacks(found: SideBySide) -> dict[str, str | None]:
    return {name: each.side for each in found.untold for name in each.metrics}


@pytest.mark.parametrize("ours_is_full", [True, False])
def test_columns_of_one_model_give_it_metrics_whichever_side_it_is(ours_is_full: bool) -> None:
    """A score and a column of numbers of the older model were not looked at where the newer one had none."""
    mine, theirs = (_FULL, _BARE) if ours_is_full else (_BARE, _FULL)

    found = side_by_side(mine, theirs, (), ("ours", "theirs"))

    assert _own(found, "cost") == ((49.5, None, None) if ours_is_full else (None, 49.5, None))
    assert _own(found, "roc_auc") == ((1.0, None, None) if ours_is_full else (None, 1.0, None))
    assert _own(found, "accuracy") == (1.0, 1.0, 0.0)
    lacking = "theirs" if ours_is_full else "ours"
    assert _lacks(found) == dict.fromkeys(("roc_auc", "average_precision", "log_loss", "brier", "cost"), lacking)


def test_models_with_nothing_in_common_each_keep_what_they_have() -> None:
    """Answers on one side, scores on the other."""
    found = side_by_side(_BARE, _rows(score=_SCORES), (), ("ours", "theirs"))

    assert _own(found, "accuracy") == (1.0, None, None)
    assert _own(found, "roc_auc") == (None, 1.0, None)
    assert (_lacks(found)["accuracy"], _lacks(found)["roc_auc"]) == ("theirs", "ours")
    assert found.unmatched is None


def test_of_rows_that_cannot_be_paired_it_is_said_as_well_which_model_lacks_a_metric() -> None:
    """Other labels: no difference of anything, and a column that one of them alone has."""
    other = evidence(labels=[1, 0] * 50, answers=_LABELS).predictions

    found = side_by_side(_FULL, other, (), ("ours", "theirs"))

    assert found.unmatched
    assert _own(found, "accuracy") == (1.0, 0.0, None)
    assert _own(found, "cost") == (49.5, None, None)
    assert _lacks(found)["cost"] == "theirs"


def test_a_model_without_predictions_is_said_once() -> None:
    """And not of each metric again."""
    found = side_by_side(_FULL, None, (), ("ours", "theirs"))

    assert (found.untold, found.unmatched) == ((), "theirs has no predictions")
    assert _own(found, "cost") == (49.5, None, None)
