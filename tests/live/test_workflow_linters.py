"""Every rendered file passes GitHub's schema, zizmor and actionlint, for a project of each shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.forge.workflows.github import render
from seatrial.forge.workflows.gitlab import render as render_gitlab
from seatrial.forge.workflows.gitlab_child import ChildCell, child_pipeline
from tests.support.workflow_linters import (
    actionlint_findings,
    actionlint_here,
    schema_checker,
    schema_faults,
    zizmor_findings,
    zizmor_here,
)
from tests.support.workflow_samples import SAMPLES, wanted

pytestmark = pytest.mark.live


def lay(root: Path, samples: tuple[str, ...] = tuple(SAMPLES)) -> tuple[list[Path], list[Path]]:
    """The rendered files of samples on disk: workflows, and actions."""
    for sample in samples:
        for path, text in render(wanted(sample)).items():
            file = root / sample / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return sorted(root.rglob("workflows/*.yml")), sorted(root.rglob("actions/*/*.yml"))


@schema_checker
def test_files_fit_the_schemas_of_github(tmp_path: Path) -> None:
    workflows, actions = lay(tmp_path)

    assert schema_faults("vendor.github-workflows", workflows) == []
    assert schema_faults("vendor.github-actions", actions) == []


@schema_checker
def test_the_schema_would_notice_a_fault(tmp_path: Path) -> None:
    workflows, _ = lay(tmp_path, ("digits",))
    workflows[0].write_text(workflows[0].read_text().replace("runs-on:", "run-on:"))

    assert schema_faults("vendor.github-workflows", workflows) != []


@schema_checker
def test_pipelines_fit_the_schema_of_gitlab(tmp_path: Path) -> None:
    """What is rendered, and a child pipeline with a cell of any name."""
    files = []
    for sample in SAMPLES:
        for number, text in enumerate(render_gitlab(wanted(sample)).values()):
            files.append(tmp_path / f"{sample}-{number}.yml")
            files[-1].write_text(text)
    cells = (
        ChildCell(name="data", minutes=20),
        ChildCell(name='train[note=a: "b", $(id) #]', needs=("data",), gpus=1, minutes=60),
    )
    for number, some in enumerate((cells, cells[1:], ())):
        files.append(tmp_path / f"child-{number}.yml")
        files[-1].write_text(child_pipeline(some, tier="slow", base="1" * 40))

    assert schema_faults("vendor.gitlab-ci", files, "--data-transform", "gitlab-ci") == []
    files[0].write_text(files[0].read_text().replace("script:", "scripts:"))
    assert schema_faults("vendor.gitlab-ci", files[:1], "--data-transform", "gitlab-ci") != []


@zizmor_here
@pytest.mark.parametrize("sample", SAMPLES)
def test_zizmor_finds_nothing(tmp_path: Path, sample: str) -> None:
    lay(tmp_path, (sample,))

    assert zizmor_findings(tmp_path / sample / ".github") == []


@zizmor_here
@pytest.mark.parametrize(
    ("sound", "unsound", "found"),
    [
        ("          persist-credentials: false\n", "", "artipacked"),
        ("pull_request:\n", "pull_request_target:\n", "dangerous-triggers"),
        ('seatrial run --tier pr --base "$BASE"', "seatrial run --base ${{ github.head_ref }}", "template-injection"),
        ("@df4cb1c069e1874edd31b4311f1884172cec0e10", "@v6", "unpinned-uses"),
    ],
)
def test_zizmor_would_notice_what_must_not_be(tmp_path: Path, sound: str, unsound: str, found: str) -> None:
    workflows, _ = lay(tmp_path, ("digits",))
    file = next(path for path in workflows if path.name == "seatrial-pull-request.yml")
    assert sound in file.read_text()
    file.write_text(file.read_text().replace(sound, unsound))

    assert any(one.startswith(f"{found}:") for one in zizmor_findings(tmp_path / "digits" / ".github"))


@actionlint_here
@pytest.mark.parametrize("sample", SAMPLES)
def test_actionlint_finds_nothing(tmp_path: Path, sample: str) -> None:
    workflows, _ = lay(tmp_path, (sample,))

    assert actionlint_findings(workflows) == []


@actionlint_here
def test_actionlint_would_notice_an_output_that_nobody_gives(tmp_path: Path) -> None:
    workflows, _ = lay(tmp_path, ("large",))
    file = next(path for path in workflows if path.name == "seatrial-pull-request.yml")
    file.write_text(file.read_text().replace("needs.plan.outputs.nothing", "needs.plan.outputs.nothin"))

    assert actionlint_findings([file]) != []
