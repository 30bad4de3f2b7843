"""What a run rests on that is not pinned, and so may be something else tomorrow. Pure.

Called by `pins`, which gathers the facts. `--frozen`, and a tier with `frozen: true`, refuse all of it;
a tier that promotes, or is called `release`, refuses addresses that float even when it says nothing. All is
told at once, because nobody wants to find it one run at a time.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.environment.locks import Lock, mismatch
from seatrial.errors import Place, Problem, some_of

_CONFIG = "seatrial.yaml"


class Address(Struct, frozen=True, kw_only=True):
    """A dep outside of the repository. `pinned_form` is how it would be written to mean one thing for ever."""

    stage: str
    url: str
    pinned: bool
    pinned_form: str
    place: Place | None = None


class Outside(Struct, frozen=True, kw_only=True):
    """A path that leads out of the repository; `what` says whose it is."""

    what: str
    path: str
    place: Place | None = None


class PinFacts(Struct, frozen=True, kw_only=True):
    """What is known of everything that a run rests on.

    `changed` are files that differ from HEAD. `hidden`: code or configuration that the commit does not
    hold although git shows nothing. `volatile` are stages that are never reused and make something.
    `installed` maps the names of distributions to versions, `own` are the project's own names.
    """

    addresses: tuple[Address, ...] = ()
    outside: tuple[Outside, ...] = ()
    volatile: Mapping[str, Place | None] = field(default_factory=dict)
    commit: str | None = None
    changed: tuple[str, ...] = ()
    hidden: bool = False
    overridden: tuple[str, ...] = ()
    python: str | None = None
    locks: tuple[Lock, ...] = ()
    installed: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()


def floating(facts: PinFacts) -> tuple[Problem, ...]:
    """The addresses that mean whatever lies there now."""
    return tuple(
        Problem(
            message=f"stage {address.stage} reads {address.url}, which is not pinned",
            place=address.place,
            next_step=f"write {address.pinned_form}",
        )
        for address in facts.addresses
        if not address.pinned
    )


def unpinned(facts: PinFacts) -> tuple[Problem, ...]:
    """Everything that is not pinned; empty when the run could be had again from its commit alone."""
    return (*floating(facts), *_outside(facts), *_volatile(facts), *_tree(facts), *_environment(facts))


def _outside(facts: PinFacts) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            message=f"{one.what} {one.path} lies outside of the repository, so that no commit holds it",
            place=one.place,
            next_step="move it into the repository, or name it by a pinned address",
        )
        for one in facts.outside
    )


def _volatile(facts: PinFacts) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            message=f"stage {name} runs every time (`always: true`), so what it makes is pinned by nothing",
            place=place,
            next_step="give it deps that say what it reads, and take `always: true` away",
        )
        for name, place in facts.volatile.items()
    )


def _tree(facts: PinFacts) -> tuple[Problem, ...]:
    problems = []
    if facts.commit is None:
        problems.append(Problem(message="there is no commit yet", next_step="git add -A && git commit"))
    elif facts.changed:
        problems.append(
            Problem(
                message=f"the tree is not what its commit holds: {some_of(facts.changed)} changed or untracked",
                next_step="git commit, or git stash --include-untracked",
            )
        )
    elif facts.hidden:
        problems.append(
            Problem(
                message="code or configuration that git ignores, or is told to take as unchanged, is used",
                next_step="git check-ignore -v and git ls-files -v show which; commit it",
            )
        )
    if facts.overridden:
        problems.append(
            Problem(
                message=f"{some_of(facts.overridden)} was set with --set-param, so that no commit holds its value",
                next_step="write the value into the params file and commit it",
            )
        )
    return tuple(problems)


def _environment(facts: PinFacts) -> tuple[Problem, ...]:
    problems = []
    if facts.python is None:
        problems.append(
            Problem(
                message="`python:` is not set, so stages run in whatever Python comes first",
                place=Place(file=_CONFIG, key="python"),
                next_step="set `python: .venv/bin/python` in seatrial.yaml",
            )
        )
    if not facts.locks:
        problems.append(
            Problem(
                message="no lock file is committed, so the packages can be other ones tomorrow",
                next_step="commit uv.lock, poetry.lock, pixi.lock, conda-lock.yml, or requirements with hashes "
                "(pip-compile --generate-hashes)",
            )
        )
        return tuple(problems)
    files = ", ".join(lock.path for lock in facts.locks)
    found = mismatch(facts.installed, facts.locks, own=facts.own)
    if found.other:
        differ = tuple(f"{name} {version}" for name, version in sorted(found.other.items()))
        problems.append(
            Problem(
                message=f"installed is {some_of(differ)}, and {files} has another version",
                next_step="install from the lock (uv sync, poetry install, pip install --require-hashes -r FILE)",
            )
        )
    if found.unlocked:
        problems.append(
            Problem(
                message=f"installed is {some_of(tuple(sorted(found.unlocked)))}, which {files} does not know",
                next_step="add it to the lock, or uninstall it (uv sync, pip-sync)",
            )
        )
    return tuple(problems)
