"""Clones whose state lies on a git ref of the repository they share, and the commands typed in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cli import BETTER, CONFIG, Repo, new_repo
from tests.support.git_server import GitServer, serving
from tests.support.git_state import new_clone, share_by_git
from tests.support.promoting_at_once import exactly_one_moves_the_alias_first

SHARED = "state: git\n"
RUNS_AWAY = "http://127.0.0.1:9/team.git"


@dataclass(slots=True)
class Team:
    """A bare repository, and two clones of it that know nothing of each other."""

    first: Repo
    second: Repo
    bare: Path

    def clone(self, name: str, *options: str, url: str | None = None) -> Repo:
        """One more, made as `git clone` makes it."""
        root = new_clone(url or f"file://{self.bare}", self.first.root.parent / name, *options)
        repo = Repo(root=root, python=self.first.python, environ=dict(self.first.environ))
        repo.git("config", "user.name", "Ben Tester")
        repo.git("config", "user.email", "ben@example.invalid")
        return repo


@pytest.fixture
def team(tmp_path: Path) -> Team:
    first = new_repo(tmp_path, {"seatrial.yaml": CONFIG + SHARED})
    made = Team(first=first, second=first, bare=share_by_git(first))
    made.second = made.clone("second")
    return made


@pytest.fixture
def served(team: Team) -> Iterator[GitServer]:
    """The same repository over http, as the first clone's origin."""
    with serving(team.bare.parent) as server:
        team.first.git("remote", "set-url", "origin", f"{server.url}/origin.git")
        yield server


def produce(repo: Repo) -> str:
    """A first model in production."""
    repo.run(code=2)
    ref = repo.register()
    repo.promote(ref, "--first")
    return ref


def test_what_one_clone_registers_promotes_and_rolls_back_the_other_sees(team: Team) -> None:
    """Versions, aliases and bytes; nothing of it in the branch, the work tree or the local state."""
    head = team.first.git("rev-parse", "HEAD")
    produce(team.first)
    assert team.second.aliases() == {"production": 1}
    assert team.first.git("rev-parse", "HEAD") == head
    assert team.first.git("status", "--porcelain") == ""
    assert not team.first.state.exists()

    team.second.set_params(BETTER)
    document = team.second.run()
    assert document["models"][0]["decision"] == "allow"
    assert document["models"][0]["baseline"] is not None
    team.second.promote(team.second.register())
    assert team.first.aliases() == {"production": 2}

    team.first.seatrial("models", "rollback", "tiny")
    assert team.second.aliases() == {"production": 1}


def test_it_works_over_http_as_well(team: Team, served: GitServer) -> None:
    """The server is git's own."""
    produce(team.first)

    assert team.second.aliases() == {"production": 1}
    assert [asked for asked in served.asked if "git-receive-pack" in asked]


@pytest.mark.parametrize("options", [("--depth=1",), ("--filter=blob:none",), ("--single-branch",)])
def test_clones_of_other_kinds_take_part(team: Team, options: tuple[str, ...]) -> None:
    """Shallow ones stay shallow."""
    produce(team.first)
    for name in ("allowFilter", "allowAnySHA1InWant"):
        team.first.git("-C", str(team.bare), "config", f"uploadpack.{name}", "true")
    other = team.clone("other", *options)
    other.git("checkout", "-q", "--detach")
    shallow = other.git("rev-parse", "--is-shallow-repository")

    assert other.aliases() == {"production": 1}
    other.set_params(BETTER)
    other.run()
    other.promote(other.register())

    assert other.worktree("beside").aliases() == {"production": 2}
    assert team.first.aliases() == {"production": 2}
    assert other.git("rev-parse", "--is-shallow-repository") == shallow


def test_a_clone_fetches_nothing_of_the_state_by_itself(team: Team) -> None:
    """Neither records nor models."""
    produce(team.first)
    other = team.clone("other")
    other.git("fetch", "-q")

    assert "seatrial" not in other.git("for-each-ref")
    assert "refs/seatrial/state" in team.first.git("ls-remote", "origin")


def test_a_remote_that_does_not_answer_is_never_a_first_model(team: Team, served: GitServer) -> None:
    """Exit code 5 for whoever asks, before anything runs; and nothing is promoted."""
    ref = produce(team.first)
    team.first.environ["SEATRIAL_REMOTE_TIMEOUT"] = "5"
    served.decide = lambda _asked: "unavailable"
    shutil.rmtree(team.first.root / "outputs")

    for words in (["models", "list"], ["run"], ["models", "promote", ref, "--to", "production", "--first"]):
        said = team.first.seatrial(*words, "--json", code=5)
        assert "the state cannot be used" in said.problems[0]["message"]
        assert "503" in said.problems[0]["message"]
        assert said.problems[0]["next_step"]
    assert not (team.first.root / "outputs").exists()


def test_no_remote_at_all_is_an_error_that_says_what_to_do(team: Team) -> None:
    """Not a state that is empty."""
    team.first.git("remote", "remove", "origin")

    said = team.first.seatrial("models", "list", "--json", code=5)

    assert "git:origin" in said.problems[0]["message"]


def test_another_remote_can_be_named(team: Team, tmp_path: Path) -> None:
    """So that the state is not where pull requests are."""
    vault = tmp_path / "vault.git"
    shutil.copytree(team.bare, vault)
    team.first.git("remote", "add", "vault", str(vault))
    team.first.edit("seatrial.yaml", ("state: git\n", "state: git:vault\n"))
    team.first.commit()
    produce(team.first)

    assert "refs/seatrial/state" in team.first.git("ls-remote", "vault")
    assert "seatrial" not in team.first.git("ls-remote", "origin")
    assert team.second.aliases() == {}


def test_of_two_who_promote_at_once_exactly_one_moves_the_alias_first(team: Team) -> None:
    """Whichever clone is quicker."""
    produce(team.first)

    exactly_one_moves_the_alias_first(team.first, team.second)


def test_a_strangers_run_neither_reads_nor_writes_there(team: Team) -> None:
    """Its code would be pushed with the rights of whoever runs it."""
    produce(team.first)
    before = team.first.git("ls-remote", "origin")
    team.second.environ["SEATRIAL_UNTRUSTED"] = "1"
    team.second.git("remote", "set-url", "origin", RUNS_AWAY)  # it would be an error to ask

    team.second.seatrial("run", "--json", code=None)

    assert team.second.aliases() == {}
    assert team.first.git("ls-remote", "origin") == before


def test_a_configuration_that_broke_does_not_stop_a_rollback(team: Team) -> None:
    """Where the state was when it could last be read is remembered."""
    produce(team.first)
    team.first.set_params(BETTER)
    team.first.run()
    team.first.promote(team.first.register())
    team.first.write("seatrial.yaml", "project: [")

    team.first.seatrial("models", "rollback", "tiny")

    assert team.second.aliases() == {"production": 1}


def test_a_cache_on_a_git_ref_is_refused(team: Team) -> None:
    """With the reason and what to write."""
    for text in ("git", "git:origin"):
        team.first.write("seatrial.yaml", f"{CONFIG}{SHARED}cache: {{remote: '{text}'}}\n")
        said = team.first.seatrial("config", "--json", code=2)
        assert "a repository never shrinks" in said.problems[0]["message"]


def test_the_configuration_shows_where_the_state_is(team: Team) -> None:
    """As it is written."""
    [line] = [line for line in team.first.seatrial("config", "--show").out.splitlines() if line.startswith("state ")]

    assert line.split()[:3] == ["state", "=", "git"]
