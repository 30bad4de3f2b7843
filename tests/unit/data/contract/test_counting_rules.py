"""Rules of a contract, counted: in batches, lazily, in parts; and what is said of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.config.contract import load_contract
from seatrial.data.claims import Severity
from seatrial.data.columns import Column, Kind
from seatrial.data.contract.judging import judge_rules
from seatrial.data.contract.rules import RuleCounter
from seatrial.data.contract.scanning import scan_rules
from seatrial.data.contract.tallies import Tallies, added
from seatrial.data.findings import DataFinding
from seatrial.data.reading.batches import batches
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.records import Dataset
from seatrial.errors import ConfigError
from seatrial.verdict import Verdict

NOW = datetime(2026, 1, 9, tzinfo=UTC)
DAYS = [datetime(2026, 1, day) for day in (1, 3, 2, 5, 4)]  # noqa: DTZ001 - a column without a zone


def written(frame: pl.DataFrame, folder: Path, name: str = "a.parquet") -> Dataset:
    folder.mkdir(exist_ok=True)
    frame.write_parquet(folder / name)
    return open_dataset(folder / name)


def counted(text: str, dataset: Dataset, rows: int = 2) -> Tallies:
    """Batch by batch, and checked to be what one lazy pass counts."""
    contract = load_contract(text.encode(), "c.yaml")
    counter = RuleCounter(contract, dataset.columns)
    for partition in dataset.partitions:
        for frame in batches(dataset, partition, rows=rows):
            counter.add(frame)
    whole = scan_rules(dataset, contract)
    assert whole.rows == counter.tallies.rows
    assert whole.counts == counter.tallies.counts
    return whole


def findings(text: str, dataset: Dataset) -> dict[tuple[str, str | None], DataFinding]:
    judged = judge_rules(counted(text, dataset), load_contract(text.encode(), "c.yaml"), now=NOW)
    return {(finding.check, finding.column): finding for finding in judged}


def broken(text: str, values: pl.Series, folder: Path) -> tuple[int, tuple[int, ...], Verdict, str]:
    """One rule about the column `a`: how many values break it, which rows, the verdict and the sentence."""
    found = findings(f"columns: {{a: {{{text}}}}}", written(pl.DataFrame({"a": values}), folder))
    finding = next(finding for (_, column), finding in found.items() if column == "a")
    return int(finding.details["broken"]), finding.rows, finding.verdict, finding.message


@pytest.mark.parametrize(
    ("rule", "values", "rows"),
    [
        ("min: 0, max: 9", pl.Series([0, 9, 10, -1, None]), (2, 3)),
        ("above: 0, below: 9", pl.Series([0, 9, 8, 1]), (0, 1)),
        ("min: 0.5", pl.Series([0, 1]), (0,)),
        ("above: 0.5", pl.Series([0, 1]), (0,)),
        ("below: 1.5", pl.Series([1, 2]), (1,)),
        ("min: -5", pl.Series([0, 1], dtype=pl.UInt8), ()),
        ("max: 300", pl.Series([0, 255], dtype=pl.UInt8), ()),
        ("min: 300", pl.Series([0, 255, None], dtype=pl.UInt8), (0, 1)),
        ("max: 9007199254740992", pl.Series([9007199254740993, 9007199254740992]), (0,)),
        ("max: 9223372036854775807, min: -9223372036854775808", pl.Series([2**63 - 1, -(2**63)]), ()),
        ("min: 0.1", pl.Series([0.1, 0.05], dtype=pl.Float32), (1,)),
        ("min: 0", pl.Series([1.0, float("nan"), float("inf"), -1.0]), (1, 3)),
        ("max: 5", pl.Series([1.0, float("nan"), float("inf")]), (1, 2)),
        ("max: 5, finite: false", pl.Series([1.0, float("nan"), float("inf")]), (2,)),
        ("finite: true", pl.Series([1.0, float("nan"), float("inf"), None]), (1, 2)),
        ("min: 1.5", pl.Series(["1.50", "1.49"]).str.to_decimal(scale=2), (1,)),
        ("max: 90", pl.Series([timedelta(seconds=90), timedelta(seconds=91)]), (1,)),
        ("min: 2026-01-02, max: 2026-01-04T12:00:00", pl.Series(DAYS), (0, 3)),
        ("below: 2026-01-02", pl.Series(DAYS).dt.date(), (1, 2, 3, 4)),
        ("max: 2026-01-01T23:00:00Z", pl.Series(DAYS).dt.replace_time_zone("Europe/Berlin"), (1, 3, 4)),
        ("min: 2026-01-03", pl.Series(DAYS).cast(pl.Datetime("ns")), (0, 2)),
        ("one_of: [a, b]", pl.Series(["a", "c", None, "B"]), (1, 3)),
        ("one_of: [a]", pl.Series(["a", "c"], dtype=pl.Categorical), (1,)),
        ("none_of: [a]", pl.Series(["a", "c"]), (0,)),
        ("one_of: [1, 2.5, 999]", pl.Series([1, 2, 99], dtype=pl.Int8), (1, 2)),
        ("one_of: [1, 2.5]", pl.Series([1.0, 2.5, float("nan")]), (2,)),
        ("one_of: [true]", pl.Series([True, False, None]), (1,)),
        ("pattern: 'a|ab'", pl.Series(["ab", "abc", "xa", "a\n"]), (1, 2, 3)),
        ("pattern: ['a.*', '.*c']", pl.Series(["abc", "ab", "bc"]), (1, 2)),
        ("pattern: '(?i)AB'", pl.Series(["ab", "b"]), (1,)),
        ("length: {min: 2, max: 3}", pl.Series(["é", "éé", "abcd", ""]), (0, 2, 3)),
        ("nullable: false", pl.Series([1, None, None]), (1, 2)),
        ("nullable: false", pl.Series([1.0, float("nan")]), ()),
    ],
)
def test_a_rule_finds_what_breaks_it(rule: str, values: pl.Series, rows: tuple[int, ...], tmp_path: Path) -> None:
    count, found, verdict, message = broken(rule, values, tmp_path)

    assert (count, found) == (len(rows), rows), message
    assert verdict is (Verdict.FAIL if rows else Verdict.PASS)


def test_the_sentence_names_the_share_and_the_worst_value(tmp_path: Path) -> None:
    values = pl.Series([1, 250, -3] + [5] * 997)

    assert broken("min: 0, max: 120", values, tmp_path)[3] == (
        "`a`: 2 of 1,000 values (0.2 %) do not lie from 0 to 120; the furthest is 250"
    )


@pytest.mark.parametrize(
    ("rule", "values", "said"),
    [
        ("length: {max: 3}", ["abcd", "ab"], "1 of 2 values (50 %) has more than 3 characters; the furthest is 4"),
        ("length: {min: 3}", ["abcd", "ab"], "1 of 2 values (50 %) has fewer than 3 characters; the furthest is 2"),
        (
            "length: {min: 3, max: 4}",
            ["a", "b"],
            "2 of 2 values (100 %) do not have 3 to 4 characters; the furthest is 1",
        ),
        ("none_of: [x, y]", ["x", "z"], "1 of 2 values (50 %) is forbidden (x, y); such as `x`"),
        ("none_of: [x], sensitive: true", ["x", "x"], "2 of 2 values (100 %) are forbidden; such as ***"),
        (
            "one_of: [x, z], none_of: [y]",
            ["y", "z"],
            "1 of 2 values (50 %) does not come from the set of 2 (x, z), or is forbidden (y); such as `y`",
        ),
    ],
)
def test_nothing_is_denied_twice(rule: str, values: list[str], said: str, tmp_path: Path) -> None:
    """`do not avoid` and `do not have at most` take a second reading."""
    assert broken(rule, pl.Series(values), tmp_path)[3] == f"`a`: {said}"


def test_nulls_are_held_against_their_share(tmp_path: Path) -> None:
    values = pl.Series([None] * 2 + [1] * 98)

    assert broken("nulls: {max: 2%}", values, tmp_path)[2] is Verdict.PASS
    assert broken("nulls: {max: 1.9%}", values, tmp_path)[2] is Verdict.FAIL


def test_values_of_sensitive_columns_are_told_nowhere(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["jane@x.org", "jo"], "n": [123456, 7]})
    text = "columns: {a: {pattern: 'j.', sensitive: true}, n: {max: 9, sensitive: true}}"
    tallies = counted(text, written(frame, tmp_path))
    judged = judge_rules(tallies, load_contract(text.encode(), "c.yaml"), now=NOW)

    assert [finding.rows for finding in judged if finding.verdict is Verdict.FAIL] == [(0,), (0,)]
    assert "jane" not in repr(judged) + repr(tallies)
    assert "123" not in repr([(finding.message, finding.current) for finding in judged])


def test_sets_of_sensitive_columns_are_not_printed(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["jane", "eve"], "b": ["bob", "eve"]})
    text = "columns: {a: {one_of: [jane, zoe], sensitive: true}, b: {none_of: [bob], sensitive: true}}"
    judged = judge_rules(counted(text, written(frame, tmp_path)), load_contract(text.encode(), "c.yaml"), now=NOW)
    messages = [finding.message for finding in judged if finding.verdict is Verdict.FAIL]

    assert not any(name in message for message in messages for name in ("jane", "zoe", "bob", "eve"))
    assert "the set of 2" in messages[0]
    assert "is forbidden; such as ***" in messages[1]


def test_leaves_of_nested_columns_have_rules(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"tags": [[1, 2], [], None, [-5], [None]], "st": [{"a": 1, "b": [{"c": -1}]}] * 5},
    )
    text = """
