"""Two clones with their state and their cache in one bucket, and the commands typed in both."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.buckets import needs_obstore, small_bucket
from tests.support.cli import BETTER, CONFIG, Repo, new_repo
from tests.support.fault_proxy import FaultProxy
from tests.support.promoting_at_once import exactly_one_moves_the_alias_first
from tests.support.small_s3 import SmallS3

pytestmark = needs_obstore
SHARED = "state: s3://bucket/team/state\ncache: {remote: s3://bucket/team/cache}\n"


@dataclass(slots=True)
class Team:
    """A bucket and two clones that know it."""

    first: Repo
    second: Repo
    proxy: FaultProxy
    server: SmallS3

    def forget(self, repo: Repo) -> None:
        """Lose the local cache and the outs, as a new runner has none."""
        for name in (".seatrial", "data", "outputs"):
            shutil.rmtree(repo.root / name, ignore_errors=True)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with small_bucket() as (proxy, server):
        first = new_repo(tmp_path, {"seatrial.yaml": CONFIG + SHARED})
        first.environ.update(proxy.environ)
        shutil.copytree(first.root, tmp_path / "clone")
        second = Repo(root=tmp_path / "clone", python=first.python, environ=dict(first.environ))
        yield Team(first=first, second=second, proxy=proxy, server=server)


def produce(repo: Repo) -> str:
    """A first model in production."""
    repo.run(code=2)
    ref = repo.register()
    repo.promote(ref, "--first")
    return ref


def test_what_one_registers_the_other_sees_and_what_one_ran_the_other_reuses(team: Team) -> None:
    """Versions, aliases, evidence and results; nothing of it in the repository's own folder."""
    produce(team.first)

    assert team.second.aliases() == {"production": 1}
    assert set(team.second.did(team.second.run()).values()) == {"reused"}
    assert not team.first.state.exists()
    assert not team.second.state.exists()

    team.second.set_params(BETTER)
    assert team.second.run()["models"][0]["decision"] == "allow"
    team.second.promote(team.second.register())
    assert team.first.aliases() == {"production": 2}
    team.first.seatrial("models", "rollback", "tiny")
    assert team.second.aliases() == {"production": 1}

    # Credentials were used all the time, and are stored nowhere.
    assert not [key for key, data in team.server.objects.items() if b"not-a-secret" in data]
    for file in (team.first.root / ".seatrial").rglob("*"):
        assert not (file.is_file() and b"not-a-secret" in file.read_bytes())


def test_a_new_runner_judges_against_the_shared_baseline(team: Team) -> None:
    """It has nothing but the repository and the bucket."""
    produce(team.first)
    team.forget(team.second)
    team.second.set_params(BETTER)

    document = team.second.run()

    assert document["models"][0]["decision"] == "allow"
    assert document["models"][0]["baseline"] is not None


def test_a_state_that_does_not_answer_is_never_a_first_model(team: Team) -> None:
    """Exit code 5 for whoever asks, before anything runs; and nothing is promoted."""
    ref = produce(team.first)
    team.proxy.fail("unavailable", part="team/state")

    for words in (["models", "list"], ["run"], ["models", "promote", ref, "--to", "production", "--first"]):
        said = team.second.seatrial(*words, "--json", code=5)
        assert "the state cannot be used" in said.problems[0]["message"]
        assert said.problems[0]["next_step"]
    assert not (team.second.root / "outputs").exists()


def test_a_cache_that_does_not_answer_is_a_warning_in_the_report(team: Team) -> None:
    """The run goes on, judges and is recorded."""
    produce(team.first)
    team.proxy.fail("unavailable", part="team/cache")

    document = team.second.run()

    assert set(team.second.did(document).values()) == {"ran"}
    assert [text for text in document["warnings"] if "the shared cache is not used in this run" in text]
    assert document["models"][0]["decision"] == "allow"


def test_of_two_who_promote_at_once_exactly_one_moves_the_alias_first(team: Team) -> None:
    """Whichever clone is quicker."""
    produce(team.first)

    exactly_one_moves_the_alias_first(team.first, team.second)


def test_a_configuration_that_broke_does_not_stop_a_rollback(team: Team) -> None:
    """Where the state was when it could last be read is remembered, so that the way back stays open."""
    produce(team.first)
    team.first.set_params(BETTER)
    team.first.run()
    team.first.promote(team.first.register())
    team.first.write("seatrial.yaml", "project: [")

    team.first.seatrial("models", "rollback", "tiny")

    assert team.second.aliases() == {"production": 1}


def test_a_shared_folder_serves_as_well(tmp_path: Path) -> None:
    """And one that is not mounted is no empty one."""
    share = tmp_path / "share"
    for name in ("state", "cache"):
        (share / name).mkdir(parents=True)
    lines = f"state: file://{share}/state\ncache: {{remote: file://{share}/cache}}\n"
    first = new_repo(tmp_path, {"seatrial.yaml": CONFIG + lines})
    shutil.copytree(first.root, tmp_path / "clone")
    second = Repo(root=tmp_path / "clone", python=first.python, environ=dict(first.environ))
    produce(first)

    assert second.aliases() == {"production": 1}
    assert set(second.did(second.run()).values()) == {"reused"}

    share.rename(tmp_path / "unmounted")
    said = second.seatrial("models", "list", "--json", code=5)
    assert str(share) in (said.problems[0]["file"] or "")
