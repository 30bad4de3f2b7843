"""The last lines of a log, as few as a report has room for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.flows.facts import stage_fact
from seatrial.flows.log_ends import end_of_log
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.report.facts import MOST_LOG_BYTES, MOST_LOG_LINES


def written(folder: Path, content: bytes) -> Path:
    folder.joinpath("x.log").write_bytes(content)
    return folder / "x.log"


def test_the_last_lines_are_kept_with_their_indentation(tmp_path: Path) -> None:
    log = written(tmp_path, b"".join(b"  line %d\n" % at for at in range(100)) + b"\n\n")

    assert end_of_log(log) == tuple(f"  line {at}" for at in range(100 - MOST_LOG_LINES, 100))


def test_a_log_of_one_endless_line_shows_both_ends_of_its_last_part(tmp_path: Path) -> None:
    (line,) = end_of_log(written(tmp_path, b"a" * 1_000_000 + b" the disk is full"))

    assert line.endswith("the disk is full")
    assert len(line) == 600


@given(st.binary(max_size=20_000) | st.text(max_size=5_000).map(lambda text: text.encode(errors="replace")))
def test_it_is_bounded_whatever_is_in_it(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    lines = end_of_log(written(tmp_path_factory.mktemp("logs"), content))

    assert len(lines) <= MOST_LOG_LINES
    assert sum(len(line.encode()) for line in lines) <= MOST_LOG_BYTES
    assert not lines or (lines[0] and lines[-1])


def test_a_log_that_is_not_there_or_empty_has_no_end(tmp_path: Path) -> None:
    assert end_of_log(tmp_path / "none.log") == ()
    assert end_of_log(tmp_path) == ()
    assert end_of_log(written(tmp_path, b"\n\n")) == ()


@pytest.mark.parametrize("did", list(Did))
def test_only_a_stage_that_failed_has_the_end_of_its_log_in_the_facts(did: Did, tmp_path: Path) -> None:
    written(tmp_path, b"why\n")
    outcome = CellOutcome(cell="train", did=did, reason="exit code 1", log="x.log")

    assert stage_fact(outcome, folder=tmp_path).log_end == (("why",) if did is Did.FAILED else ())
    assert stage_fact(outcome).log_end == ()
