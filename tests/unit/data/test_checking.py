"""A check from paths to findings, on small files: what is asked decides what is done, and nothing asked is no pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from seatrial.cli.exits import exit_code
from seatrial.config.contract import load_contract
from seatrial.data import comparing, profiling
from seatrial.data.asked import Asked
from seatrial.data.checking import check
from seatrial.data.claims import Severity
from seatrial.data.comparing import SAME_DATA
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.data.profile.serial import read_profile
from seatrial.data.reading.batches import batches
from seatrial.data.reading.records import Dataset, Partition
from seatrial.data.result import Check
from seatrial.data.serial import check_json
from seatrial.errors import EvidenceError, UsageError
from seatrial.replacing import replace
from seatrial.verdict import Decision, Verdict

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONTRACT = b"""\
columns:
  age: {type: int, min: 0, max: 120, nullable: false}
  city: {one_of: [Berlin, Paris, Rome], sensitive: true}
id: id
"""


def table(rows: int, seed: int, *, first: int = 0) -> pl.DataFrame:
    """Rows of one source; another seed gives other rows of the same source."""
    chance = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": np.arange(first, first + rows),
            "age": chance.integers(18, 90, rows),
            "income": np.exp(chance.normal(10, 0.5, rows)),
            "city": chance.choice(["Berlin", "Paris", "Rome"], rows, p=[0.5, 0.3, 0.2]),
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reference, clean rows of the same source, and rows whose income is another."""
    folder = tmp_path_factory.mktemp("data")
    table(4000, 1).write_parquet(folder / "reference.parquet")
    table(2000, 2, first=10_000).write_parquet(folder / "clean.parquet")
    drifted = table(2000, 3, first=20_000).with_columns(pl.col("income") * 2)
    drifted.write_parquet(folder / "drifted.parquet")
    broken = table(300, 4).with_columns(
        age=pl.when(pl.int_range(300) == 7).then(130).otherwise("age"),
        city=pl.when(pl.int_range(300) == 9).then(pl.lit("Geheim")).otherwise("city"),
    )
    broken.write_parquet(folder / "broken.parquet")
    return folder


def checked(path: Path, reference: Path | None = None, **asked: object) -> Check:
    """One check at a fixed time."""
    return check(Asked(path=path, reference=reference, **asked), now=NOW)  # type: ignore[arg-type]


def text_of(found: Check) -> str:
    """All that a check says, as bytes that can be compared."""
    return json.dumps(check_json(found))


def failing(found: Check) -> set[tuple[str, str | None]]:
    """What fails."""
    return {(finding.check, finding.column) for finding in found.judged if finding.verdict is Verdict.FAIL}


def test_clean_rows_of_the_same_source_pass(files: Path) -> None:
    """Everything is compared and nothing is found."""
    found = checked(files / "clean.parquet", files / "reference.parquet")

    assert found.verdict is Verdict.PASS
    assert found.decision is Decision.ALLOW
    assert {"age", "income", "city"} <= {finding.column for finding in found.judged}
    assert (found.rows, found.columns, found.files) == (2000, 4, 1)


def test_a_shift_is_found_in_its_column_and_blocks(files: Path) -> None:
    """The finding names the column, and no other column is blamed."""
    found = checked(files / "drifted.parquet", files / "reference.parquet")

    assert ("drift.shift", "income") in failing(found)
    assert {column for _, column in failing(found)} <= {"income", None}
    assert found.decision is Decision.BLOCK


def test_exchanged_columns_are_told_to_be_that(files: Path, tmp_path: Path) -> None:
    """From a stored profile, too: what is asked needs no rows."""
    frame = pl.read_parquet(files / "clean.parquet")
    exchanged = frame.rename({"age": "income", "income": "age"}).select(frame.columns)
    exchanged.write_parquet(tmp_path / "exchanged.parquet")
    checked(files / "reference.parquet", save_profile=tmp_path / "kept.json")

    found = checked(tmp_path / "exchanged.parquet", tmp_path / "kept.json")

    told = [finding.column for finding in found.findings if "exchanged?" in finding.message]
    assert sorted(map(str, told)) == ["age", "income"]


