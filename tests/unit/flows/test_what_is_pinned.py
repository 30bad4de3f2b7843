"""What `--frozen` refuses: all at once, each with the next step; and what a release refuses by itself."""

from __future__ import annotations

import pytest

from seatrial.environment.locks import Lock, Mismatch, may_be_lock, mismatch, read_lock
from seatrial.flows.frozen import Address, Outside, PinFacts, floating, unpinned
from seatrial.flows.policy import OnPass, TierPolicy
from seatrial.replacing import replace

LOCK = Lock(path="uv.lock", versions={"numpy": frozenset({"2.1.0"})})
PINNED = PinFacts(
    commit="c" * 40, python=".venv/bin/python", locks=(LOCK,), installed={"numpy": "2.1.0", "pip": "24.0"}
)
FLOATING = Address(stage="train", url="hf://org/name", pinned=False, pinned_form="hf://org/name@COMMIT")


def test_pinned_run_is_let_through() -> None:
    """Commit, interpreter, lock and what is installed agree."""
    assert unpinned(PINNED) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"addresses": (FLOATING,)}, "stage train reads hf://org/name, which is not pinned"),
        ({"outside": (Outside(what="the source folder", path="../lib"),)}, "../lib lies outside of the repository"),
        ({"volatile": {"pull": None}}, "stage pull runs every time"),
        ({"commit": None}, "there is no commit yet"),
        ({"changed": ("a", "b", "c", "d")}, "a, b, c and 1 more changed or untracked"),
        ({"hidden": True}, "git ignores"),
        ({"overridden": ("train.lr",)}, "train.lr was set with --set-param"),
        ({"python": None}, "`python:` is not set"),
        ({"locks": ()}, "no lock file is committed"),
        ({"installed": {"numpy": "2.0.0"}}, "installed is numpy 2.0.0, and uv.lock has another version"),
        ({"installed": {"torch": "2.6.0"}}, "installed is torch, which uv.lock does not know"),
    ],
)
def test_each_thing_that_is_not_pinned_is_refused(changes: dict[str, object], said: str) -> None:
    """With what to do about it."""
    (problem,) = unpinned(replace(PINNED, **changes))  # type: ignore[arg-type]  # the cases name fields of any type

    assert said in problem.message
    assert problem.next_step


def test_all_is_said_at_once() -> None:
    """Nobody wants to find it one run at a time."""
    facts = replace(PINNED, addresses=(FLOATING,), python=None, locks=(), changed=("a",))

    assert len(unpinned(facts)) == 4


def test_release_by_itself_refuses_addresses_alone() -> None:
    """A dirty tree may be tried under the release tier; promotion refuses it anyway."""
    facts = replace(PINNED, addresses=(FLOATING, replace(FLOATING, pinned=True)), changed=("a",), python=None)

    assert [problem.message for problem in floating(facts)] == ["stage train reads hf://org/name, which is not pinned"]
    assert TierPolicy(name="release").refuses_floating
    assert TierPolicy(name="x", on_pass=OnPass(promote="production")).refuses_floating
    assert not TierPolicy(name="release", frozen=False).refuses_floating
    assert not TierPolicy(name="nightly").refuses_floating


HASHED = (
    b"numpy==2.1.0 \\\n    --hash=sha256:aa\nScikit_Learn[all]==1.5 ; python_version > '3' \\\n  --hash=sha256:bb\n"
)
UV = b'[[package]]\nname = "numpy"\nversion = "2.1.0"\n[[package]]\nname = "numpy"\nversion = "1.26.4"\n'


@pytest.mark.parametrize(
    ("path", "data", "expected"),
    [
        ("requirements/train.txt", HASHED, {"numpy": {"2.1.0"}, "scikit-learn": {"1.5"}}),
        ("uv.lock", UV, {"numpy": {"2.1.0", "1.26.4"}}),
        ("pylock.toml", b'[[packages]]\nname = "numpy"\nversion = "2.1.0"\n', {"numpy": {"2.1.0"}}),
    ],
)
def test_locks_are_read(path: str, data: bytes, expected: dict[str, set[str]]) -> None:
    """Names in any spelling; several versions of one name are all allowed."""
    lock = read_lock(path, data)

    assert may_be_lock(path)
    assert lock is not None
    assert lock.versions == {name: frozenset(versions) for name, versions in expected.items()}


@pytest.mark.parametrize(
    ("path", "data"), [("requirements.txt", b"numpy==2.1.0\n"), ("uv.lock", b"[[package"), ("poetry.lock", b"")]
)
def test_what_pins_nothing_is_no_lock(path: str, data: bytes) -> None:
    """Requirements without hashes, and files that cannot be read."""
    assert read_lock(path, data) is None


def test_pixi_and_conda_locks_count_by_being_there() -> None:
    """What they install is not only Python's, so nothing is concluded from names."""
    lock = read_lock("pixi.lock", b"version: 6\n")

    assert lock == Lock(path="pixi.lock", versions=None)
    assert mismatch({"numpy": "1"}, (lock, LOCK), own=frozenset()) == Mismatch(other={"numpy": "1"})
    assert not may_be_lock("docs/notes.txt")


def test_local_versions_and_the_project_itself_are_no_mismatch() -> None:
    """`2.1.0+cu121` is a build of 2.1.0; the project is installed from its own tree."""
    installed = {"numpy": "2.1.0+cu121", "My_Project": "0.0.1"}

    assert mismatch(installed, (LOCK,), own=frozenset({"my-project"})) == Mismatch()
