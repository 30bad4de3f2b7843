"""`seatrial models`: what it lists and shows, tags, links and rollbacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import BETTER, Repo, copy_of, new_repo, template, with_production


def _two_versions(folder: Path) -> Repo:
    repo = with_production(folder)
    repo.set_params(BETTER)
    repo.run()
    repo.promote(repo.register("--tag", "owner=ada", "--link", "https://example.invalid/runs/1"))
    return repo


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """Two versions, of which the second is in production."""
    return copy_of(template(tmp_path_factory, "two-versions", _two_versions), tmp_path)


def test_list_shows_versions_aliases_and_verdicts(repo: Repo) -> None:
    """One line a version; the first model's ERROR is told with its reason."""
    lines = repo.seatrial("models", "list").out.splitlines()

    assert lines[0].split() == ["version", "alias", "verdict", "then", "accuracy", "commit", "registered", "(UTC)"]
    assert lines[1].startswith("tiny@1")
    assert "ERROR no_baseline" in lines[1]
    assert lines[2].split()[:4] == ["tiny@2", "production", "PASS", "0.940"]


def test_empty_registry_is_no_error(tmp_path: Path) -> None:
    """Before the first version there is nothing to list, which is a fact."""
    repo = new_repo(tmp_path)

    assert repo.seatrial("models", "list").out == "no model is registered yet\n"
    assert repo.seatrial("models", "list", "--json").json == {
        "schema_version": 1,
        "models": [],
        "debt": [],
        "waiting": [],
        "waiting_unknown": None,
    }


def test_show_tells_what_a_version_is(repo: Repo) -> None:
    """Everything that is needed to make it again, and how it was judged."""
    document = repo.seatrial("models", "show", "tiny@production", "--json").json
    text = repo.seatrial("models", "show", "tiny@2").out

    version = document["version"]
    assert (version["ref"], version["commit"], version["dirty"]) == ("tiny@2", repo.git("rev-parse", "HEAD"), False)
    assert version["params"] == {"train.salt": "a", "train.skill": 0.95}
    assert set(version["data"]) == {"train", "test"}
    assert version["tags"] == {"owner": "ada"}
    assert [move["how"] for move in document["ledger"]] == ["promote"]
    assert max(map(len, text.splitlines())) <= 80
    assert "https://example.invalid/runs/1" in text


def test_tags_and_links_are_set_and_removed(repo: Repo) -> None:
    """Labels may change after registration; doing it twice changes nothing more."""
    repo.seatrial("models", "tag", "tiny@2", "card=v1")
    repo.seatrial("models", "tag", "tiny@2", "card=v1")
    repo.seatrial("models", "tag", "tiny@2", "owner")
    linked = repo.seatrial("models", "link", "tiny@production", "https://example.invalid/card", "--json").json

    assert linked["version"]["tags"] == {"card": "v1"}
    assert linked["version"]["links"] == ["https://example.invalid/runs/1", "https://example.invalid/card"]
    kinds = [path.read_text().count('"kind":"tag"') for path in (repo.state / "records/models/tiny").glob("*.json")]
    assert sum(kinds) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tag", "tiny@2", "a b=1"), "'a b' cannot name a tag"),
        (("link", "tiny@2", "https://ada:secret@example.invalid/"), "a user name or password"),
        (("tag", "tiny@7", "a=1"), "tiny has no version 7"),
        (("show", "tinny@1"), "did you mean tiny?"),
        (("rollback", "tinny"), "no model tinny is registered; models: tiny"),
        (("rollback", "tiny", "--to", "2"), "tiny@2 holds production already"),
        (("rollback", "tiny", "--alias", "staging"), "nobody holds staging"),
        (("promote", "tiny@2", "--to", "main"), "'main' cannot be an alias"),
        (("promote", "tiny@2", "--to", "x", "--reason", "y"), "--reason goes with --override"),
        (("register", "--run", "nope"), "there is no run nope"),
        (("register", "--model", "nope"), "judged tiny, not nope"),
        (("register", "--tag", "owner"), "--tag takes KEY=VALUE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, words: tuple[str, ...], message: str
) -> None:
    """Exit code 2, what there is instead, and the next step."""
    shared = template(tmp_path_factory, "two-versions", _two_versions)
    before = sorted((shared.state / "records" / "models" / "tiny").iterdir())

    said = shared.seatrial("models", *words, code=2)

    assert message in said.err
    assert "next:  " in said.err
    assert said.out == ""
    assert sorted((shared.state / "records" / "models" / "tiny").iterdir()) == before


def test_rolling_back_twice_goes_two_steps_back(repo: Repo) -> None:
    """It never returns to what was just left, and stops at the first holder."""
    repo.set_params(("  skill: 0.9\n", "  skill: 0.99\n"))
    repo.run()
    repo.promote(repo.register())

    first = repo.seatrial("models", "rollback", "tiny", "--reason", "latency", "--json").json["move"]
    second = repo.seatrial("models", "rollback", "tiny").out
    third = repo.seatrial("models", "rollback", "tiny", code=2)

    assert (first["previous"], first["version"], first["reason"]) == (3, 2, "latency")
    assert second.startswith("production: version 2 -> tiny@1 (rollback, by Ada Tester")
    assert "there is none before it" in third.err
    assert repo.aliases() == {"production": 1}


def test_rollback_is_not_judged_and_needs_no_cache(repo: Repo) -> None:
    """The way back must be open when everything else is broken."""
    repo.git("clean", "-q", "-ffdx")
    repo.write("seatrial.yaml", "this is not: [a configuration\n")

    repo.seatrial("models", "rollback", "tiny")

    assert repo.aliases() == {"production": 1}


def test_rollback_to_a_model_whose_bytes_are_lost_is_refused(repo: Repo) -> None:
    """An alias never points at a model that is not there."""
    version = repo.seatrial("models", "show", "tiny@1", "--json").json["version"]
    blob = version["artifact"]["digest"].removeprefix("b3:")
    path = repo.state / "blobs" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(b"something else")

    said = repo.seatrial("models", "rollback", "tiny", code=5)

    assert "was damaged in the store" in said.err
    assert repo.aliases() == {"production": 2}


def test_register_says_what_to_type_next(repo: Repo) -> None:
    """`--first` where nobody holds production, the plain command otherwise, nothing for the holder itself."""
    again = repo.seatrial("models", "register")
    repo.set_params(("  skill: 0.9\n", "  skill: 0.99\n"))
    repo.run()

    fresh = repo.seatrial("models", "register")

    assert "it holds production already" in again.out
    assert fresh.out.endswith("next: seatrial models promote tiny@3 --to production\n")


def test_older_run_can_be_registered_by_its_name(repo: Repo) -> None:
    """A draft is complete: registering needs neither the work tree of then nor a new run."""
    repo.set_params(("  skill: 0.9\n", "  skill: 0.97\n"))
    older = repo.run()["run"]
    repo.set_params(("  skill: 0.9\n", "  skill: 0.98\n"))
    repo.run()

    version = repo.seatrial("models", "register", "--run", older, "--json").json["version"]

    assert version["run"] == older
    assert version["params"]["train.skill"] == 0.97
