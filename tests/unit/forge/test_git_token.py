"""Which token git gets, for which server."""

from __future__ import annotations

import pytest

from seatrial.forge.git_token import git_token

GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com"}
GITLAB = {"GITLAB_CI": "true", "CI_SERVER_URL": "https://gitlab.example/sub"}


def told(environ: dict[str, str], token_from: str | None = None) -> tuple[str, str, str] | None:
    """Server, user and token."""
    access = git_token(environ, token_from)
    return None if access is None else (access.server, access.user, access.token)


def test_each_forge_has_its_own_user_for_a_token() -> None:
    """The job token of GitLab another than an access token."""
    assert told(GITHUB | {"GITHUB_TOKEN": "a"}) == ("https://github.com/", "x-access-token", "a")
    assert told(GITLAB | {"CI_JOB_TOKEN": "j"}) == ("https://gitlab.example/sub/", "gitlab-ci-token", "j")
    both = GITLAB | {"CI_JOB_TOKEN": "j", "GITLAB_TOKEN": "p"}
    assert told(both) == ("https://gitlab.example/sub/", "oauth2", "p")


def test_the_variable_that_the_project_names_is_the_only_one() -> None:
    """Unset, nothing else stands in for it."""
    environ = GITHUB | {"GITHUB_TOKEN": "a", "BOT": "b"}
    assert told(environ, "BOT") == ("https://github.com/", "x-access-token", "b")
    assert told(GITHUB | {"GITHUB_TOKEN": "a"}, "BOT") is None


def test_on_this_machine_it_may_go_in_clear() -> None:
    """As for the API of a forge: a server that is tried out on loopback has no certificate."""
    here = GITHUB | {"GITHUB_TOKEN": "a", "GITHUB_SERVER_URL": "http://127.0.0.1:8080"}
    assert told(here) == ("http://127.0.0.1:8080/", "x-access-token", "a")


@pytest.mark.parametrize(
    "environ",
    [
        {"GITHUB_TOKEN": "a"},
        {"GITLAB_TOKEN": "a", "CI_SERVER_URL": "https://gitlab.example"},
        GITHUB,
        GITHUB | {"GITHUB_TOKEN": ""},
        GITHUB | {"GITHUB_TOKEN": "a", "GITHUB_SERVER_URL": "http://github.example"},
        GITHUB | {"GITHUB_TOKEN": "a", "GITHUB_SERVER_URL": "https://user:pass@github.example"},
        GITHUB | {"GITHUB_TOKEN": "a", "GITHUB_SERVER_URL": "file:///tmp"},
        GITHUB | {"GITHUB_TOKEN": "a", "GITHUB_SERVER_URL": "https://github.example/\n[x]"},
    ],
)
def test_no_token_leaves_its_machine_otherwise(environ: dict[str, str]) -> None:
    """Outside of CI git's own helpers know; and it never goes over plain http."""
    assert told(environ) is None
