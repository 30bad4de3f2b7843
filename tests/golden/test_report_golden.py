"""Whole reports, as they look: `tests/golden/report/NAME.md` and `NAME.txt`.

After a wanted change, write them anew and read the difference before committing it:

    UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/golden/test_report_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrial.report.markdown import render_markdown
from seatrial.report.terminal import render_terminal
from tests.support.report_samples import SAMPLES

FOLDER = Path(__file__).parent / "report"
UPDATE = "UPDATE_GOLDEN"


def compare(text: str, file: Path) -> None:
    if os.environ.get(UPDATE):
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text(encoding="utf-8"), f"if this is wanted, run again with {UPDATE}=1 and read the diff"


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_markdown_report_looks_as_it_was_agreed(sample: str) -> None:
    compare(render_markdown(SAMPLES[sample]()), FOLDER / f"{sample}.md")


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_terminal_summary_looks_as_it_was_agreed(sample: str) -> None:
    compare(render_terminal(SAMPLES[sample](), color=False), FOLDER / f"{sample}.txt")


def test_no_golden_report_is_left_over() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(SAMPLES)