columns:
  tags: {type: list, nullable: false}
  'tags[]': {min: 0, nullable: false}
  'tags[#]': {type: int, min: 1}
  st: {}
  st.a: {max: 0}
  'st.b[].c': {min: 0}
"""
    found = findings(text, written(frame, tmp_path))
    failed = {key: finding.rows for key, finding in found.items() if finding.verdict is not Verdict.PASS}

    assert failed == {
        ("contract.nulls", "tags"): (2,),
        ("contract.nulls", "tags[]"): (4,),
        ("contract.range", "tags[]"): (3,),
        ("contract.range", "tags[#]"): (1,),
        ("contract.range", "st.a"): (0, 1, 2, 3, 4),
        ("contract.range", "st.b[].c"): (),
    }
    assert found["contract.nulls", "tags[]"].n == 4


def test_order_holds_across_batches_and_files(tmp_path: Path) -> None:
    for name, days in (("a", DAYS[:2]), ("b", [None, *DAYS[2:]])):
        pl.DataFrame({"at": days}).write_parquet(tmp_path / f"{name}.parquet")
    finding = findings("order_by: at", open_dataset(tmp_path))["contract.order", "at"]

    assert (finding.verdict, finding.rows, finding.n) == (Verdict.FAIL, (3, 5), 5)
    assert finding.place is not None


def test_a_label_before_its_event_is_told_row_by_row(tmp_path: Path) -> None:
    frame = pl.DataFrame({"event": DAYS, "label": [*DAYS[:3], None, DAYS[0]]})
    text = "not_before: {later: label, earlier: event}"
    finding = findings(text, written(frame, tmp_path))["contract.not_before", "label"]

    assert (finding.verdict, finding.rows, finding.n) == (Verdict.FAIL, (4,), 4)


@pytest.mark.parametrize(
    ("within", "days", "verdict"),
    [("5d", DAYS, Verdict.PASS), ("3d", DAYS, Verdict.FAIL), ("9d", [datetime(2026, 1, 11, tzinfo=UTC)], Verdict.FAIL)],
)
def test_freshness_is_the_age_of_the_newest_row(
    within: str, days: list[datetime], verdict: Verdict, tmp_path: Path
) -> None:
    found = findings(f"fresh: {{column: at, within: {within}}}", written(pl.DataFrame({"at": days}), tmp_path))

    assert found["contract.fresh", "at"].verdict is verdict


def test_rows_and_ages_are_told_in_rows_and_seconds(tmp_path: Path) -> None:
    """As the page of contracts says of the two rules whose figures are no shares."""
    frame = pl.DataFrame({"at": [NOW - timedelta(days=3)] * 2000})
    found = findings("rows: {min: 3000}\nfresh: {column: at, within: 2d}", written(frame, tmp_path))
    rows, age = found["contract.rows", None], found["contract.fresh", "at"]

    assert (rows.estimate, rows.threshold) == (2000, 3000)
    assert (age.statistic, age.estimate, age.threshold) == ("age_seconds", 259200, 172800)


@pytest.mark.parametrize("within", ["172800", "172800s", "2880m", "48h", "2d"])
def test_a_time_is_in_seconds_or_has_its_unit(within: str) -> None:
    fresh = load_contract(f"fresh: {{column: at, within: {within}}}".encode(), "c.yaml").fresh

    assert fresh is not None
    assert fresh.within == 172800


def test_a_date_is_as_old_as_its_end(tmp_path: Path) -> None:
    dataset = written(pl.DataFrame({"at": pl.Series(DAYS[3:4]).dt.date()}), tmp_path)

    assert findings("fresh: {column: at, within: 3d}", dataset)["contract.fresh", "at"].verdict is Verdict.PASS
    assert findings("fresh: {column: at, within: 2d}", dataset)["contract.fresh", "at"].verdict is Verdict.FAIL


def test_a_rule_that_cannot_be_looked_at_is_never_a_pass(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["x"], "empty": [None], "b": [True]})
    text = """
