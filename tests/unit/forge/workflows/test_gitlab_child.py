"""A child pipeline does each cell once, behind those that it needs, whatever cells are called."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.forge.workflows.gitlab import render
from seatrial.forge.workflows.gitlab_child import FILE, NOTHING, STORED, ChildCell, child_pipeline
from tests.support.pipelines.pipeline_text import PipelineText, read_pipeline
from tests.support.workflow_samples import wanted

PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn", "Cf", "Zs")), min_size=1)
"""As axes and values of a matrix may be, with spaces left to `NAMES`."""
NAMES = st.lists(PRINTABLE, min_size=1, max_size=3).map(" ".join)


@st.composite
def cells(draw: st.DrawFn) -> list[ChildCell]:
    """Producers first, each with any of those before it; what is stored needs only what is."""
    made: list[ChildCell] = []
    for name in draw(st.lists(NAMES, unique=True, max_size=6)):
        stored = draw(st.booleans())
        ready = [cell.name for cell in made if cell.stored or not stored]
        needs = draw(st.lists(st.sampled_from(ready), unique=True)) if ready else []
        made.append(ChildCell(name=name, needs=tuple(needs), minutes=30, stored=stored, gpus=draw(st.integers(0, 1))))
    return made


def read(text: str) -> PipelineText:
    return read_pipeline(text, lambda path: render(wanted("large"))[path])


def does(found: PipelineText) -> dict[str, str]:
    """The job of each cell."""
    return {
        job["variables"]["SEATRIAL_CELL"]["value"]: name
        for name, job in found.jobs.items()
        if "SEATRIAL_CELL" in job.get("variables", {})
    }


@given(cells())
def test_each_cell_has_a_job_or_is_named_for_the_machine_that_plans(wanted_cells: list[ChildCell]) -> None:
    text = child_pipeline(wanted_cells, tier="slow", base="1" * 40)
    jobs = does(read(text))
    stored = [line.removeprefix(STORED) for line in text.splitlines() if line.startswith(STORED)]

    assert set(jobs) == {cell.name for cell in wanted_cells if not cell.stored}
    assert len(set(jobs.values())) == len(jobs)
    assert stored == [cell.name for cell in wanted_cells if cell.stored]


@given(cells())
def test_a_cell_waits_for_what_it_needs_and_stands_in_a_later_stage(wanted_cells: list[ChildCell]) -> None:
    found = read(child_pipeline(wanted_cells, tier="slow", base=None))
    jobs = does(found)
    for cell in wanted_cells:
        if cell.stored:
            continue
        job = found.jobs[jobs[cell.name]]
        needs = [jobs[need] for need in cell.needs if need in jobs]
        assert [need["job"] for need in job["needs"]] == needs
        stage = found.stages.index(job["stage"])
        assert all(found.stages.index(found.jobs[need]["stage"]) < stage for need in needs)
        assert job["extends" if "extends" in job else "script"]
        assert ("tags" in job) is bool(cell.gpus)
        assert job["timeout"] == "30 minutes"


def test_nothing_of_a_name_is_expanded_or_reaches_a_script() -> None:
    found = read(child_pipeline([ChildCell(name="a[x=$(id) ${HOME}]", minutes=9)], tier="slow", base="1" * 40))
    job = found.jobs["cell:a[x=$(id) ${HOME}]"]

    assert all(value["expand"] is False for name, value in job["variables"].items() if isinstance(value, dict))
    assert not [line for line in job["script"] if "id)" in line]


def test_of_more_needs_than_gitlab_takes_stages_take_care() -> None:
    """A job without `needs` waits for all stages before its own."""
    many = [ChildCell(name=f"train[seed={number}]", minutes=9) for number in range(51)]
    last = ChildCell(name="evaluate", needs=tuple(cell.name for cell in many), minutes=9)
    found = read(child_pipeline([*many, last], tier="slow", base=None))

    assert "needs" not in found.jobs["cell:evaluate"]
    assert found.jobs["cell:evaluate"]["stage"] == "cells-2"


def test_names_that_are_too_long_stay_apart() -> None:
    long = [ChildCell(name=f"a[x={'y' * 300}{number}]", minutes=9) for number in range(2)]
    found = read(child_pipeline(long, tier="slow", base=None))

    assert len(set(does(found).values())) == 2
    assert all(len(name) <= 255 for name in found.jobs)


def test_a_pipeline_without_cells_has_a_job_that_says_which_kind_of_nothing_it_is() -> None:
    """The job that judges collects a run only where some machine has begun one."""
    nothing = child_pipeline([], tier="slow", base="1" * 40)
    stored = child_pipeline([ChildCell(name="a", minutes=9, stored=True)], tier="slow", base="1" * 40)

    assert [name for name in read(nothing).jobs if name.startswith("cell:")] == [f"cell:{NOTHING}"]
    assert [name for name in read(stored).jobs if name.startswith("cell:")] == ["cell:all is stored"]
    assert NOTHING not in stored
    assert FILE in nothing


def test_a_newer_push_ends_what_is_about_a_change_alone() -> None:
    cell = ChildCell(name="a", minutes=9)

    assert read(child_pipeline([cell], tier="slow", base="1" * 40)).jobs["cell:a"]["interruptible"] is True
    assert read(child_pipeline([cell], tier="nightly", base=None)).jobs["cell:a"]["interruptible"] is False
