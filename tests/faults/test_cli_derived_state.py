"""What can be found out again is deleted, or filled with rubbish, one by one: the next run is right, and says the same.

Nothing of it is the truth: that is in the records, in the results with their blobs, and in the logs of runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.calm import new_calm_repo, settle
from tests.support.cli import BETTER, OTHER, Repo, copy_of, template, with_production
from tests.support.commanding import Commander

RUBBISH = (None, b"rubbish", bytes(4096))
DERIVED = (
    "facts.db",
    "ac/pointers",
    "verdicts",
    "locks",
    "unfinished",
    "in-use",
    ".gitignore",
    "runs/*/drafts",
    "runs/*/report.json",
    "runs/*/params",
)


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


@pytest.fixture(scope="module")
def commander() -> Iterator[Commander]:
    with Commander() as commander:
        yield commander


def harm(places: list[Path], rubbish: bytes | None) -> int:
    """Delete what is at some places, or write rubbish into every file there; how many files that were."""
    files = [file for place in places for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file()]
    for place in places if rubbish is None else ():
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    for file in files if rubbish is not None else ():
        file.chmod(0o644)
        file.write_bytes(rubbish or b"")
    return len(files)


@pytest.mark.parametrize("name", DERIVED)
def test_what_the_cache_derives_may_be_lost_or_wrong(repo: Repo, commander: Commander, name: str) -> None:
    """Outs and verdict stay, nothing that is stored is made again, and the run after has nothing to do."""
    right = commander.type(repo, "run", "--json").json
    outs = {path: path.read_bytes() for path in (repo.root / "outputs").iterdir()}
    for rubbish in RUBBISH:
        places = list((repo.root / ".seatrial").glob(name))
        there = harm(places, rubbish)
        (repo.root / "outputs" / "model.txt").unlink()
        document = commander.type(repo, "run", "--json").json

        assert there or rubbish is None or name in ("unfinished", "runs/*/params"), f"nothing there to harm: {name}"
        assert set(repo.did(document).values()) == {"reused"}, rubbish
        assert document["models"] == right["models"], rubbish
        assert {path: path.read_bytes() for path in outs} == outs, rubbish
    assert repo.aliases() == {"production": 1}


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_a_memo_may_be_lost_or_wrong(tmp_path: Path, rubbish: bytes | None) -> None:
    """A run that would be answered from it takes the ordinary way, and leaves a good one."""
    repo = new_calm_repo(tmp_path)
    settle(repo)
    right = repo.did(repo.run())
    assert harm(list((repo.root / ".seatrial").glob("settled*")), rubbish)

    assert repo.did(repo.run()) == right
    settle(repo)


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_the_index_of_the_state_may_be_lost_or_wrong(repo: Repo, rubbish: bytes | None) -> None:
    """It lies beside the records, which are the truth. A run that has something to do looks into it."""
    repo.set_params(BETTER)
    repo.run()
    shown = repo.seatrial("models", "show", "tiny", "--json").json
    assert harm(list(repo.state.glob("index*")), rubbish)
    repo.set_params(OTHER)
    document = repo.run(code=None)

    assert repo.did(document) == {"data": "reused", "train": "ran", "evaluate": "ran"}
    assert document["warnings"] == []
    assert repo.seatrial("models", "show", "tiny", "--json").json == shown
    assert repo.aliases() == {"production": 1}


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_what_was_seen_of_the_state_may_be_lost_and_is_never_guessed(repo: Repo, rubbish: bytes | None) -> None:
    """Deleted, it is written anew. Rubbish could hide that records were lost, so that is told, with the way out."""
    seen = repo.root / ".seatrial" / "seen.json"
    assert harm([seen], rubbish)
    if rubbish is not None:
        [problem] = repo.seatrial("models", "list", "--json", code=5).problems
        assert str(seen) in f"{problem['file']} {problem['message']}"
        assert str(seen) in problem["next_step"]
        seen.unlink()

    assert repo.aliases() == {"production": 1}
    assert set(repo.did(repo.run()).values()) == {"reused"}
    assert seen.exists()
