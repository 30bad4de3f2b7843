"""What gates can decide before anything is trained: never, how often, and how finely."""

from __future__ import annotations

import polars as pl
import pytest

from seatrial.evidence.records import Predictions, Source
from seatrial.gates.evidence import Case, Evidence, LeftOut, Present
from seatrial.gates.looking import Looking
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Bound, Comparing, Fairness, GateSet, Regression, Slices
from seatrial.gates.power import Outlook, outlooks


def _rows(n: int, wrong: int, *, small: int = 0, first: int = 0) -> Evidence:
    """n rows of which `wrong` from `first` on are wrong; `small` of them are in a region of their own."""
    answers = [1 - i % 2 if first <= i < first + wrong else i % 2 for i in range(n)]
    table = pl.DataFrame(
        {
            "id": [str(i) for i in range(n)],
            "label": [str(i % 2) for i in range(n)],
            "prediction": [str(answer) for answer in answers],
            "group:region": ["small" if i < small else "large" for i in range(n)],
        }
    )
    source = Source(path="p.csv", digest="b3:x")
    return Evidence(predictions=Predictions(source=source, table=table, groups=("region",)))


def _outlooks(gate_set: GateSet, production: Evidence, candidate: Evidence | None = None) -> tuple[Outlook, ...]:
    case = (
        Case(candidate=production, baseline=LeftOut())
        if candidate is None
        else Case(candidate=candidate, baseline=Present(evidence=production, label="production"))
    )
    return outlooks(gate_set, Looking(gate_set, case))


def _regression(margin: float) -> GateSet:
    return GateSet(name="s", regression=Regression(comparing=Comparing(margin=Margin(value=margin))))


@pytest.mark.parametrize(("n", "chance"), [(3_092, 0.8), (4_282, 0.9)])
def test_the_chance_of_a_regression_gate_is_that_of_the_published_table(n: int, chance: float) -> None:
    """5 % of rows tell the models apart, a margin of 0.01: 3,092 rows pass 80 %, 4,282 pass 90 %."""
    (one,) = _outlooks(_regression(0.01), _rows(n, n // 10))

    assert one.can_pass is True
    assert one.chance == pytest.approx(chance, abs=0.001)
    assert one.n_needed == 3_092
    assert "assumed" not in one.message
    assert "5 % of rows" in one.message


def test_two_models_tell_how_much_they_differ() -> None:
    """100 of 5,000 rows are answered differently, so 2 % and not 5 % is planned with."""
    (one,) = _outlooks(_regression(0.01), _rows(5_000, 200), _rows(5_000, 200, first=50))

    assert "2 % of rows" in one.message
    assert one.n_needed == 1_237


def test_a_gate_that_no_model_can_pass_is_told_as_never() -> None:
    """100 rows cannot show a margin of 0.01 even without a disagreement: 268 are needed."""
    (one,) = _outlooks(_regression(0.01), _rows(100, 5))

    assert (one.can_pass, one.chance) == (False, 0.0)
    assert "268 are needed even without a disagreement" in one.message


def test_the_smallest_margin_is_one_that_passes_as_often_as_planned() -> None:
    """Asked for the margin it names, the outlook gives the power it was planned for."""
    (one,) = _outlooks(_regression(0.001), _rows(3_000, 300))
    assert one.smallest is not None
    (again,) = _outlooks(_regression(one.smallest), _rows(3_000, 300))

    assert again.chance == pytest.approx(0.8, abs=0.001)


def test_of_slices_the_hungriest_is_told() -> None:
    comparing = Comparing(margin=Margin(value=0.01), metrics=("accuracy",))
    gate_set = GateSet(name="s", slices=Slices(by=(("region",),), comparing=comparing))

    (one,) = _outlooks(gate_set, _rows(5_000, 100, small=100))

    assert one.name == "slices.accuracy.region"
    assert one.can_pass is False
    assert one.message.startswith("in small, ")


def test_a_confidence_that_a_flawless_model_could_not_reach_is_never() -> None:
    """58 rows without a mistake do not show 95 %; 59 do."""
    gate_set = GateSet(name="s", performance={"accuracy": Bound(min=0.95, confidence=0.95)})

    assert [_outlooks(gate_set, _rows(n, 0))[0].can_pass for n in (58, 59)] == [False, True]


def test_production_outside_its_limit_cannot_say_how_often_a_model_like_it_passes() -> None:
    gate_set = GateSet(name="s", performance={"accuracy": Bound(min=0.95, confidence=0.95)})
    (one,) = _outlooks(gate_set, _rows(1_000, 100))

    assert (one.can_pass, one.chance) == (None, None)
    assert "not within the limit" in one.message


def test_a_point_limit_needs_no_rows_and_is_not_told() -> None:
    assert _outlooks(GateSet(name="s", performance={"accuracy": Bound(min=0.9)}), _rows(10, 0)) == ()


def test_fairness_is_planned_for_its_smallest_group() -> None:
    fairness = Fairness(protected=(("region",),), metrics=("accuracy",), max_disparity=0.05)
    (few,) = _outlooks(GateSet(name="s", fairness=fairness), _rows(4_000, 400, small=100))
    (many,) = _outlooks(GateSet(name="s", fairness=fairness), _rows(4_000, 400, small=2_000))

    assert (few.n, many.n) == (100, 2_000)
    assert few.chance is not None
    assert many.chance is not None
    assert few.chance < 0.2 < 0.9 < many.chance