columns:
  a: {min: 0}
  b: {pattern: x}
  empty: {type: int, min: 0}
  Aa: {min: 0}
  gone: {min: 0, required: false}
order_by: time
fresh: {column: a, within: 1d}
label: ab
"""
    found = findings(text, written(frame, tmp_path))
    verdicts = {key: finding.verdict.value for key, finding in found.items() if finding.verdict is not Verdict.PASS}

    assert verdicts == {
        ("contract.range", "a"): "FAIL",
        ("contract.pattern", "b"): "FAIL",
        ("contract.type", "empty"): "INCONCLUSIVE",
        ("contract.range", "empty"): "INCONCLUSIVE",
        ("contract.missing_column", "Aa"): "FAIL",
        ("contract.missing_column", "ab"): "ERROR",
        ("contract.missing_column", "gone"): "INCONCLUSIVE",
        ("contract.order", "time"): "ERROR",
        ("contract.fresh", "a"): "FAIL",
    }
    assert found["contract.missing_column", "Aa"].next_step == "did you mean `a`?"
    assert found["contract.missing_column", "gone"].severity is Severity.INFO


@pytest.mark.parametrize(
    ("rule", "values", "what"),
    [
        ("min: 0", pl.Series(["1"]), "text (String), and this rule is about numbers"),
        ("max: 2026-01-31", pl.Series(["2026-01-01"]), "text (String), and this rule is about times"),
        ("min: 2026-01-01", pl.Series([1]), "numbers (Int64), and this rule is about times"),
        ("one_of: [1, 2]", pl.Series(["1"]), "text (String), and this rule is about numbers"),
        ("none_of: [1]", pl.Series(["1"]), "text (String), and this rule is about numbers"),
        ("length: {min: 1}", pl.Series([1]), "numbers (Int64), and this rule is about text"),
        ("finite: true", pl.Series(["1"]), "text (String), and this rule is about numbers or vectors"),
    ],
)
def test_values_of_another_kind_break_a_rule(rule: str, values: pl.Series, what: str, tmp_path: Path) -> None:
    """It was looked at: the type is a fact about every value, so it is broken and not unknown."""
    found = findings(f"columns: {{a: {{{rule}}}}}", written(pl.DataFrame({"a": values}), tmp_path))
    [finding] = [each for (_, column), each in found.items() if column == "a"]

    assert (finding.verdict, finding.reason) == (Verdict.FAIL, "broken")
    assert finding.message == f"`a` holds {what}"
    assert finding.place is not None
    assert finding.next_step


def test_a_missing_column_names_all_that_could_not_be_asked_of_it(tmp_path: Path) -> None:
    """One finding, of the column's own severity, stands for its rules; none of them passes beside it."""
    text = "columns: {gone: {type: int, min: 0, nulls: {max: 1%}, unique: true, severity: warning}, here: {}, a: {}}"
    found = findings(text, written(pl.DataFrame({"a": [1], "here": [2]}), tmp_path))
    [finding] = [each for (_, column), each in found.items() if column == "gone"]

    assert finding.message == (
        "the column `gone` is missing, so `type`, `nulls`, `unique`, `min` could not be asked of it"
    )
    assert (finding.verdict, finding.severity) == (Verdict.FAIL, Severity.WARNING)


