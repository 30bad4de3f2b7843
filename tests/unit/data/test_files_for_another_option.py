"""Files given for the wrong option, each typed as a command: one error, with where the file belongs."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from tests.support.checking import here, typed

__all__ = ["here"]

RULES = "columns: {b: {type: int, min: 0}}\n"


@pytest.fixture
def files(here: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    """One file of every form that a check writes or takes, all of them good."""
    data = pl.read_parquet("data.parquet")
    data.write_csv("data.csv")
    data.write_ndjson("data.jsonl")
    data.write_ipc("data.arrow")
    Path("data.csv.gz").write_bytes(gzip.compress(Path("data.csv").read_bytes()))
    Path("contract.yaml").write_text(RULES)
    Path("contract.json").write_text('{"columns": {"b": {"type": "int", "min": 0}}}\n')
    Path("seatrial.yaml").write_text("project: shop\nstages: {}\ntiers: {}\n")
    Path("array.json").write_text('[{"age": 1}, {"age": 2}]\n')
    assert typed(capfd, "data.parquet", "--save-profile", "profile.json").code == 0
    assert typed(capfd, "data.parquet", "--contract", "contract.yaml", "--report", "result.json").code == 0
    Path("profile").write_bytes(Path("profile.json").read_bytes())
    return here


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("profile.json", "give it to --reference: seatrial check DATA --reference profile.json"),
        ("profile", "give it to --reference: seatrial check DATA --reference profile"),
        ("data.parquet", "check it with: seatrial check data.parquet --contract"),
        ("data.csv", "check it with: seatrial check data.csv --contract"),
        ("data.csv.gz", "check it with: seatrial check data.csv.gz --contract"),
        ("data.jsonl", "check it with: seatrial check data.jsonl --contract"),
        ("data.arrow", "check it with: seatrial check data.arrow --contract"),
        ("result.json", "--save-profile FILE writes one"),
        ("seatrial.yaml", "give --contract a file with rules"),
        ("array.json", "a mapping of rules was expected here, not a list"),
    ],
)
def test_what_is_no_contract_is_one_error(files: Path, capfd: pytest.CaptureFixture[str], file: str, told: str) -> None:
    answer = typed(capfd, "data.parquet", "--contract", file)

    answer.refused(file, told)
    assert answer.err.count("error:") == answer.err.count("next:") == 1


def test_a_large_file_of_data_is_recognised_as_the_contract_without_reading_it(
    files: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Path("large").open("wb") as file:
        file.write(b"PAR1")
        file.truncate(1 << 33)

    typed(capfd, "data.parquet", "--contract", "large").refused("large", "this is a Parquet file")


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("contract.yaml", "give a contract to --contract: seatrial check DATA --contract contract.yaml"),
        ("contract.json", "give a contract to --contract: seatrial check DATA --contract contract.json"),
        ("result.json", "the result of a check"),
        ("array.json", "one record a line"),
    ],
)
def test_what_is_neither_profile_nor_data_is_one_error(
    files: Path, capfd: pytest.CaptureFixture[str], file: str, told: str
) -> None:
    for words in (("data.parquet", "--reference", file), (file,), (file, "--reference", "profile.json")):
        answer = typed(capfd, *words)

        answer.refused(file, told)
        assert answer.err.count("error:") == 1


@pytest.mark.parametrize("file", ["profile.json", "profile"])
def test_a_profile_is_no_data_and_a_reference_whatever_its_name_is(
    files: Path, capfd: pytest.CaptureFixture[str], file: str
) -> None:
    typed(capfd, file).refused(file, "give it to --reference, and name the data")

    assert typed(capfd, "data.csv", "--reference", file).code == 0


def test_a_profile_among_files_of_data_is_told(files: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("folder").mkdir()
    for name in ("data.parquet", "profile.json"):
        Path("folder", name).write_bytes(Path(name).read_bytes())

    typed(capfd, "folder").refused("folder/profile.json", "a folder of data holds nothing else")


def test_keys_that_are_nearly_those_of_a_contract_are_mistakes_in_one(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A file with only typing errors is still a contract: each is told."""
    Path("contract.yaml").write_text("colums: {age: int}\nrow: {min: 3}\n")
    answer = typed(capfd, "data.parquet", "--contract", "contract.yaml")

    answer.refused("unknown key `colums`", "did you mean `rows`?")
