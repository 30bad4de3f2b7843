"""A workspace around a project of people whose data is judged, opened in this process, for unit tests of the flows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seatrial.cli.loading import load_project
from seatrial.flows.engine import Prepared, prepare, work_tree
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.selection import select_stages
from seatrial.flows.workspace import Workspace
from seatrial.wiring import open_workspace
from tests.support.cli import Repo, copy_of, template
from tests.support.people import build


@pytest.fixture
def judged(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """The project, in whose folder the test stands, with an interpreter that nothing is installed in."""
    repo = copy_of(template(tmp_path_factory, "check-stage", build), tmp_path)
    monkeypatch.chdir(repo.root)
    monkeypatch.setenv("VIRTUAL_ENV", str(repo.python.parents[1]))
    return repo


@contextmanager
def opened(repo: Repo) -> Iterator[tuple[Workspace, ProjectPolicy]]:
    """The workspace of a project and what its configuration says."""
    with open_workspace(repo.root, listener=lambda _event: None) as workspace:
        yield workspace, load_project(workspace).policy


def planned(workspace: Workspace, policy: ProjectPolicy) -> Prepared:
    """The plan of all its stages."""
    stages, pipeline = select_stages(policy.pipeline, None, ())
    return prepare(workspace, stages, pipeline, tree=work_tree(workspace))
