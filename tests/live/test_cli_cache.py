"""`seatrial cache`: what it shows, removes, finds damaged and forgets, typed from outside."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from seatrial.store.usage import Usage
from tests.support.cli import BETTER, CONFIG, Repo, copy_of, new_repo, template, with_production


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """One version in production."""
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


def blobs(repo: Repo) -> set[str]:
    cas = repo.root / ".seatrial" / "cas"
    return {str(path.relative_to(cas)) for path in cas.rglob("*") if path.is_file() and "quarantine" not in path.parts}


def test_status_tells_every_kind_and_what_versions_need(repo: Repo) -> None:
    """As text in 80 columns, and as JSON."""
    said = repo.seatrial("cache", "status")
    document = repo.seatrial("cache", "status", "--json").json
    kinds = {kind["kind"]: kind for kind in document["kinds"]}

    assert max(map(len, said.out.splitlines())) <= 80
    assert "registered versions need 1 run and what they made" in said.out
    assert (kinds["results"]["count"], kinds["runs"]["count"]) == (3, 1)
    assert kinds["blobs"]["count"] == len(blobs(repo))
    assert sum(kind["size"] for kind in document["kinds"]) == document["size"]
    assert document["reclaimable"] == 0
    assert len(document["needed_by_versions"]["runs"]) == 1


def test_gc_spares_what_a_version_needs_and_takes_the_rest(repo: Repo) -> None:
    """However little is to be kept: the version's run can be reported, and its stages are reused."""
    first = repo.root / ".seatrial" / "runs"
    (registered,) = first.iterdir()
    repo.set_params(BETTER)
    repo.run()
    would = repo.seatrial("cache", "gc", "--max-size", "1", "--dry-run", "--json").json
    before = blobs(repo)
    done = repo.seatrial("cache", "gc", "--max-size", "1", "--json").json
    repo.git("checkout", "-q", "HEAD~1")

    assert would["results"] == done["results"]
    assert {one["cell"] for one in done["results"]} == {"train", "evaluate"}
    assert done["over"] > 0
    assert blobs(repo) < before
    assert [path.name for path in first.iterdir()] == [registered.name]
    assert repo.seatrial("report", "--run", registered.name).code == 0
    assert set(repo.did(repo.run()).values()) == {"reused"}


def test_gc_without_a_limit_removes_left_overs_alone(repo: Repo) -> None:
    """What a killed command left: temporary files, blobs without a result, a result that cannot be read."""
    cache = repo.root / ".seatrial"
    before = blobs(repo)
    for name in ("cas/.tmp-1-aa", "ac/.tmp-1-bb", "tmp/.tmp-1-cc.judge/x", "cas/ab/" + "c" * 62):
        (cache / name).parent.mkdir(parents=True, exist_ok=True)
        (cache / name).write_text("left over")
    done = repo.seatrial("cache", "gc", "--json").json

    assert done["blobs"] == 1
    assert {one["kind"] for one in done["others"]} == {"temporary"}
    assert not list(cache.rglob(".tmp-*"))
    assert blobs(repo) == before
    assert set(repo.did(repo.run()).values()) == {"reused"}


def test_gc_removes_results_of_an_earlier_version_and_no_others(repo: Repo) -> None:
    """They lay in folders of two digits, and what pointed to them in `inputs` and `cells`; status counts them."""
    results = repo.root / ".seatrial" / "ac"
    digits = "0123456789abcdef" * 4
    for name in (f"ab/{digits[2:]}/x.json", f"inputs/{digits[:2]}/{digits[2:]}", f"cells/{digits[:2]}/{digits[2:]}"):
        (results / name).parent.mkdir(parents=True)
        (results / name).write_text("{}")
    kinds = {one["kind"]: one for one in repo.seatrial("cache", "status", "--json").json["kinds"]}
    would = repo.seatrial("cache", "gc", "--dry-run", "--json").json
    still = (results / "ab").exists()
    done = repo.seatrial("cache", "gc", "--json").json

    assert (kinds["result of an earlier version"]["count"], kinds["results"]["count"]) == (3, 3)
    assert still
    for document in (would, done):
        assert {one["kind"] for one in document["others"]} == {"result of an earlier version"}
        assert (document["results"], document["blobs"]) == ([], 0)
    assert not [name for name in ("ab", "inputs", "cells") if (results / name).exists()]
    assert set(repo.did(repo.run()).values()) == {"reused"}


