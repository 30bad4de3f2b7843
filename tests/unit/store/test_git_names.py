"""What may be written for a state on a git ref."""

from __future__ import annotations

import subprocess

import pytest

from seatrial.store.git_access import Access
from seatrial.store.git_names import is_git, remote_of


def test_a_remote_is_named_or_is_origin() -> None:
    """As `git remote` lists it."""
    assert remote_of("git") == remote_of("git:origin") == "origin"
    assert remote_of("git:team.vault-2") == "team.vault-2"


@pytest.mark.parametrize(
    "address",
    ["git:", "git:-o", "git:a b", "git:a/b", "git:..", "git:a.lock", "git:https://x", "git:a\n", "git:" + "a" * 101],
)
def test_what_git_could_take_for_something_else_is_no_remote(address: str) -> None:
    """An option, a path, an address with a password in it."""
    assert is_git(address)
    assert remote_of(address) is None


@pytest.mark.parametrize("address", ["local", "github", "s3://bucket", "file:///git", "GIT"])
def test_other_addresses_are_others(address: str) -> None:
    """And stay what they are."""
    assert not is_git(address)
    assert remote_of(address) is None


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("https://forge.example/octo/models.git", True),
        ("https://forge.example.evil.invalid/octo", False),
        ("http://forge.example/octo/models.git", False),
        ("https://forge.example:8443/octo", False),
    ],
)
def test_git_gives_the_token_to_one_server_alone(address: str, *, given: bool) -> None:
    """Git itself is asked; settings that are in the environment already stay."""
    access = Access(server="https://forge.example/", user="u", token="t")
    before = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ada"}
    environ = {**before, **access.settings(before), "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}

    def ask(*words: str) -> str:
        return subprocess.run(["git", "config", *words], env=environ, capture_output=True, text=True).stdout.strip()

    assert ask("--get-urlmatch", "http.extraHeader", address) == ("Authorization: Basic dTp0" if given else "")
    assert ask("user.name") == "Ada"