def test_a_profile_is_as_good_a_reference_as_the_data(files: Path, tmp_path: Path) -> None:
    """The old rows are not needed: every finding is the same, digest and all."""
    kept = tmp_path / "reference.json"
    checked(files / "reference.parquet", save_profile=kept)
    by_profile = checked(files / "drifted.parquet", kept)
    by_data = checked(files / "drifted.parquet", files / "reference.parquet")

    assert by_profile.findings == by_data.findings
    assert by_profile.digests == by_data.digests


def test_the_same_check_gives_the_same_bytes(files: Path) -> None:
    """The seed is of the data, and no time and no order of threads shows."""
    twice = [text_of(checked(files / "drifted.parquet", files / "reference.parquet")) for _ in range(2)]

    assert twice[0] == twice[1]


def test_a_folder_is_the_same_whatever_the_number_of_jobs(files: Path, tmp_path: Path) -> None:
    """Partitions are added in order, however many are read at once, and count as one dataset."""
    whole = pl.read_parquet(files / "drifted.parquet")
    for part in range(5):
        whole.slice(part * 400, 400).write_parquet(tmp_path / f"part{part}.parquet")
    one, three = (checked(tmp_path, files / "reference.parquet", jobs=jobs) for jobs in (1, 3))
    alone = checked(files / "drifted.parquet", files / "reference.parquet")

    assert text_of(one) == text_of(three)
    assert (one.files, one.rows) == (5, 2000)
    assert failing(one) == failing(alone)