def test_gc_takes_downloads_that_were_cut_off_and_keeps_copies_of_a_shared_state_until_they_are_old(repo: Repo) -> None:
    """Both can be fetched again; only the copies are of use as they are."""
    cut = repo.root / ".seatrial/cas/partial/0123/part-1"
    copied = repo.root / ".seatrial/mirrors/bucket/ab/cd"
    for file in (cut, copied):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"x" * 100)

    assert repo.seatrial("cache", "gc").code == 0
    assert not cut.parent.exists()
    assert copied.exists()

    os.utime(repo.root / ".seatrial/mirrors/bucket", (1, 1))
    assert repo.seatrial("cache", "gc", "--older-than", "30d").code == 0
    assert not copied.exists()


def test_a_result_that_was_reused_lately_is_not_old(repo: Repo) -> None:
    """Age counts from the last use; results nobody used go."""
    repo.set_params(BETTER)
    repo.run()
    (repo.root / ".git" / "seatrial").rename(repo.root / ".git" / "elsewhere")  # no versions that need anything
    (repo.root / ".seatrial" / "seen.json").unlink()
    runs = sorted((repo.root / ".seatrial" / "runs").iterdir())
    for result in (repo.root / ".seatrial" / "ac").glob("*.json"):
        value = json.loads(result.read_text()) | {"finished": "2020-01-01T00:00:00.000Z"}
        result.chmod(0o644)
        result.write_text(json.dumps(value))
    shutil.rmtree(runs[0])
    done = repo.seatrial("cache", "gc", "--older-than", "30d", "--json").json

    assert sorted(one["cell"] for one in done["results"]) == ["evaluate", "train"]
    assert set(repo.did(repo.run(code=None)).values()) == {"reused"}


def test_gc_removes_nothing_while_another_command_works(repo: Repo) -> None:
    """Exit code 6, also for a second gc; saying what it would do is allowed."""
    usage = Usage(repo.root / ".seatrial" / "in-use")
    said = repo.seatrial("cache", "gc", "--max-size", "1", code=6)
    repo.seatrial("cache", "gc", "--max-size", "1", "--dry-run")
    usage.close()
    alone = Usage(repo.root / ".seatrial" / "in-use")

    assert "nothing was removed" in said.err
    assert alone.alone()
    alone.close()
    repo.seatrial("cache", "gc", "--max-size", "1")


def test_gc_removes_nothing_when_the_records_cannot_be_read(repo: Repo) -> None:
    """What versions need is then unknown."""
    for record in (repo.root / ".git" / "seatrial" / "state" / "records").rglob("00000001.json"):
        record.chmod(0o644)
        record.write_text("{")
    before = blobs(repo)
    repo.seatrial("cache", "gc", "--max-size", "1", code=5)

    assert blobs(repo) == before


def test_verify_is_content_with_a_sound_cache(repo: Repo) -> None:
    """Every byte has its digest."""
    assert "all have their digests" in repo.seatrial("cache", "verify").out


@pytest.mark.parametrize("damage", ["other bytes", None])
def test_verify_finds_damage_drops_what_needs_it_and_the_next_run_mends(repo: Repo, damage: str | None) -> None:
    """Exit code 5 once; a blob that was changed is kept aside, one that is missing is missed."""
    cas = repo.root / ".seatrial" / "cas"
    blob = next(path for path in sorted(cas.rglob("*")) if path.is_file() and path.read_bytes() == b"0.9 a\n")
    blob.chmod(0o644)
    blob.unlink() if damage is None else blob.write_text(damage)
    found = repo.seatrial("cache", "verify", "--json", code=5).json
    text = repo.seatrial("cache", "verify")
    shutil.rmtree(repo.root / "outputs")
    did = repo.did(repo.run())

    assert found["exit_code"] == 5
    assert len(found["damaged"]) == (damage is not None)
    assert [one["cell"] for one in found["lost"]] == ["train"]
    assert len(list((cas / "quarantine").glob("*"))) == (damage is not None)
    assert "all have their digests" in text.out
    assert did["train"] == "ran"
    assert repo.read("outputs/model.txt") == "0.9 a\n"


