"""What a training on one batch depends on, before it has ever run: the module of its target, and what that imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.pipeline.key import unfold
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.policy import BuiltIn, Trial
from seatrial.replacing import replace
from tests.support.project import Project, add_distribution, new_project, stage

FILES = {
    "src/toy/__init__.py": "",
    "src/toy/train.py": "import x\nfrom toy.rate import RATE\n\n\nclass Trainer:\n    def run(self): yield RATE\n",
    "src/toy/rate.py": "RATE = 1\n",
    "src/toy/apart.py": "import y\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = new_project(tmp_path, FILES)
    add_distribution(project.python, "dist-x", "1", imports=("x",))
    add_distribution(project.python, "dist-y", "1", imports=("y",))
    return project


def planned(project: Project, target: str) -> PlannedCell:
    trial = Trial(target=target, max_loss=0.1)
    spec = replace(
        stage(
            "overfit", f"overfit --target {target} --record ${{outs.check}}", outs={"check": "reports/o.json"}, deps={}
        ),
        uses=BuiltIn(kind="overfit-one-batch", trial=trial, revision=1),
    )
    project.policy = replace(project.policy, sources=("src",))
    project.declare(spec)
    return project.plan()["overfit"]


@pytest.mark.parametrize("target", ["toy.train:Trainer", "toy.train:Trainer.run"])
def test_its_module_is_a_root_and_what_it_does_not_import_is_not_read(project: Project, target: str) -> None:
    files = {file for file in planned(project, target).inputs.closure.files if not file.startswith("<")}

    assert files == {"src/toy/__init__.py", "src/toy/train.py", "src/toy/rate.py"}


def test_only_what_it_imports_counts_of_the_environment(project: Project) -> None:
    inputs = planned(project, "toy.train:Trainer").inputs

    parts = unfold(inputs.parts, inputs.listings.get)
    assert "environment.dist-x" in parts
    assert "environment.dist-y" not in parts
    assert "environment.numpy" not in parts  # what a stage that judges data has, and this one has not


def test_a_target_in_a_package_itself_has_that_as_its_root(project: Project) -> None:
    files = {file for file in planned(project, "toy:anything").inputs.closure.files if not file.startswith("<")}

    assert "src/toy/__init__.py" in files
    assert "src/toy/train.py" not in files
