"""A repository that a team pushes to, clones of it, and the state that lies on its refs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from seatrial.clock import FixedClock
from seatrial.replacing import replace
from seatrial.store.git_access import Access
from seatrial.store.git_command import GitCommand
from seatrial.store.git_objects import GitObjects
from seatrial.store.git_remote import Patience
from seatrial.store.git_state import GitState
from seatrial.store.objects import LARGEST, Meta
from tests.support.cli import Repo
from tests.support.git_server import run
from tests.support.instants import INSTANT

QUICK = Patience(request=10.0, bulk=20.0, delay=0.01)
STATE = "refs/seatrial/state"


def new_remote(folder: Path, name: str = "team.git") -> Path:
    """A bare repository with one commit on main, which takes pushes over http too."""
    bare = folder / name
    bare.mkdir(parents=True)
    run("init", "--quiet", "--bare", "--initial-branch=main", ".", at=bare)
    run("config", "http.receivepack", "true", at=bare)
    tree = run("write-tree", at=bare)
    who = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    run("update-ref", "refs/heads/main", run(*who, "commit-tree", "-m", "first", tree, at=bare), at=bare)
    return bare


def new_clone(url: str | Path, folder: Path, *options: str) -> Path:
    """A clone with the remote as its origin."""
    run("clone", "--quiet", *options, str(url), str(folder), at=folder.parent)
    return folder


def objects_in(
    clone: Path, *, remote: str = "origin", patience: Patience = QUICK, access: Access | None = None,
    environ: Mapping[str, str] = os.environ,
) -> GitObjects:  # fmt: skip
    """The store as one machine opens it."""
    common = (clone / run("rev-parse", "--git-common-dir", at=clone)).resolve()
    command = GitCommand(str(clone), environ, access)
    scratch = common / "seatrial" / "scratch"
    return GitObjects(command, remote, here=common / "objects", scratch=scratch, patience=patience)


def state_in(clone: Path, *, patience: Patience = QUICK, home: Path | None = None) -> GitState:
    """The state as one work tree sees it, opened anew. `home` is where it remembers."""
    cache = home or clone / ".seatrial"
    objects = objects_in(clone, patience=patience)
    return GitState(objects, mirror=cache / "mirror", seen=cache / "seen.json", clock=FixedClock(INSTANT))


def share_by_git(repo: Repo) -> Path:
    """Give a repository an origin beside it, with its main branch; the bare repository."""
    bare = repo.root.parent / "origin.git"
    run("clone", "--quiet", "--bare", str(repo.root), str(bare), at=repo.root)
    run("config", "http.receivepack", "true", at=bare)
    repo.git("remote", "add", "origin", str(bare))
    return bare


class Below:
    """A store of which only what lies below a prefix is seen, as if that were all."""

    def __init__(self, objects: GitObjects, prefix: str) -> None:
        self._objects = objects
        self._prefix = prefix

    @property
    def address(self) -> str:
        return f"{self._objects.address}/{self._prefix}"

    def head(self, key: str) -> Meta | None:
        found = self._objects.head(self._prefix + key)
        return None if found is None else replace(found, key=key)

    def get(self, key: str, *, limit: int = LARGEST) -> bytes | None:
        return self._objects.get(self._prefix + key, limit=limit)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        return self._objects.put_if_absent(self._prefix + key, data)

    def put(self, key: str, data: bytes) -> None:
        self._objects.put(self._prefix + key, data)

    def list(self, prefix: str) -> Iterator[Meta]:
        for meta in self._objects.list(self._prefix + prefix):
            yield replace(meta, key=meta.key.removeprefix(self._prefix))

    def delete(self, key: str) -> None:
        self._objects.delete(self._prefix + key)
