"""`seatrial models card`, from a record alone and with the report of its run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.cli import Repo, copy_of, template, with_production


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository whose first version is in production."""
    return copy_of(template(tmp_path_factory, "card", with_production), tmp_path)


def test_a_card_tells_of_the_version_with_what_its_run_measured(repo: Repo) -> None:
    said = repo.seatrial("models", "card", "tiny@production")

    assert said.out.startswith("# Model card: `tiny@1`\n")
    assert "It holds `production`." in said.out
    assert f"`git checkout {repo.git('rev-parse', 'HEAD')}`" in said.out
    assert "Run it: `seatrial run" in said.out
    assert "| rows | 1,200 |" in said.out
    assert "| `train.skill` | `0.9` |" in said.out


def test_without_the_report_of_its_run_the_record_is_enough(repo: Repo) -> None:
    """The cache is gone: figures stay, and what is not known any more is said."""
    shutil.rmtree(repo.root / ".seatrial")

    document = repo.seatrial("models", "card", "tiny@1", "--json").json

    assert document["ref"] == "tiny@1"
    assert "Intended use" in document["unknown"]
    assert "The report of its run is not at hand" in document["markdown"]
    assert "| `accuracy` |" in document["markdown"]


def test_a_card_is_of_one_version(repo: Repo) -> None:
    said = repo.seatrial("models", "card", "tiny", code=2)

    assert "a model card is of one version, and tiny names a model" in said.err
    assert "seatrial models card tiny@production" in said.err
