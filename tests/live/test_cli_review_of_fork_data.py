"""What the run of a fork tells of data counts as far as it asked what the base asks of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.test_cli_review_of_forks import Fork
from tests.support.cli import BETTER, CONFIG, DATA, Repo, copy_of, new_repo, template
from tests.support.fake_github.server import FakeGitHub, fake_github

JUDGED = CONFIG.replace(
    "train: {path: data/train.csv}", "train: {path: data/train.csv, contract: contract.yaml}"
).replace("  evaluate:\n", "  look: {uses: data, with: {dataset: train}}\n  evaluate:\n")
FILES = {
    "seatrial.yaml": JUDGED,
    "contract.yaml": "rows: {min: 10}\n",
    ".gitignore": "/data/\n/outputs/\n/reports/\n__pycache__/\n",
}


def with_judged_data(folder: Path) -> Repo:
    """A repository whose training data are judged, with a model in production."""
    repo = new_repo(folder, FILES)
    repo.run(code=None)
    repo.promote(repo.register(), "--first")
    return repo


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with fake_github() as running:
        yield running


@pytest.fixture
def fork(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, fake: FakeGitHub) -> Fork:
    base = copy_of(template(tmp_path_factory, "judged-data", with_judged_data), tmp_path / "base")
    return Fork(base, fake, tmp_path)


def test_data_that_are_judged_as_the_base_does_pass(fork: Fork) -> None:
    fork.change(BETTER)
    fork.run()
    fork.second(code=0)

    assert fork.check["conclusion"] == "success"


@pytest.mark.parametrize("fetch", [True, False], ids=["with the commit here", "without it"])
def test_a_contract_that_the_change_lowers_is_held(fork: Fork, fetch: bool) -> None:
    """Half of the rows are gone, and the contract asks for one."""
    fork.fork.write("steps/data.py", DATA.replace("range(10)", "range(5)"))
    fork.change(BETTER, files={"contract.yaml": "rows: {min: 1}\n"})
    fork.run()
    fork.second(code=3, fetch=fetch)

    why = "is not what the base asks" if fetch else "whether it was asked what the base asks is not known"
    assert fork.check["conclusion"] == "failure"
    assert why in str(fork.check["output"])


def test_data_that_the_change_judges_at_another_path_are_held(fork: Fork) -> None:
    """The stage keeps its name, and looks at a file that was made to please it."""
    fork.fork.edit("seatrial.yaml", ("train: {path: data/train.csv, ", "train: {path: good.csv, "))
    fork.fork.write("steps/data.py", DATA.replace("range(10)", "range(5)"))
    fork.change(BETTER, files={"good.csv": "a\n" + "1\n" * 20})
    fork.run()
    fork.second(code=None)

    assert fork.check["conclusion"] == "failure"
