"""Bytes and records that are damaged or gone: noticed, mended where possible, never taken for "no model yet"."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli import BETTER, FEW, Repo, copy_of, template, with_production


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production."""
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


def _damage(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"damaged")


def _blobs(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file() and "quarantine" not in path.parts]


# -- the cache --------------------------------------------------------------------------


@pytest.mark.parametrize("outs", ["gone", "there"])
def test_damaged_blobs_are_noticed_and_made_again(repo: Repo, outs: str) -> None:
    """Every blob of the cache damaged: the run ends as it should, and the next one has nothing to do."""
    for blob in _blobs(repo.root / ".seatrial" / "cas"):
        _damage(blob)
    shutil.rmtree(repo.root / ".seatrial" / "verdicts")
    if outs == "gone":
        shutil.rmtree(repo.root / "outputs")

    said = repo.seatrial("run")
    again = repo.run()

    assert "PASS: " in said.out
    assert "damaged" in said.err
    assert repo.read("outputs/model.txt") == "0.9 a\n"
    assert set(repo.did(again).values()) == {"reused"}


def test_work_that_was_done_again_is_reported_as_done(repo: Repo) -> None:
    """Looking at the stages a second time does not turn `ran` into `reused` in the report."""
    for blob in _blobs(repo.root / ".seatrial" / "cas"):
        _damage(blob)
    shutil.rmtree(repo.root / ".seatrial" / "verdicts")
    shutil.rmtree(repo.root / "outputs")

    did = repo.did(repo.run())

    assert (did["train"], did["evaluate"]) == ("ran", "ran")


@pytest.mark.parametrize(
    "content", [b"{", b"{}", b'{"findings":[{}],"metrics":[],"rows":1}', b'{"findings":1,"metrics":2,"rows":3}']
)
def test_damaged_memory_of_a_verdict_is_found_again(repo: Repo, content: bytes) -> None:
    """A remembered answer that cannot be read is judged anew."""
    before = repo.run()["models"]
    for memory in (repo.root / ".seatrial" / "verdicts").iterdir():
        memory.write_bytes(content)

    assert repo.run()["models"] == before


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}"])
def test_damaged_draft_is_told_with_the_way_out(repo: Repo, content: bytes) -> None:
    """What a run left for registering cannot be read: exit code 5, nothing registered."""
    for draft in (repo.root / ".seatrial" / "runs").glob("*/drafts/*.json"):
        draft.write_bytes(content)

    said = repo.seatrial("models", "register", code=5)

    assert "drafts/tiny.json: what run " in said.err
    assert "next:  seatrial run && seatrial models register" in said.err


def test_cache_that_was_deleted_costs_time_alone(repo: Repo) -> None:
    """`git clean -ffdx`, then run and promote: everything is made again and judged as before."""
    before = repo.run()["models"]
    repo.git("clean", "-q", "-ffdx")

    after = repo.run()

    assert set(repo.did(after).values()) == {"ran"}
    assert after["models"] == before
    assert repo.promote("tiny@1", "--first", to="staging")["moved"] is True


def test_draft_whose_bytes_left_the_cache_is_not_registered(repo: Repo) -> None:
    """A version is complete or it is not there."""
    repo.set_params(BETTER)
    repo.run()
    shutil.rmtree(repo.root / ".seatrial" / "cas")

    said = repo.seatrial("models", "register", code=5)

    assert "cannot be registered" in said.err
    assert "next:  seatrial run && seatrial models register" in said.err
    assert len(repo.seatrial("models", "list", "--json").json["models"][0]["versions"]) == 1
    repo.run()
    assert repo.register() == "tiny@2"


# -- the records ------------------------------------------------------------------------


def _without_records(repo: Repo) -> None:
    shutil.rmtree(repo.state / "records")


def _without_state(repo: Repo) -> None:
    shutil.rmtree(repo.state)


def _without_the_model(repo: Repo) -> None:
    shutil.rmtree(repo.state / "records" / "models")


def _without_the_last_record(repo: Repo) -> None:
    (repo.state / "records/models/tiny/00000002.json").unlink()


def _without_the_first_record(repo: Repo) -> None:
    (repo.state / "records/models/tiny/00000001.json").unlink()


def _with_a_damaged_record(repo: Repo) -> None:
    path = repo.state / "records/models/tiny/00000001.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b'"skill"', b'"skull"').replace(b"0.9", b"0.8"))


def _with_half_a_record(repo: Repo) -> None:
    path = repo.state / "records/models/tiny/00000002.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize(
    "harm",
    [
        _without_records,
        _without_state,
        _without_the_model,
        _without_the_last_record,
        _without_the_first_record,
        _with_a_damaged_record,
        _with_half_a_record,
    ],
)
def test_lost_and_damaged_records_are_an_error_of_the_state(repo: Repo, harm: Callable[[Repo], None]) -> None:
    """Exit code 5 from every command that needs them, with file and next step; `--first` does not help."""
    harm(repo)

    run = repo.seatrial("run", code=5)
    words = ("models", "promote", "tiny@1", "--to", "production", "--first", "--json")
    (problem, *_) = repo.seatrial(*words, code=5).problems

    assert run.err.startswith("error: ")
    assert "next:  " in run.err
    assert "first model" not in run.err + run.out
    assert str(repo.root / ".git" / "seatrial" / "state") in problem["file"]
    assert "backup" in problem["next_step"]


def test_lost_records_are_found_before_any_training(repo: Repo) -> None:
    """Hours of training are not spent on a judgement that cannot be made."""
    repo.set_params(BETTER)
    _without_records(repo)

    said = repo.seatrial("run", code=5)

    assert "run     train" not in said.err
    assert repo.read("outputs/model.txt") == "0.9 a\n"


def test_records_that_come_back_are_good_again(repo: Repo, tmp_path: Path) -> None:
    """Restoring the state's folder is all it takes."""
    shutil.copytree(repo.state, tmp_path / "backup")
    _without_state(repo)
    repo.seatrial("run", code=5)
    shutil.rmtree(repo.state, ignore_errors=True)
    shutil.copytree(tmp_path / "backup", repo.state)

    repo.seatrial("run")

    assert repo.aliases() == {"production": 1}


def test_damaged_bytes_of_production_are_told_and_not_judged_around(repo: Repo) -> None:
    """Production must be scored again and its artifact is damaged: exit code 5, where, and what to do."""
    repo.set_params(BETTER, FEW)
    for blob in _blobs(repo.state / "blobs"):
        _damage(blob)

    said = repo.seatrial("run", code=5)

    assert f"error: {repo.state / 'blobs'}: the bytes of a model or of its evidence cannot be read" in said.err
    assert "from a backup" in said.err
    assert repo.aliases() == {"production": 1}