def test_rules_about_a_struct_are_told_though_it_need_not_be_there(tmp_path: Path) -> None:
    frame = pl.DataFrame({"address": [{"city": "x"}]})

    found = findings("columns: {address: {required: false, min: 0}}", written(frame, tmp_path))

    assert found["contract.missing_column", "address"].verdict is Verdict.FAIL
    assert ("contract.missing_column", "address") not in findings(
        "columns: {address: {required: false}}", written(frame, tmp_path)
    )


@pytest.mark.parametrize("rule", ["required: false", "severity: info"])
def test_a_label_that_is_missing_is_an_error_whatever_its_column_is_asked(rule: str, tmp_path: Path) -> None:
    dataset = written(pl.DataFrame({"a": [1]}), tmp_path)

    found = findings(f"columns: {{y: {{{rule}}}}}\nlabel: y", dataset)

    assert found["contract.missing_column", "y"].verdict is Verdict.ERROR
    assert found["contract.missing_column", "y"].severity is Severity.ERROR


@pytest.mark.parametrize("rule", ["{later: time, earlier: gone}", "{later: gone, earlier: time}"])
def test_a_time_that_is_missing_on_either_side_is_an_error(rule: str, tmp_path: Path) -> None:
    found = findings(f"not_before: {rule}", written(pl.DataFrame({"time": DAYS}), tmp_path))
    finding = next(each for (check, _), each in found.items() if check == "contract.not_before")

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, "not_looked_at")
    assert finding.message == "there is no column `gone`, so this rule was not looked at"


