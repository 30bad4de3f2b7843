"""The summary and the outputs of a step of GitHub Actions."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from seatrial.errors import OutsideError, UsageError
from seatrial.forge.github.step_files import MOST_BYTES, add_outputs, add_summary


def _outputs(path: Path) -> dict[str, str]:
    """As the runner reads them: `name<<delimiter`, lines, the delimiter alone on a line."""
    found: dict[str, str] = {}
    lines = iter(path.read_text().split("\n"))
    for line in lines:
        if line:
            name, _, delimiter = line.partition("<<")
            value: list[str] = []
            for each in lines:
                if each == delimiter:
                    break
                value.append(each)
            else:
                pytest.fail(f"{name} does not end")
            found[name] = "\n".join(value)
    return found


def test_a_summary_is_added_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_text("before\n")

    assert add_summary(path, "# Report \ud800\n")
    assert path.read_text() == "before\n# Report ?\n"


@pytest.mark.parametrize("line", ["a line of a table\n", "\U0001f680" * 10, "é"])
@pytest.mark.parametrize("before", [0, 1, 2, 3, 500_000])
def test_a_summary_that_is_too_long_is_cut_and_says_so(tmp_path: Path, line: str, before: int) -> None:
    """With what was there before; between two lines, else between two characters."""
    path = tmp_path / "summary"
    path.write_text("x" * before)
    fits = add_summary(path, line * (2 * MOST_BYTES // len(line.encode())))
    text = path.read_bytes().decode()

    assert not fits
    assert MOST_BYTES - 100 < len(text.encode()) <= MOST_BYTES
    assert text.endswith("… (cut here: a step's summary holds no more)\n")
    if line.endswith("\n"):
        assert set(text[before:].splitlines()[:-3]) == {line.rstrip()}


def test_a_summary_that_is_full_takes_nothing_more(tmp_path: Path) -> None:
    """Whatever would be added beyond GitHub's limit would lose all of it."""
    path = tmp_path / "summary"
    path.write_text("x" * (MOST_BYTES - 10))

    assert not add_summary(path, "y" * 11)
    assert path.stat().st_size == MOST_BYTES - 10
    assert add_summary(path, "y" * 10)


def test_outputs_come_back_as_they_were(tmp_path: Path) -> None:
    """Lines, equals signs, and what looks like another output included."""
    path = tmp_path / "output"
    path.write_text("earlier<<E\nvalue\nE\n")
    values = {"passed": "false", "report": "a\nb=c\n\nEOF\nx<<EOF", "affected": "", "odd": "é\ud800"}
    add_outputs(path, values)

    assert _outputs(path) == {"earlier": "value", **values, "odd": "é?"}


def test_nobody_can_guess_the_delimiter(tmp_path: Path) -> None:
    """A value that holds it would end early, and what follows would be an output of its own."""
    path = tmp_path / "output"
    add_outputs(path, {"a": "1", "b": "2"})
    add_outputs(path, {"a": "1", "b": "2"})
    delimiters = re.findall(r"<<(.+)", path.read_text())

    assert len(set(delimiters)) == 4
    assert all(len(one) >= 32 for one in delimiters)


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a<<b", "a\nb", "1a", "é"])
def test_a_name_that_no_output_can_have_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        add_outputs(tmp_path / "output", {"good": "1", name: "2"})
    assert not (tmp_path / "output").exists()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A folder in its place, and a folder that is not there."""
    for path in (tmp_path, tmp_path / "none" / "summary"):
        with pytest.raises(OutsideError, match="the summary of this step could not be written"):
            add_summary(path, "x")
        with pytest.raises(OutsideError, match="the outputs of this step could not be written"):
            add_outputs(path, {"a": "1"})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_is_full_is_said() -> None:
    with pytest.raises(OutsideError, match=os.strerror(28)):
        add_summary(Path("/dev/full"), "x")