def test_verify_tells_damage_in_words(repo: Repo) -> None:
    """Which stages, in 80 columns, and what to do."""
    for blob in (repo.root / ".seatrial" / "cas").rglob("*"):
        if blob.is_file():
            blob.chmod(0o644)
            blob.write_text("x")
    said = repo.seatrial("cache", "verify", code=5)

    assert "damaged and set aside" in said.out
    assert "train" in said.out
    assert "next: seatrial run" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_a_forgotten_stage_runs_again_and_leaves_a_tombstone(repo: Repo) -> None:
    """By stage, by run, by key; what was made anew is a result like any other."""
    shown = repo.seatrial("cache", "forget", "train", "--json").json["forgotten"]
    plain = shown[0]["key"].removeprefix("b3:")
    did = repo.did(repo.run())
    again = repo.did(repo.run())
    stone = json.loads((repo.root / ".seatrial/ac/forgotten" / plain[:2] / plain[2:]).read_text())
    whole = repo.seatrial("cache", "forget", "--run", shown[0]["run"], "--json").json["forgotten"]

    assert [one["cell"] for one in shown] == ["train"]
    assert stone["action_key"] == shown[0]["key"]
    assert (did["train"], again["train"]) == ("ran", "reused")
    assert {one["cell"] for one in whole} == {"data", "evaluate"}
    assert "not stored here" in repo.seatrial("cache", "forget", "--key", "b3:" + "0" * 64).out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("forget",), "nothing says what to forget"),
        (("forget", "no-such-stage"), "no stored result is of no-such-stage"),
        (("forget", "--key", "12ab"), "is not a key"),
        (("gc", "--older-than", "soon"), "--older-than takes a time"),
        (("gc", "--max-size", "huge"), "--max-size takes a size"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(repo: Repo, words: tuple[str, ...], says: str) -> None:
    """Exit code 2 and the next step."""
    said = repo.seatrial("cache", *words, code=2)

    assert says in said.err
    assert "next:" in said.err


def test_an_empty_cache_is_no_error(tmp_path: Path) -> None:
    """Before the first run."""
    repo = new_repo(tmp_path)

    for words in (("status",), ("verify",), ("gc",)):
        assert repo.seatrial("cache", *words).code == 0


def test_a_paranoid_run_of_an_unchanged_project_reuses_everything(repo: Repo) -> None:
    """It only reads more; the command is told in the report as it was typed."""
    document = repo.run("--paranoid")

    assert set(repo.did(document).values()) == {"reused"}
    assert "--paranoid" in json.dumps(document)


def test_what_is_forgotten_does_not_come_back_from_a_shared_cache(tmp_path: Path) -> None:
    """Neither to this work tree nor to a new one."""
    shared = f"cache: {{remote: '{(tmp_path / 'shared').as_uri()}'}}\n"
    (tmp_path / "shared").mkdir()
    repo = new_repo(tmp_path, {"seatrial.yaml": CONFIG + shared})
    repo.run("train")
    done = repo.seatrial("cache", "forget", "train", "--json").json
    for name in (".seatrial", "outputs", "data"):
        shutil.rmtree(repo.root / name)
    did = repo.did(repo.run("train"))

    assert done["warning"] is None
    assert did == {"data": "reused", "train": "ran"}


def test_a_shared_cache_that_cannot_be_told_is_a_warning(tmp_path: Path) -> None:
    """The results are forgotten here all the same."""
    shared = f"cache: {{remote: '{(tmp_path / 'shared').as_uri()}'}}\n"
    (tmp_path / "shared").mkdir()
    repo = new_repo(tmp_path, {"seatrial.yaml": CONFIG + shared})
    repo.run("train")
    shutil.rmtree(tmp_path / "shared")
    (tmp_path / "shared").write_text("no folder")
    done = repo.seatrial("cache", "forget", "train", "--json").json
    text = repo.seatrial("cache", "forget", "data").out

    assert "others still get them" in done["warning"]
    assert "warning: they are forgotten here" in text
    assert repo.did(repo.run("train"))["train"] == "ran"
