"""Folders as a dataset: which files count, what their paths say, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
from pathlib import Path

import polars as pl
import pytest

from seatrial import digest
from seatrial.data.columns import Kind
from seatrial.data.reading.batches import batches
from seatrial.data.reading.identity import identity, promised
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.records import Dataset, Format
from seatrial.errors import EvidenceError


def put(path: Path, **columns: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(columns).write_parquet(path)


def rows(dataset: Dataset) -> list[tuple[object, ...]]:
    return [row for part in dataset.partitions for frame in batches(dataset, part) for row in frame.rows()]


def refused(path: Path, match: str) -> str:
    with pytest.raises(EvidenceError, match=match) as caught:
        open_dataset(path, shown="d")
    assert caught.value.next_step
    return str(caught.value.problems[0].place)


def test_partitions_are_sorted_by_path_and_what_writers_leave_behind_is_ignored(tmp_path: Path) -> None:
    put(tmp_path / "b" / "1.parquet", a=[2])
    put(tmp_path / "a.parquet", a=[1])
    put(tmp_path / "_metadata", a=[9])
    put(tmp_path / ".hidden.parquet", a=[9])
    put(tmp_path / "_temporary" / "x.parquet", a=[9])
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".a.parquet.crc").touch()
    (tmp_path / "README.md").write_text("about")
    dataset = open_dataset(tmp_path, shown="d")

    assert [partition.shown for partition in dataset.partitions] == ["d/a.parquet", "d/b/1.parquet"]
    assert rows(dataset) == [(1,), (2,)]


def test_keys_of_folders_become_columns_with_types(tmp_path: Path) -> None:
    put(tmp_path / "day=2026-01-01" / "k=7" / "w=a%20b" / "1.parquet", a=[1])
    put(tmp_path / "day=2026-01-02" / "k=__HIVE_DEFAULT_PARTITION__" / "w=c" / "1.parquet", a=[2])
    dataset = open_dataset(tmp_path)

    assert [(column.name, column.kind) for column in dataset.columns] == [
        ("a", Kind.NUMBER),
        ("day", Kind.TIME),
        ("k", Kind.NUMBER),
        ("w", Kind.TEXT),
    ]
    assert rows(dataset) == [(1, dt.date(2026, 1, 1), 7, "a b"), (2, dt.date(2026, 1, 2), None, "c")]


def test_a_column_of_the_files_goes_before_a_key_of_the_same_name(tmp_path: Path) -> None:
    put(tmp_path / "a=5" / "1.parquet", a=[1])

    assert rows(open_dataset(tmp_path)) == [(1,)]


def test_files_below_other_keys_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "day=1" / "1.parquet", a=[1])
    put(tmp_path / "hour=1" / "1.parquet", a=[1])

    assert refused(tmp_path, "`hour`") == "d/hour=1/1.parquet"


def test_mixed_formats_are_refused_naming_the_odd_file(tmp_path: Path) -> None:
    put(tmp_path / "1.parquet", a=[1])
    put(tmp_path / "2.parquet", a=[1])
    (tmp_path / "3.csv").write_text("a\n1\n")

    assert refused(tmp_path, "several formats") == "d/3.csv"


def test_a_file_of_no_known_format_is_refused_not_passed_over(tmp_path: Path) -> None:
    put(tmp_path / "1.parquet", a=[1])
    (tmp_path / "2.xlsx").write_bytes(b"PK\x03\x04")

    assert refused(tmp_path, "not clear how to read") == "d/2.xlsx"


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "_SUCCESS").touch()

    refused(tmp_path, "no data files")
    refused(tmp_path / "nowhere", "no such file")


def test_numbers_of_other_widths_and_columns_of_nulls_are_one_schema(tmp_path: Path) -> None:
    put(tmp_path / "1.parquet", i=pl.Series([1], dtype=pl.Int32), n=pl.Series([None], dtype=pl.Null))
    put(tmp_path / "2.parquet", n=["x"], i=pl.Series([2**40], dtype=pl.Int64))
    put(tmp_path / "3.parquet", i=pl.Series([3], dtype=pl.UInt32), n=pl.Series(["y"], dtype=pl.Categorical))
    dataset = open_dataset(tmp_path)

    assert {column.name: column.dtype for column in dataset.columns} == {"i": "Int64", "n": "String"}
    assert rows(dataset) == [(1, None), (2**40, "x"), (3, "y")]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"a": ["x"]}, "`a` has the type String here and Int64"),
        ({"a": [1.5]}, "`a` has the type Float64 here and Int64"),
        ({"a": [1], "b": [1]}, "has `b` besides"),
        ({"b": [1]}, "lacks `a` and has `b` besides"),
    ],
)
def test_another_schema_is_refused_naming_file_and_column(
    tmp_path: Path, other: dict[str, list[object]], says: str
) -> None:
    put(tmp_path / "1.parquet", a=[1])
    put(tmp_path / "2.parquet", **other)

    assert refused(tmp_path, says).startswith("d/2.parquet")


def test_links_are_followed_and_cycles_end(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "1.parquet", a=[1])
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "sub" / "up").symlink_to(tmp_path / "d")
    (tmp_path / "d" / "data").symlink_to(tmp_path / "elsewhere")
    dataset = open_dataset(tmp_path / "d", shown="d")

    assert [partition.shown for partition in dataset.partitions] == ["d/data/1.parquet"]


def test_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.parquet").symlink_to(tmp_path / "gone")

    assert refused(tmp_path, "no such file") == "d/1.parquet"


def test_pipes_and_sockets_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    assert refused(tmp_path, "neither a plain file") == "d/x.csv"
    refused(tmp_path / "x.csv", "neither a plain file")
    refused(Path(os.devnull), "neither a plain file")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(tmp_path)  # the names of sockets may be 107 bytes long
        try:
            listening.bind("s.csv")
        finally:
            os.chdir(here)
        refused(tmp_path / "s.csv", "neither a plain file")


def test_first_bytes_say_the_format_where_the_name_does_not(tmp_path: Path) -> None:
    put(tmp_path / "table", a=[1])
    (tmp_path / "lines").write_text('{"a": 1}\n')
    pl.DataFrame({"a": [1]}).write_ipc_stream(tmp_path / "stream")

    for name, known in (("table", Format.PARQUET), ("lines", Format.JSONL), ("stream", Format.ARROW)):
        dataset = open_dataset(tmp_path / name)
        assert dataset.partitions[0].format is known
        assert rows(dataset) == [(1,)]
    (tmp_path / "words").write_text("a,b\n1,2\n")
    refused(tmp_path / "words", "no ending")


def test_empty_files_among_others_are_told_and_passed_over(tmp_path: Path) -> None:
    (tmp_path / "1.csv").touch()
    (tmp_path / "2.csv").write_text("a\n1\n")
    dataset = open_dataset(tmp_path, shown="d")

    assert rows(dataset) == [(1,)]
    assert dataset.notes == ("d/1.csv: no bytes, so no rows",)


# -- folders that `datasets` saved ------------------------------------------------------


def saved(folder: Path, values: list[list[int]], **state: object) -> None:
    folder.mkdir(parents=True)
    names = [f"data-{index:05d}-of-{len(values):05d}.arrow" for index in range(len(values))]
    for name, numbers in zip(names, values, strict=True):
        pl.DataFrame({"a": numbers}).write_ipc_stream(folder / name)
    files = [{"filename": name} for name in names]
    (folder / "state.json").write_text(json.dumps({"_data_files": files, "_split": None, **state}))
    (folder / "dataset_info.json").write_text(json.dumps({"features": {}}))


def test_a_saved_dataset_is_read_in_the_order_of_its_state(tmp_path: Path) -> None:
    saved(tmp_path / "d", [[1, 2], [3]])
    pl.DataFrame({"a": [99]}).write_ipc_stream(tmp_path / "d" / "cache-1.arrow")

    assert rows(open_dataset(tmp_path / "d")) == [(1,), (2,), (3,)]


def test_a_saved_selection_of_rows_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "d", [[1, 2]], _indices_data_files=[{"filename": "indices.arrow"}])

    refused(tmp_path / "d", "selection of rows")


def test_a_state_that_is_damaged_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "d", [[1]])
    (tmp_path / "d" / "state.json").write_text("{")

    assert refused(tmp_path / "d", "cannot be read") == "d/state.json"


def test_a_saved_dict_of_splits_is_refused_naming_them(tmp_path: Path) -> None:
    saved(tmp_path / "d" / "train", [[1]])
    (tmp_path / "d" / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))

    with pytest.raises(EvidenceError) as caught:
        open_dataset(tmp_path / "d", shown="d")
    assert caught.value.next_step == "Name one of them: d/train, d/test."


# -- identity and pointers ----------------------------------------------------------------


def test_the_identity_of_a_file_is_the_digest_of_its_bytes(tmp_path: Path) -> None:
    put(tmp_path / "x.parquet", a=[1])

    assert identity(open_dataset(tmp_path / "x.parquet").partitions[0]) == digest.of_file(tmp_path / "x.parquet")


MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def test_a_dvc_pointer_stands_for_the_data_beside_it(tmp_path: Path) -> None:
    put(tmp_path / "x.parquet", a=[1])
    pointer = tmp_path / "x.parquet.dvc"
    pointer.write_text(f"outs:\n- md5: {MD5}\n  size: 3\n  hash: md5\n  path: x.parquet\n")

    assert rows(open_dataset(pointer)) == [(1,)]
    assert promised(pointer) == promised(tmp_path / "x.parquet") == f"dvc:md5:{MD5}"
    (tmp_path / "x.parquet").unlink()
    for path, shown in ((pointer, "x.parquet.dvc"), (tmp_path / "x.parquet", "x.parquet")):
        with pytest.raises(EvidenceError, match="only DVC's pointer") as caught:
            open_dataset(path, shown=shown)
        assert caught.value.next_step == "Run: dvc pull x.parquet.dvc"


def test_data_without_a_pointer_is_promised_nothing(tmp_path: Path) -> None:
    put(tmp_path / "x.parquet", a=[1])

    assert promised(tmp_path / "x.parquet") is None


def test_a_pointer_of_git_lfs_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n")

    with pytest.raises(EvidenceError, match=r"Git LFS's pointer to it \(12345 bytes\)") as caught:
        open_dataset(tmp_path / "x.csv", shown="x.csv")
    assert "git lfs pull" in (caught.value.next_step or "")