def test_a_check_of_pandera_that_only_warns_warns_and_one_that_is_not_read_is_no_pass(tmp_path: Path) -> None:
    dataset = written(pl.DataFrame({"a": [1.5, None]}), tmp_path)
    text = """
schema_type: dataframe
columns:
  a: {dtype: float64, nullable: true, less_than: {value: 1, raise_warning: true}, my_check: {}}
"""
    found = findings(text, dataset)

    assert found["contract.range", "a"].verdict is Verdict.FAIL
    assert found["contract.range", "a"].severity is Severity.WARNING
    assert found["contract.type", "a"].severity is Severity.ERROR
    assert (found["contract.unread", "a"].verdict, found["contract.unread", "a"].severity) == (
        Verdict.ERROR,
        Severity.WARNING,
    )


def test_no_rows_is_an_error_and_no_pass(tmp_path: Path) -> None:
    dataset = written(pl.DataFrame({"a": pl.Series([], dtype=pl.Int64)}), tmp_path)
    found = findings("columns: {a: {min: 0, nullable: false}}", dataset)

    assert found["contract.rows", None].verdict is Verdict.ERROR
    assert "checked nothing" in found["contract.rows", None].message
    assert ("contract.range", "a") not in found


@pytest.mark.parametrize(
    ("wanted", "values", "verdict"),
    [
        ("int", pl.Series([1]), Verdict.PASS),
        ("int", pl.Series([1.0]), Verdict.FAIL),
        ("int", pl.Series(["1"]), Verdict.FAIL),
        ("number", pl.Series([1.0]), Verdict.PASS),
        ("float", pl.Series([1.0], dtype=pl.Float32), Verdict.PASS),
        ("string", pl.Series(["a"], dtype=pl.Categorical), Verdict.PASS),
        ("date", pl.Series(DAYS), Verdict.FAIL),
        ("datetime", pl.Series(DAYS), Verdict.PASS),
        ("time", pl.Series(DAYS).dt.date(), Verdict.PASS),
        ("bool", pl.Series([True]), Verdict.PASS),
        ("vector", pl.Series([[1.0, 2.0]], dtype=pl.Array(pl.Float32, 2)), Verdict.PASS),
        ("list", pl.Series([[1.0, 2.0]]), Verdict.PASS),
        ("int", pl.Series([[1.0, 2.0]]), Verdict.FAIL),
    ],
)
def test_types_are_what_is_stored(wanted: str, values: pl.Series, verdict: Verdict, tmp_path: Path) -> None:
    found = findings(f"columns: {{a: {wanted}}}", written(pl.DataFrame({"a": values}), tmp_path))

    assert found["contract.type", "a"].verdict is verdict