def test_a_contract_alone_makes_no_profile(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules are one scan; nothing that profiles is even called."""

    def refuse(*_: object) -> Profile:
        raise AssertionError("a profile was made")

    monkeypatch.setattr(comparing, "compared", refuse)
    found = checked(files / "broken.parquet", contract=load_contract(CONTRACT, "contract.yaml"))

    assert failing(found) == {("contract.range", "age"), ("contract.set", "city")}
    assert found.profile is None


def test_rules_count_the_same_beside_a_profile(files: Path) -> None:
    """The scan and the pass over batches agree on every finding of the contract."""
    contract = load_contract(CONTRACT, "contract.yaml")
    alone = checked(files / "broken.parquet", contract=contract)
    beside = checked(files / "broken.parquet", files / "reference.parquet", contract=contract)
    rules = [finding for finding in beside.findings if finding.check.startswith("contract.")]

    assert rules == [finding for finding in alone.findings if finding.check.startswith("contract.")]
    assert beside.examples == alone.examples


def test_example_rows_show_the_id_and_the_column_and_hide_what_is_sensitive(files: Path) -> None:
    """A reviewer finds the row again, and learns no value that the contract hides."""
    found = checked(files / "broken.parquet", contract=load_contract(CONTRACT, "contract.yaml"))
    of_age, of_city = found.examples

    assert (of_age.column, of_age.columns) == ("age", ("id", "age"))
    assert [(row.row, row.cells) for row in of_age.rows] == [(7, ("7", "130"))]
    assert [(row.row, row.cells) for row in of_city.rows] == [(9, ("9", "***"))]
    assert "Geheim" not in text_of(found)


def test_a_sensitive_column_is_compared_without_telling_its_values(files: Path, tmp_path: Path) -> None:
    """What differs is said; with what value is not. Without the mark it is."""
    current = table(2000, 5, first=50_000).with_columns(
        city=pl.when(pl.int_range(2000) % 4 == 0).then(pl.lit("Geheim")).otherwise("city")
    )
    current.write_parquet(tmp_path / "current.parquet")
    hidden = load_contract(b"columns:\n  city: {sensitive: true}\n", "contract.yaml")
    shown = load_contract(b"columns:\n  city: {nullable: false}\n", "contract.yaml")

    told = checked(tmp_path / "current.parquet", files / "reference.parquet", contract=hidden, pictures=True)
    assert any(column == "city" for _, column in failing(told))
    assert "Geheim" not in text_of(told)
    assert not any("Geheim" in (one.top, one.least, one.most) for one in told.statistics)
    assert "Geheim" in text_of(checked(tmp_path / "current.parquet", files / "reference.parquet", contract=shown))


def test_nothing_asked_is_an_error_that_says_what_to_ask(files: Path) -> None:
    """A check without contract and reference judged nothing that anybody wanted to know."""
    found = checked(files / "clean.parquet")

    assert found.verdict is Verdict.ERROR
    assert [finding.check for finding in found.judged if finding.verdict is Verdict.ERROR] == ["check.nothing_asked"]
    assert any("--infer" in (finding.next_step or "") for finding in found.findings)


def test_a_contract_of_roles_only_asks_nothing(files: Path) -> None:
    """Which column names a row demands nothing of any row."""
    assert checked(files / "clean.parquet", contract=Contract(id=("id",))).verdict is Verdict.ERROR


def test_columns_that_say_nothing_are_warned_of(tmp_path: Path) -> None:
    """All null and all one: told where there is no reference to compare with, and not in the way."""
    frame = table(50, 1).with_columns(nothing=pl.lit(None, dtype=pl.Float64), one=pl.lit("x"))
    frame.write_parquet(tmp_path / "data.parquet")
    found = checked(tmp_path / "data.parquet", save_profile=tmp_path / "kept.json")

    assert {("column.all_null", "nothing"), ("column.constant", "one")} <= failing(found)
    assert all(finding.severity is Severity.WARNING for finding in found.judged if finding.check.startswith("column."))
    assert found.decision is Decision.WARN
    assert read_profile((tmp_path / "kept.json").read_bytes(), file="kept.json").rows == 50


def test_the_same_data_as_reference_is_said_to_be_the_same(files: Path, tmp_path: Path) -> None:
    """Rows that are in both, because both are one file, are no contamination; a copy under another name is the same."""
    copy = tmp_path / "copy.parquet"
    copy.write_bytes((files / "reference.parquet").read_bytes())
    found = checked(copy, files / "reference.parquet")

    assert found.verdict is Verdict.PASS
    assert SAME_DATA in found.notes


def test_rows_of_the_reference_in_other_data_are_found(files: Path, tmp_path: Path) -> None:
    """The check above must not go quiet where only a part is the same."""
    mixed = pl.concat([table(1500, 9, first=90_000), pl.read_parquet(files / "reference.parquet").head(500)])
    mixed.write_parquet(tmp_path / "mixed.parquet")
    found = checked(tmp_path / "mixed.parquet", files / "reference.parquet")

    assert "joint.shared_rows" in {check for check, _ in failing(found)}


def test_data_without_rows_is_never_a_pass(files: Path, tmp_path: Path) -> None:
    """An empty file holds to everything, which is not what was meant."""
    table(1, 1).head(0).write_parquet(tmp_path / "empty.parquet")

    assert checked(tmp_path / "empty.parquet", files / "reference.parquet").verdict is Verdict.ERROR
    assert checked(tmp_path / "empty.parquet", contract=load_contract(CONTRACT, "c.yaml")).verdict is Verdict.ERROR


def test_a_reference_without_rows_is_refused(files: Path, tmp_path: Path) -> None:
    """There is nothing to compare with, and that is a mistake of the call."""
    table(1, 1).head(0).write_parquet(tmp_path / "empty.parquet")

    with pytest.raises(EvidenceError, match="has no rows"):
        checked(files / "clean.parquet", tmp_path / "empty.parquet")


def test_a_missing_reference_is_refused(files: Path) -> None:
    """Its path is told."""
    with pytest.raises(UsageError, match=r"nowhere\.json"):
        checked(files / "clean.parquet", Path("nowhere.json"))


def test_a_new_column_and_one_of_another_kind_are_told_and_break_nothing(files: Path, tmp_path: Path) -> None:
    """The reference has no bins for them; they get their own, and its digest still fits."""
    frame = table(500, 6, first=70_000).with_columns(pl.col("age").cast(pl.String), new=pl.int_range(500))
    frame.write_parquet(tmp_path / "data.parquet")
    found = checked(tmp_path / "data.parquet", files / "reference.parquet")

    assert {("schema.new", "new"), ("schema.type", "age")} <= failing(found)


def test_a_kept_profile_of_extended_data_serves_as_reference(files: Path, tmp_path: Path) -> None:
    """What is saved beside a comparison has a digest of its own bins, and can be compared with in turn."""
    frame = table(500, 6, first=70_000).with_columns(new=pl.int_range(500))
    frame.write_parquet(tmp_path / "wide.parquet")
    checked(tmp_path / "wide.parquet", files / "reference.parquet", save_profile=tmp_path / "wide.json")
    again = checked(tmp_path / "wide.parquet", tmp_path / "wide.json")

    assert again.verdict is Verdict.PASS
    assert SAME_DATA in again.notes


def test_a_remembered_partition_is_not_read_again(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a cache, a new partition costs one partition, and the answer is the same as without."""
    folder, cache = tmp_path / "data", tmp_path / "cache"
    folder.mkdir()
    for part in range(3):
        table(300, part + 10, first=part * 1000).write_parquet(folder / f"p{part}.parquet")
    contract = load_contract(CONTRACT, "contract.yaml")
    reference = files / "reference.parquet"
    checked(folder, reference, contract=contract, cache=cache)
    table(300, 13, first=3000).write_parquet(folder / "p3.parquet")
    read: list[str] = []

    def watched(dataset: Dataset, partition: Partition) -> Iterator[pl.DataFrame]:
        read.append(partition.path.name)
        return batches(dataset, partition)

    monkeypatch.setattr(profiling, "batches", watched)
    found = checked(folder, reference, contract=contract, cache=cache)

    assert read == ["p3.parquet"]
    assert text_of(found) == text_of(checked(folder, reference, contract=contract))


def test_a_new_column_does_not_make_the_cache_forget(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bins are beside those of the reference, and part of what a profile is remembered by."""
    table(500, 6, first=70_000).with_columns(new=pl.int_range(500)).write_parquet(tmp_path / "wide.parquet")
    first = text_of(checked(tmp_path / "wide.parquet", files / "reference.parquet", cache=tmp_path / "cache"))

    monkeypatch.setattr(
        profiling, "batches", lambda dataset, partition: pytest.fail(f"{partition.shown} is read again")
    )
    again = checked(tmp_path / "wide.parquet", files / "reference.parquet", cache=tmp_path / "cache")

    assert text_of(again) == first


def test_what_is_asked_beside_a_contract_changes_no_verdict(files: Path, tmp_path: Path) -> None:
    """A constant column is what the contract may have meant; a profile or pictures are no further question."""
    table(500, 6).with_columns(same=pl.lit(1)).write_parquet(tmp_path / "constant.parquet")
    contract = load_contract(b"columns: {age: {min: 0}}", "contract.yaml")
    plain = checked(tmp_path / "constant.parquet", contract=contract)
    kept = checked(tmp_path / "constant.parquet", contract=contract, save_profile=tmp_path / "p.json", pictures=True)

    assert [finding.check for finding in kept.findings] == [finding.check for finding in plain.findings]
    assert kept.verdict is Verdict.PASS


def test_a_profile_of_vectors_alone_is_made_and_passes(tmp_path: Path) -> None:
    vectors = pl.DataFrame({"v": pl.Series([[1.0, 2.0], [3.0, 4.0]] * 50, dtype=pl.Array(pl.Float64, 2))})
    vectors.write_parquet(tmp_path / "vectors.parquet")
    found = checked(tmp_path / "vectors.parquet", save_profile=tmp_path / "p.json")

    assert (found.verdict, found.findings[0].check) == (Verdict.PASS, "column.says_nothing")


def test_without_a_reference_bins_last_until_the_number_of_files_doubles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a new partition costs one partition there too, but for one in as many as there are."""
    folder, cache = tmp_path / "data", tmp_path / "cache"
    folder.mkdir()
    read: list[str] = []

    def watched(dataset: Dataset, partition: Partition) -> Iterator[pl.DataFrame]:
        read.append(partition.path.name)
        return batches(dataset, partition)

    monkeypatch.setattr(profiling, "batches", watched)
    costs = []
    for part in range(6):
        table(300, part + 10, first=part * 1000).write_parquet(folder / f"p{part}.parquet")
        found = checked(folder, None, contract=Contract(label="age"), cache=cache)
        costs.append(len(read))
        read.clear()

    assert costs == [1, 2, 1, 4, 1, 1]
    assert text_of(found) == text_of(checked(folder, None, contract=Contract(label="age")))


@pytest.mark.parametrize("what", ["contract", "binning", "label"])
def test_what_was_asked_otherwise_is_not_remembered(files: Path, tmp_path: Path, what: str) -> None:
    """A cache answers only the very same question."""
    contract = load_contract(CONTRACT, "contract.yaml")
    checked(files / "broken.parquet", files / "reference.parquet", contract=contract, cache=tmp_path)
    reference = files / ("clean.parquet" if what == "binning" else "reference.parquet")
    other = {
        "contract": load_contract(CONTRACT.replace(b"max: 120", b"max: 50"), "contract.yaml"),
        "label": replace(contract, label="age", prediction="age"),
    }.get(what, contract)
    with_cache = checked(files / "broken.parquet", reference, contract=other, cache=tmp_path)

    assert text_of(with_cache) == text_of(checked(files / "broken.parquet", reference, contract=other))


def test_a_damaged_memory_costs_time_and_not_the_answer(files: Path, tmp_path: Path) -> None:
    """What cannot be read is made again."""
    first = text_of(checked(files / "clean.parquet", files / "reference.parquet", cache=tmp_path))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-20])

    assert text_of(checked(files / "clean.parquet", files / "reference.parquet", cache=tmp_path)) == first


