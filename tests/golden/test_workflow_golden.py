"""Whole workflows, as they look: `tests/golden/workflows/SAMPLE/`, one for a small project and one for a large one.

After a wanted change, write them anew and read the difference before committing it:

    UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/golden/test_workflow_golden.py
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from seatrial.forge.workflows.github import render
from seatrial.forge.workflows.gitlab import render as render_gitlab
from tests.support.workflow_samples import wanted

FOLDER = Path(__file__).parent / "workflows"
UPDATE = "UPDATE_GOLDEN"
SHOWN = ("digits", "large")


@pytest.mark.parametrize("sample", SHOWN)
def test_workflows_look_as_they_were_agreed(sample: str) -> None:
    files = {path.removeprefix(".github/").replace("/", "_"): text for path, text in render(wanted(sample)).items()}
    files |= {path.replace("/", "_").lstrip("."): text for path, text in render_gitlab(wanted(sample)).items()}
    folder = FOLDER / sample
    if os.environ.get(UPDATE):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    kept = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}

    assert files == kept, f"if this is wanted, run again with {UPDATE}=1 and read the diff"


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert render(wanted("large")) == render(wanted("large"))
    assert render_gitlab(wanted("large")) == render_gitlab(wanted("large"))


def test_no_golden_folder_is_left_over() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} == set(SHOWN)