def test_further_columns_are_allowed_told_or_refused(tmp_path: Path) -> None:
    dataset = written(pl.DataFrame({"a": [1], "b": [{"c": [1]}], "d": [[1]]}), tmp_path)
    base = "columns: {a: int, b: , 'd[]': {min: 0}}"

    def extra(text: str) -> list[tuple[str | None, str, str]]:
        found = findings(text, dataset)
        return [(c, f.verdict.value, f.severity.value) for (k, c), f in found.items() if k == "contract.extra_column"]

    assert extra(base) == []
    assert extra(f"{base}\nextra_columns: forbid") == [(None, "PASS", "error")]
    assert extra("columns: {a: int, b: }\nextra_columns: warn") == [("d", "FAIL", "warning")]


def test_the_engine_has_the_last_word_on_a_pattern(tmp_path: Path) -> None:
    dataset = written(pl.DataFrame({"a": ["x"]}), tmp_path)
    contract = load_contract(rb"columns: {a: {pattern: '\p{Nonsense}'}}", "c.yaml")

    with pytest.raises(ConfigError) as caught:
        scan_rules(dataset, contract)

    assert caught.value.problems[0].place is not None
    assert caught.value.problems[0].place.line == 1


@given(st.lists(st.lists(st.one_of(st.none(), st.integers(-5, 15)), max_size=6), min_size=1, max_size=5))
def test_parts_added_are_the_whole(parts: list[list[int | None]]) -> None:
    text = b"columns: {a: {min: 0, max: 9, nullable: false, one_of: [1, 2, 3]}}\norder_by: a"
    contract = load_contract(text, "c.yaml")
    columns = (Column(name="a", source="a", dtype="Int64", kind=Kind.NUMBER),)

    def of(values: list[int | None]) -> Tallies:
        counter = RuleCounter(contract, columns)
        counter.add(pl.DataFrame({"a": pl.Series(values, dtype=pl.Int64)}))
        return counter.tallies

    total = Tallies(columns=columns)
    for part in parts:
        total = added(total, of(part))

    assert total == of([value for part in parts for value in part])
