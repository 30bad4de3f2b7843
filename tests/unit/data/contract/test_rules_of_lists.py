"""Rules and roles that name a list or a struct as a whole, and sets of values of several kinds: never a silent pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from seatrial.config.contract import load_contract
from seatrial.data.asked import Asked
from seatrial.data.checking import check
from seatrial.data.findings import DataFinding
from seatrial.verdict import Decision, Verdict

DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - of columns without a zone
NESTED = pl.DataFrame(
    {
        "tags": [["a", "b"], ["b"], []],
        "addr": [{"city": "x"}, {"city": "y"}, {"city": "z"}],
        "v": [1.0, 2.0, 3.0],
        "s": ["x y", "z", "x y"],
        "t": [DAY + timedelta(days=days) for days in range(3)],
        "ts": [[DAY]] * 3,
    }
)


def judged(contract: str, folder: Path) -> tuple[Decision, list[DataFinding]]:
    """The decision, and all that was told except what holds."""
    NESTED.write_parquet(folder / "a.parquet")
    asked = Asked(path=folder / "a.parquet", contract=load_contract(contract.encode(), "c.yaml"))
    found = check(asked, now=datetime(2026, 1, 9, tzinfo=UTC))
    return found.decision, [finding for finding in found.findings if finding.verdict is not Verdict.PASS]


@pytest.mark.parametrize("role", ["label", "prediction", "cluster"])
@pytest.mark.parametrize("column", ["addr", "tags"])
def test_a_role_that_no_single_column_plays_is_an_error(role: str, column: str, tmp_path: Path) -> None:
    """Named among `columns`, where it may stand for the whole list or struct, all the same."""
    decision, told = judged(f"{role}: {column}\ncolumns: {{{column}: {{}}, v: {{}}}}\n", tmp_path)

    assert decision is Decision.BLOCK
    assert [(finding.column, finding.verdict) for finding in told] == [(column, Verdict.ERROR)]
    assert told[0].message.endswith(f"called `{column}`, which is named as {role}")


def test_a_role_whose_column_is_missing_is_told_once(tmp_path: Path) -> None:
    """By `columns`, which says what else could not be asked of it."""
    _, told = judged("label: gone\ncolumns: {gone: {min: 1}, v: {}}\n", tmp_path)

    assert [(finding.column, finding.verdict) for finding in told] == [("gone", Verdict.FAIL)]


@pytest.mark.parametrize(
    "contract",
    [
        "columns: {tags: {one_of: [a, b]}}\n",
        "columns: {tags: {unique: true}}\n",
        "not_before: [{later: t, earlier: 'ts[]'}]\n",
        "order_by: 'ts[]'\n",
    ],
)
def test_a_rule_that_names_a_list_and_not_its_elements_was_not_looked_at(contract: str, tmp_path: Path) -> None:
    """No value broke it: nobody looked at one."""
    decision, (told,) = judged(contract, tmp_path)

    assert decision is Decision.BLOCK
    assert (told.verdict, told.reason) == (Verdict.ERROR, "not_looked_at")
    assert "there is no column" not in told.message
    assert told.next_step is not None


@pytest.mark.parametrize(
    ("column", "rule", "kinds"),
    [
        ("s", "one_of: [x y, z], none_of: [1]", "text or numbers"),
        ("v", "one_of: [1.0, 2.0, 3.0], none_of: [a]", "numbers or text"),
    ],
)
def test_sets_of_another_kind_than_the_column_are_told(column: str, rule: str, kinds: str, tmp_path: Path) -> None:
    """Whichever of both sets it is."""
    _, (told,) = judged(f"columns: {{{column}: {{{rule}}}}}\n", tmp_path)

    assert (told.check, told.verdict, told.reason) == ("contract.set", Verdict.FAIL, "broken")
    assert told.message.endswith(f"this rule is about {kinds}")
