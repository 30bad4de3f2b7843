"""A judge's votes in a project: they count against the model that they were cast against, and against no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CONFIG, Repo, with_production

VOTES = """\
import sys

with open(sys.argv[2], "w") as file:
    file.write("id,order,winner,judge\\n")
    for at in range(1200):
        winner = "candidate" if at % 2 else "baseline"
        file.write(f"q{at},candidate_first,{winner},judge@1\\nq{at},baseline_first,{winner},judge@1\\n")
"""
GATES = "  performance: {accuracy: {min: 0.5}}\n  preference: {margin: 0.05}\n"
FILES = {
    "seatrial.yaml": CONFIG.replace(
        "  evaluate:\n",
        "  arena:\n"
        "    cmd: python steps/votes.py ${deps.model} ${outs.votes}\n"
        "    deps: {model: train.model}\n"
        "    outs: {votes: {path: outputs/votes.csv, as: preferences}}\n"
        "  evaluate:\n",
    ).replace("    input: evaluate", "    evidence: [arena.votes]\n    input: evaluate"),
    "gates.yaml": f"smoke:\n{GATES}promote:\n{GATES}",
    "steps/votes.py": VOTES,
}
SKILL = "  skill: 0.9\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return with_production(tmp_path / "p", FILES)


def _said(document: Any) -> tuple[str, str]:
    (model,) = document["models"]
    (finding,) = (one for one in model["findings"] if one["kind"] == "preference")
    return finding["verdict"], finding["reason"]


def _forget(repo: Repo) -> None:
    repo.seatrial("cache", "forget", "arena")


def test_votes_against_an_earlier_holder_promote_nobody_until_the_judge_is_asked_again(repo: Repo) -> None:
    """Two candidates were each compared with the first version. Once one of them holds the alias, the votes for the
    other say nothing of it: neither those that were registered, nor the same file reused by another run."""
    refs = []
    for skill in ("0.91", "0.92"):
        repo.set_params((SKILL, f"  skill: {skill}\n"))
        assert _said(repo.run()) == ("PASS", "not_worse")
        refs.append(repo.register())
    repo.promote(refs[0])
    refused = repo.promote(refs[1], code=2)

    assert "other_baseline" in str(refused)
    assert "seatrial cache forget arena" in str(refused)

    reused = repo.run(code=2)
    assert repo.did(reused)["arena"] == "reused"
    assert _said(reused) == ("ERROR", "other_baseline")

    _forget(repo)
    assert _said(repo.run()) == ("PASS", "not_worse")
    again = repo.register()
    assert again not in refs
    repo.promote(again)
    assert repo.aliases() == {"production": int(again.partition("@")[2])}


def test_votes_that_were_cast_before_anybody_held_the_alias_are_about_nobody_known(tmp_path: Path) -> None:
    """The judge was asked for a candidate while there was no baseline; its votes are none against who came later."""
    repo = with_production(tmp_path / "p", FILES)
    first = repo.read("params.yaml")
    repo.set_params((SKILL, "  skill: 0.91\n"))
    repo.run()
    repo.promote(repo.register())
    repo.write("params.yaml", first)
    repo.commit("back to the first")
    document = repo.run(code=2)

    assert repo.did(document)["arena"] == "reused"
    assert _said(document) == ("ERROR", "other_baseline")
    assert "is not known" in str(document["models"][0]["findings"])


def test_votes_against_main_are_reused_where_the_run_that_cast_them_noted_it(repo: Repo) -> None:
    """The second run reuses the votes and knows from the first what they are about; without its record, nobody does."""
    repo.git("checkout", "-q", "-b", "better")
    repo.set_params((SKILL, "  skill: 0.93\n"))
    cast = repo.run("--tier", "branch", code=None)
    assert _said(cast) == ("PASS", "not_worse")

    again = repo.run("--tier", "branch", code=None)
    assert repo.did(again)["arena"] == "reused"
    assert _said(again) == ("PASS", "not_worse")

    (repo.root / ".seatrial/runs" / cast["run"] / "drafts/tiny.json").unlink()
    repo.git("commit", "-q", "--allow-empty", "-m", "nothing")
    assert _said(repo.run("--tier", "branch", code=None)) == ("ERROR", "other_baseline")
