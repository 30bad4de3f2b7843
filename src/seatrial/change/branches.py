"""What git knows of branches: where one stands, what is behind it, and which commits touched one file.

Called by the flows that must tell which branch is the main one. A branch is asked for by its full reference: a tag of
the same name, which anybody who may push can make, would go before it in git's own way to read a name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from seatrial.change.git import Git
from seatrial.change.git_process import ask

REMOTE = "origin"
MOST_BRANCHES = 200


def tip_of(git: Git, name: str, *, hosted: bool = False) -> str | None:
    """The newest commit of a branch here, None where there is none. `hosted`: what the remote has goes before a local
    branch of that name; so it does for `origin/NAME`, which means it."""
    short = name.removeprefix(f"{REMOTE}/")
    local, remote = f"refs/heads/{name}", f"refs/remotes/{REMOTE}/{short}"
    ways = (remote, local) if hosted or short != name else (local, remote)
    return next(filter(None, map(git.commit, (*ways, f"refs/remotes/{name}"))), None)


def is_behind(git: Git, commit: str, tip: str) -> bool:
    """Whether a commit is another one, or among its ancestors."""
    return not ask(["merge-base", "--is-ancestor", commit, tip], str(git.root)).code


def touching(git: Git, path: str, *, most: int) -> tuple[str, ...]:
    """The commits behind HEAD that touched a file, along first parents, oldest first; of more than `most` the oldest
    and the newest halves."""
    done = ask(["log", "--first-parent", "--no-show-signature", "--format=%H", "HEAD", "--", path], str(git.root))
    found = tuple(reversed(done.out.decode("ascii", "replace").split())) if done.code == 0 else ()
    return found if len(found) <= most else (*found[: most // 2], *found[-(most - most // 2) :])


def contents_at(git: Git, commits: Sequence[str], path: str) -> Iterator[bytes | None]:
    """A file as each of some commits has it, by one process; None where one does not."""
    given = b"".join(os.fsencode(f"{commit}:{path}\n") for commit in commits)
    rest = ask(["cat-file", "--batch"], str(git.root), given=given).out
    for _ in commits:
        head, _, rest = rest.partition(b"\n")
        fields = head.split()
        if len(fields) != 3 or fields[1] != b"blob":
            yield None
            continue
        size = int(fields[2])
        yield rest[:size]
        rest = rest[size + 1 :]


def is_known_elsewhere(git: Git, path: str) -> bool:
    """Whether a commit other than HEAD, of all branches and tags here, has to do with a file."""
    done = ask(["rev-list", "--max-count=2", "--all", "HEAD", "--", path], str(git.root))
    return bool(set(done.out.decode("ascii", "replace").split()) - {git.commit()})


def other_branches_with(git: Git, path: str) -> bool:
    """Whether a branch that stands elsewhere than HEAD has a file; of very many, that is assumed."""
    arguments = ["for-each-ref", f"--count={MOST_BRANCHES + 1}", "--format=%(objectname)", "refs/heads", "refs/remotes"]
    tips = set(ask(arguments, str(git.root)).out.decode("ascii", "replace").split()) - {git.commit() or ""}
    return len(tips) > MOST_BRANCHES or any(one is not None for one in contents_at(git, sorted(tips), path))


def object_at(git: Git, revision: str, path: str) -> str | None:
    """The object that a file or a folder of a commit is, None where the commit has neither."""
    arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}:{path}"]
    done = ask(arguments, str(git.root))
    return done.out.decode("ascii", "replace").strip() or None if done.code == 0 else None
