"""Which steps of CI run pytest, and what they leave."""

from __future__ import annotations

import pytest

from seatrial.adopt.ci_steps import is_ci, steps_in


@pytest.mark.parametrize(
    ("line", "junit"),
    [
        ("      - run: pytest -q --junitxml=out/junit.xml", "out/junit.xml"),
        ("      - run: python -m pytest --junit-xml 'j.xml'", "j.xml"),
        ("    - pytest tests", None),
        ("      - run: pytest --junitxml=$OUT/j.xml", None),
    ],
)
def test_a_step_that_runs_pytest_is_found_with_its_file(line: str, junit: str | None) -> None:
    found = list(steps_in("ci.yml", f"jobs:\n{line}\n"))

    assert [(step.place, step.junit) for step in found] == [("ci.yml:2", junit)]


@pytest.mark.parametrize(
    "line",
    ["  - run: pip install pytest", "  - name: run pytest now", "  # pytest --junitxml=a.xml", "  - uses: x/pytest@v1"],
)
def test_what_only_names_pytest_is_no_step(line: str) -> None:
    assert list(steps_in("ci.yml", line)) == []


def test_a_command_over_several_lines_is_one() -> None:
    found = list(steps_in("ci.yml", "script:\n  - pytest -q \\\n      --junitxml=j.xml\n"))

    assert [(step.place, step.junit) for step in found] == [("ci.yml:2", "j.xml")]


def test_files_of_ci_are_known_by_their_place() -> None:
    assert is_ci(".github/workflows/a.yml")
    assert is_ci(".gitlab-ci.yml")
    assert not is_ci("workflows/a.yml")
