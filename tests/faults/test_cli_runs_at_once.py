"""Two and eight commands at once, in one work tree and in two clones that share cache and state.

What a run says and leaves is held against cold runs in clones of their own (`tests/support/campaign.py`).
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.campaign import CELLS, SALTS, Campaign, campaign, outs_of
from tests.support.cli import PATIENCE, Repo


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with campaign(tmp_path_factory.mktemp("at-once")) as made:
        yield made


def at_once(*typed: tuple[Repo, tuple[str, ...]]) -> list[tuple[int, Any]]:
    """Type commands at the same time; exit code and JSON document of each."""
    children = [repo.start(*words, "--json") for repo, words in typed]
    told = [(child, child.communicate(timeout=2 * PATIENCE)) for child in children]
    for child, (out, err) in told:
        assert "Traceback" not in out + err, err
        assert child.returncode < 70, (child.returncode, out, err)
    return [(child.returncode, json.loads(out)) for child, (out, _) in told]


@pytest.mark.parametrize("runs", [2, 8])
def test_the_same_run_several_times_at_once_runs_each_stage_once(made: Campaign, runs: int) -> None:
    """One starts a command, the others wait and reuse; all say what a cold run says."""
    made.begin("b", "cold")
    shutil.rmtree(made.repo.root / "outputs")
    before = made.starts()
    told = at_once(*[(made.repo, ("run",))] * runs)
    started = made.starts()[len(before) :]

    assert sorted(started) == sorted(CELLS)
    assert {code for code, _ in told} == {made.cold["b"].code}
    for _, document in told:
        assert made.differs(document) == []
    assert len({document["run"] for _, document in told}) == runs


@pytest.mark.parametrize("runs", [2, 8])
def test_runs_with_different_parameters_never_mix(made: Campaign, runs: int) -> None:
    """They write the same paths; each judges what it made itself, and nothing wrong is stored."""
    made.begin("b", "cold")
    salts = [SALTS[number % len(SALTS)] for number in range(runs)]
    told = at_once(*[(made.repo, ("run", "--set-param", f"train.salt={salt}")) for salt in salts])

    for salt, (code, document) in zip(salts, told, strict=True):
        assert code == made.cold[salt].code
        assert findings(document["models"]) == findings(made.cold[salt].models)
    for salt in SALTS:
        made.begin(salt, "tree gone")
        assert set(made.recover().values()) == {"reused"} or salt not in salts


def findings(models: Any) -> Any:
    """What was measured, in figures and digests."""
    return [model["findings"] for model in models]


def clone_of(made: Campaign, name: str) -> Repo:
    """Another clone at the same commit, with an empty cache of its own."""
    root = made.share.parent / name
    made.repo.git("clone", "-q", str(made.repo.root), str(root))
    clone = replace(made.repo, root=root)
    clone.git("checkout", "-q", made.repo.git("rev-parse", "HEAD"))
    return clone


@pytest.mark.parametrize("runs", [2, 8])
def test_runs_of_two_clones_share_what_they_make(made: Campaign, runs: int) -> None:
    """Half of them in each; a third clone has nothing to do."""
    made.begin("c", "cold")
    other = clone_of(made, f"other-{runs}")
    told = at_once(*[(repo, ("run",)) for repo in (made.repo, other) for _ in range(runs // 2)])
    third = clone_of(made, f"third-{runs}")
    last = third.run(code=made.cold["c"].code)

    for _, document in told:
        assert made.differs(document) == []
    assert outs_of(other) == outs_of(third) == made.cold["c"].outs
    assert set(third.did(last).values()) == {"reused"}
    assert last["models"] == made.cold["c"].models


def test_eight_registrations_of_one_model_are_one_version(made: Campaign) -> None:
    """From two clones at once; each is told the same version."""
    made.begin("d", "cold")
    made.repo.run(code=made.cold["d"].code)
    other = clone_of(made, "registering")
    other.run(code=made.cold["d"].code)
    told = at_once(*[(repo, ("models", "register")) for repo in (made.repo, other) for _ in range(4)])
    again = made.repo.register()

    refs = {document["version"]["ref"] for code, document in told if code == 0}
    assert {code for code, _ in told} <= {0, 6}
    assert refs == {again}


def test_promotions_at_once_through_a_shared_folder_leave_one_history(made: Campaign) -> None:
    """Of eight, on two machines: every move follows on the one before it, and the last one is what holds."""
    made.better()
    ref = made.repo.register()
    other = clone_of(made, "promoting")
    made.repo.git("checkout", "-q", "-B", "second", made.commits["better"])
    made.repo.edit("params.yaml", ("skill: 0.97\n", "skill: 0.98\n"))
    made.repo.commit()
    made.repo.run()
    second = made.repo.register()
    before = len(ledger(made.repo))
    words = [("models", "promote", one, "--to", "production") for one in (ref, second)]
    told = at_once(*[(repo, typed) for repo in (made.repo, other) for typed in words for _ in range(2)])
    moves = ledger(made.repo)

    assert {code for code, _ in told} <= {0, 1, 3, 6}
    assert any(code == 0 for code, _ in told)
    assert len(moves) > before
    for earlier, later in itertools.pairwise(moves):
        assert later["previous"] == earlier["version"]
    assert other.aliases()["production"] == made.repo.aliases()["production"] == moves[-1]["version"]


def ledger(repo: Repo) -> list[Any]:
    """The moves of production."""
    shown = repo.seatrial("models", "show", "tiny", "--json").json["model"]["ledger"]
    return [move for move in shown if move["alias"] == "production"]
