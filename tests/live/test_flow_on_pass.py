"""What a tier does with a model that passes: register it, promote it, and say so when it could not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import BETTER, UNSURE, WORSE, Repo, copy_of, template, with_production


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production."""
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


def test_passing_model_is_registered(repo: Repo) -> None:
    """`on_pass: register` gives it a number and moves no alias."""
    repo.set_params(BETTER)

    (model,) = repo.run("--tier", "nightly")["models"]

    assert (model["registered"], model["promoted_to"]) == (2, None)
    assert repo.aliases() == {"production": 1}


def test_night_with_nothing_changed_registers_nothing_new(repo: Repo) -> None:
    """The same model of the same commit is one version, however many runs reuse it."""
    repo.set_params(BETTER)

    numbers = [repo.run("--tier", "nightly")["models"][0]["registered"] for _ in range(2)]

    assert numbers == [2, 2]
    assert len(repo.seatrial("models", "list", "--json").json["models"][0]["versions"]) == 2


@pytest.mark.parametrize(("change", "code"), [((WORSE,), 1), (UNSURE, 3)], ids=["fail", "inconclusive"])
def test_model_that_does_not_pass_is_not_registered(repo: Repo, change: tuple[tuple[str, str], ...], code: int) -> None:
    """A FAIL or a hold is not a pass."""
    repo.set_params(*change)

    (model,) = repo.run("--tier", "nightly", code=code)["models"]

    assert model["registered"] is None
    assert len(repo.seatrial("models", "list", "--json").json["models"][0]["versions"]) == 1


def test_passing_model_is_promoted(repo: Repo) -> None:
    """`on_pass: {promote: staging}` registers, judges for that alias, and moves it."""
    repo.promote("tiny@1", "--first", to="staging")
    repo.set_params(BETTER)

    (model,) = repo.run("--tier", "release")["models"]

    assert (model["registered"], model["promoted_to"]) == (2, "staging")
    assert repo.aliases() == {"production": 1, "staging": 2}


def test_promotion_that_was_refused_is_never_claimed(repo: Repo) -> None:
    """Nobody ever held staging: the model is registered, the run says what is missing, and does not end green."""
    repo.set_params(BETTER)

    document = repo.run("--tier", "release", code=2)

    (model,) = document["models"]
    assert (model["verdict"], model["registered"], model["promoted_to"]) == ("PASS", 2, None)
    (warning,) = document["warnings"]
    assert "not promoted to staging: nobody has ever held staging" in warning
    assert "seatrial models promote tiny@2 --to staging --first" in warning
    assert repo.aliases() == {"production": 1}


def test_dirty_tree_is_registered_and_not_promoted(repo: Repo) -> None:
    """What a tier promotes obeys the same rules as what a person promotes."""
    repo.promote("tiny@1", "--first", to="staging")
    repo.edit("params.yaml", BETTER)

    document = repo.run("--tier", "release", code=2)

    assert document["models"][0]["registered"] == 2
    assert "uncommitted changes" in document["warnings"][0]
    assert repo.aliases() == {"production": 1, "staging": 1}
