"""A change is judged by rules that it cannot choose: neither by calling itself main, nor by renaming what is judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import BETTER, CONFIG, GATES, WORSE, Repo, copy_of, new_repo, template, with_production

LOWERED = "smoke:\n  performance: {accuracy: {min: 0.1}}\npromote:\n  performance: {accuracy: {min: 0.1}}\n"
PROMOTES = ("branch: {gates: smoke, baseline: main}", "branch: {gates: smoke, on_pass: {promote: production}}")


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production, and a branch with a worse one and lower gates."""
    made = copy_of(template(tmp_path_factory, "production", with_production), tmp_path)
    made.git("checkout", "-q", "-b", "better")
    made.write("gates.yaml", LOWERED)
    made.set_params(WORSE)
    return made


def merged(repo: Repo) -> Repo:
    """The same work tree in a job of its pull request, on the merge that the forge made to be tested."""
    head = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "--detach", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", head)
    file = repo.root.parent / "event.json"
    file.write_text(json.dumps({"pull_request": {"base": {"ref": "main"}}, "repository": {"default_branch": "main"}}))
    repo.environ |= {"GITHUB_EVENT_PATH": str(file), "CI": "true"}
    return repo


def _model(document: Any) -> Any:
    (model,) = document["models"]
    return model


@pytest.mark.parametrize("way", ["branch", "merge"])
@pytest.mark.parametrize("main", ["main: better", "main: nowhere", ""])
def test_a_change_that_says_what_main_is_is_judged_by_main_all_the_same(repo: Repo, main: str, way: str) -> None:
    """Its own gates let it through, those of main do not; nothing goes into production."""
    repo.edit("seatrial.yaml", ("main: main", main), PROMOTES)
    repo.commit("what main is")
    document = (merged(repo) if way == "merge" else repo).run("--tier", "branch", code=3)

    assert (_model(document)["verdict"], _model(document)["decision"]) == ("PASS", "hold")
    assert _model(document)["under_base"]["label"].startswith("main at ")
    assert _model(document)["under_base"]["decision"] == "block"
    assert repo.aliases() == {"production": 1}


@pytest.mark.parametrize(
    "main", ["HEAD", "'@{-1}'", "main~1", "0123456789ab", "refs/heads/main", "a..b", "origin/HEAD"]
)
def test_what_is_no_branch_is_a_mistake_of_the_configuration(repo: Repo, main: str) -> None:
    repo.edit("seatrial.yaml", ("main: main", f"main: {main}"))

    assert "error: seatrial.yaml:2:7 main: `" in repo.seatrial("run", code=2).err


def test_a_model_by_another_name_is_held_and_the_one_that_is_gone_is_named(repo: Repo) -> None:
    repo.edit("seatrial.yaml", ("models:\n  tiny:", "models:\n  tiny2:"))
    repo.commit("another name")
    document = repo.run("--tier", "short", code=3)

    (finding,) = [one for one in _model(document)["findings"] if one["reason"] == "model_renamed"]
    assert (finding["verdict"], _model(document)["decision"]) == ("INCONCLUSIVE", "hold")
    assert "tiny2 is new, and tiny, which main at" in finding["message"]


def test_a_second_model_is_judged_by_its_own_gates_and_that_is_said(repo: Repo) -> None:
    """Nothing is gone, so there are no older rules for it."""
    repo.write("gates.yaml", GATES)
    models = CONFIG[CONFIG.index("models:\n") + len("models:\n") :]
    entry = models[: models.index("gates: gates.yaml\n") + len("gates: gates.yaml\n")]
    repo.write("seatrial.yaml", CONFIG.replace(entry, entry + entry.replace("  tiny:", "  small:", 1), 1))
    repo.commit("a second one")
    document = repo.run("--tier", "short", code=None)

    small = next(model for model in document["models"] if model["name"] == "small")
    assert not [one for one in small["findings"] if one["name"] == "base"]
    assert [
        text for text in document["warnings"] if text.endswith("has no gates for small yet, so its own judge it alone")
    ]


def test_a_base_that_is_not_here_holds_and_says_what_to_fetch(repo: Repo) -> None:
    """Nobody has looked at its rules, and that is no pass."""
    merged(repo)
    repo.git("checkout", "-q", "--detach", "better")
    repo.git("branch", "-D", "-q", "main")
    document = repo.run("--tier", "nightly", code=None)

    (finding,) = [one for one in _model(document)["findings"] if one["reason"] == "base_unknown"]
    assert finding["verdict"] == "INCONCLUSIVE"
    assert _model(document)["decision"] in ("hold", "block")
    assert "git fetch origin +refs/heads/main:refs/remotes/origin/main" in finding["message"]
    assert _model(document)["registered"] is None


def test_the_first_commits_of_a_project_are_judged_by_their_own_gates(tmp_path: Path) -> None:
    """Though what is called main is not there yet: nobody has written rules before."""
    repo = new_repo(tmp_path, {"gates.yaml": "promote:\n  performance: {accuracy: {min: 0.6}}\n"})
    repo.git("branch", "-m", "work")
    repo.write("seatrial.yaml", CONFIG[: CONFIG.index("tiers:")] + CONFIG[CONFIG.index("datasets:") :])

    repo.git("commit", "-q", "--amend", "-a", "-m", "first")
    assert not [one for one in _model(repo.run())["findings"] if one["name"] == "base"]


def test_the_rule_for_approvals_of_main_holds_whatever_a_branch_calls_main(repo: Repo) -> None:
    """A branch calls itself main and asks for nobody's word."""
    repo.git("checkout", "-q", "main")
    rule = "    approvals: {production: {min: 1, from: [ben@example.invalid]}}\n"
    repo.edit("seatrial.yaml", ("    gates: gates.yaml\n", "    gates: gates.yaml\n" + rule))
    repo.commit("a rule")
    repo.git("checkout", "-q", "-b", "evil")
    repo.edit("seatrial.yaml", (rule, ""), ("main: main", "main: evil"))
    repo.set_params(("  skill: 0.9\n", "  skill: 0.95\n"))
    repo.run()
    held = repo.promote(repo.register(), code=3)

    assert "production asks for 1 approval and has none" in str(held["reasons"])


@pytest.mark.parametrize("main", ["main: main", "main: better"])
def test_gates_that_a_branch_lowers_do_not_move_production_by_hand_either(repo: Repo, main: str) -> None:
    """They are committed, on the branch alone: what main has for the alias holds the version."""
    repo.edit("seatrial.yaml", ("main: main", main))
    repo.commit("lower gates")
    repo.run(code=None)
    ref = repo.register()
    said = repo.seatrial("models", "promote", ref, "--to", "production", code=3)

    assert "under the gates that guard production on main at " in " ".join(said.out.split())
    assert "FAIL regression.accuracy" in " ".join(said.out.split())
    assert repo.aliases() == {"production": 1}

    repo.seatrial("models", "promote", ref, "--to", "production", "--override", "--reason", "agreed with Ada")

    assert repo.aliases() == {"production": 2}


def test_gates_that_differ_and_let_it_through_too_hold_nothing(repo: Repo) -> None:
    """A branch that asks for less and has a better model: main's gates let that one through as well."""
    repo.set_params(BETTER)
    repo.commit("lower gates for a better model")
    repo.run(code=None)
    repo.seatrial("models", "promote", repo.register(), "--to", "production")

    assert repo.aliases() == {"production": 2}