def test_progress_is_told_by_files_and_rows(files: Path) -> None:
    """Whoever waits learns how far it is."""
    told: list[str] = []
    check(Asked(path=files / "clean.parquet", reference=files / "reference.parquet"), now=NOW, say=told.append)

    assert any("1 of 1 files, 2,000 rows" in line for line in told)


def test_exact_demands_are_a_second_pass_and_read_beside_the_contract(files: Path, tmp_path: Path) -> None:
    """`unique`, `disjoint` and `duplicates` are counted exactly; other data is found from the contract's folder."""
    twice = pl.concat([table(300, 1), table(300, 1).tail(2)])
    twice.write_parquet(tmp_path / "data.parquet")
    table(1, 1).write_parquet(tmp_path / "test.parquet")
    text = b"columns: {id: {unique: true}}\ndisjoint: [{with: test.parquet, on: [id]}]\nduplicates: {max: 0}\n"
    found = checked(tmp_path / "data.parquet", contract=load_contract(text, str(tmp_path / "contract.yaml")))

    assert {("contract.unique", "id"), ("contract.disjoint", None), ("contract.duplicates", None)} <= failing(found)
    assert {("contract.unique", "id", (300, 301))} <= {
        (each.check, each.column, tuple(row.row for row in each.rows)) for each in found.examples
    }


