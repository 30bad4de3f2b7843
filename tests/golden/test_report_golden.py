"""Whole reports, as they look: `tests/golden/report/NAME.md` and `NAME.txt`, and comments: `tests/golden/comment/`.

After a wanted change, write them anew and read the difference before committing it:

    UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/golden/test_report_golden.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatrial.report.comment import Earlier, render_comment
from seatrial.report.links import Links
from seatrial.report.markdown import render_markdown
from seatrial.report.terminal import render_terminal
from tests.support.report_samples import SAMPLES

FOLDER = Path(__file__).parent / "report"
COMMENTS = Path(__file__).parent / "comment"
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


def comment_of(sample: str) -> str:
    """The comment on the first model of a sample, with everything that a forge may add."""
    facts = SAMPLES[sample]()
    return render_comment(
        facts,
        facts.models[0].name if facts.models else None,
        links=Links(report="https://forge.example/runs/7/artifacts/1", run="https://forge.example/runs/7"),
        earlier=(Earlier(sha="9f8e7d6c5b4a", run="01jd7v7z", headline="FAIL: `f1` dropped | <b>0.1</b> @everyone"),),
        chart="```mermaid\nxychart-beta\n    line [3, 2, 1]\n```",
    )


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_comment_looks_as_it_was_agreed(sample: str) -> None:
    compare(comment_of(sample), COMMENTS / f"{sample}.md")


def test_no_golden_comment_is_left_over() -> None:
    assert {file.stem for file in COMMENTS.iterdir()} == set(SAMPLES)