def test_a_contract_that_only_limits_repeated_rows_asks_something(tmp_path: Path) -> None:
    """It needs no reference and no profile."""
    table(300, 1).write_parquet(tmp_path / "data.parquet")
    found = checked(tmp_path / "data.parquet", contract=load_contract(b"duplicates: {max: 0}\n", "contract.yaml"))

    assert found.verdict is Verdict.PASS
    assert found.profile is None


def test_a_contract_that_only_limits_nearly_repeated_texts_asks_something(tmp_path: Path) -> None:
    texts = [f"the order with number {row * row} was sent to customer {row}" for row in range(300)]
    for name, some in (("clean", texts), ("repeated", texts + [text.upper() for text in texts[:100]])):
        pl.DataFrame({"note": some}).write_parquet(tmp_path / f"{name}.parquet")
    contract = load_contract(b"duplicates: {near: 10%}\nrows: {min: 1}", "contract.yaml")

    assert checked(tmp_path / "clean.parquet", contract=contract).verdict is Verdict.PASS
    found = checked(tmp_path / "repeated.parquet", contract=contract)
    assert failing(found) == {("joint.near_duplicates", "note")}


def test_the_same_few_rows_pass_because_they_are_the_same(tmp_path: Path) -> None:
    """Three rows decide nothing about other rows; that nothing changed they do decide."""
    table(3, 1).write_parquet(tmp_path / "few.parquet")

    assert checked(tmp_path / "few.parquet", tmp_path / "few.parquet").verdict is Verdict.PASS


def test_one_row_says_nothing_about_its_columns(tmp_path: Path) -> None:
    """It is neither constant nor of different values, so nobody knows, and that is said."""
    table(1, 1).write_parquet(tmp_path / "one.parquet")
    found = checked(tmp_path / "one.parquet", save_profile=tmp_path / "kept.json")

    assert found.verdict is Verdict.INCONCLUSIVE
    assert [finding.reason for finding in found.findings] == ["not_looked_at"]
    assert (found.decision, exit_code(found.decision, found.grave)) == (Decision.WARN, 0)


def test_one_row_does_what_a_constant_column_would_and_holds_against_a_reference(files: Path, tmp_path: Path) -> None:
    """What is unknown weighs no more than the same thing found, and no less where it would have blocked."""
    table(1, 1).write_parquet(tmp_path / "one.parquet")
    table(300, 1).with_columns(pl.lit(1).alias("income")).write_parquet(tmp_path / "constant.parquet")
    one, constant = (checked(tmp_path / f"{name}.parquet", save_profile=tmp_path / "p") for name in ("one", "constant"))
    held = checked(tmp_path / "one.parquet", files / "reference.parquet")

    assert constant.verdict is Verdict.FAIL
    assert one.decision is constant.decision is Decision.WARN
    assert (held.verdict, held.decision) == (Verdict.INCONCLUSIVE, Decision.HOLD)
    assert exit_code(held.decision, held.grave) == 3


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_few_rows_of_a_large_reference_are_found_under_new_ids(tmp_path: Path, share: float) -> None:
    """All rows of 20,000 are recognised, not those that a sample holds; the id is declared, for it repeats."""
    reference = table(20_000, 1).with_columns(pl.col("id") // 2)
    taken = reference.sample(round(500 * share), seed=4).with_columns(pl.col("id") + 1_000_000)
    current = pl.concat([table(500 - taken.height, 2, first=50_000), taken])
    reference.write_parquet(tmp_path / "reference.parquet")
    current.write_parquet(tmp_path / "current.parquet")

    asked = Asked(
        path=tmp_path / "current.parquet", reference=tmp_path / "reference.parquet", contract=Contract(id=("id",))
    )
    (found,) = (one for one in check(asked, now=NOW).findings if one.check == "joint.shared_rows")

    assert found.verdict is Verdict.FAIL
    assert found.estimate == pytest.approx(share)


@pytest.mark.parametrize("limits", ["drift: {max: {kl: 0.1}}", "columns: {age: {drift: {max: {kl: 0.1}}}}"])
def test_limits_on_distances_from_no_reference_are_told_and_not_taken_for_kept(limits: str, files: Path) -> None:
    contract = load_contract(f"rows: {{min: 1}}\n{limits}".encode(), "contract.yaml")

    alone = checked(files / "clean.parquet", contract=contract)
    beside = checked(files / "clean.parquet", files / "reference.parquet", contract=contract)

    assert [("not looked at" in note) for note in alone.notes] == [True]
    assert not any("not looked at" in note for note in beside.notes)
    assert checked(files / "clean.parquet", contract=load_contract(b"rows: {min: 1}", "c.yaml")).notes == ()
