"""Commits written straight into a git repository, and plans of what changed between them.

Called by the tests of plans over commits. One `git fast-import` writes a whole history, so that a property can draw
hundreds of them; trees are mappings from path to bytes, and need no work tree. Plans run in this process, over a
repository whose environment nobody knows, or by `plan` as a user types it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seatrial.change.blob_memory import BlobMemory
from seatrial.change.objects import Objects
from seatrial.config.load import load
from seatrial.flows.change_plan import ChangePlan, ChangeRequest, Repository, plan_change
from seatrial.pipeline.addresses import Addresses
from seatrial.pipeline.results import ResultStore
from seatrial.pipeline.revision import RevisionContents
from seatrial.store.stat_cache import StatCache

SOURCE = Path(__file__).resolve().parents[2] / "src"


@dataclass(frozen=True, slots=True)
class Put:
    """One entry of a tree that is no plain file: an executable, a link (its bytes are its text), a submodule (its
    bytes are the commit's name)."""

    data: bytes
    mode: str = "100644"


Tree = Mapping[str, str | bytes | Put]


def put(content: str | bytes | Put) -> Put:
    """An entry of a tree as git has it."""
    return content if isinstance(content, Put) else Put(content.encode() if isinstance(content, str) else content)


def executable(content: str | bytes) -> Put:
    """A file that can be started."""
    return Put(put(content).data, "100755")


def link(target: str) -> Put:
    """A symbolic link."""
    return Put(os.fsencode(target), "120000")


def submodule(commit: str) -> Put:
    """A submodule at a commit."""
    return Put(commit.encode(), "160000")


def git(folder: Path, *words: str, given: bytes = b"") -> str:
    """Run git in a folder."""
    done = subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, input=given)
    return os.fsdecode(done.stdout).strip()


def new_repository(folder: Path, *options: str) -> Path:
    """An empty bare repository."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", *options, str(folder)], check=True)
    return folder


def write_history(folder: Path, trees: Sequence[Tree], *, branch: str = "main") -> list[str]:
    """Write one commit for each tree, each the child of the one before; their names."""
    parts: list[bytes] = []
    for number, tree in enumerate(trees, 1):
        parts += [f"commit refs/heads/{branch}\nmark :{number}\n".encode()]
        parts += [f"committer A Tester <tester@example.invalid> {number} +0000\ndata 1\nx\n".encode()]
        if number == 1:
            parts.append(f"from refs/heads/{branch}^0\n".encode() if _exists(folder, branch) else b"")
        parts.append(b"deleteall\n")
        for path, content in tree.items():
            one = put(content)
            name = b'"' + b"".join(b"\\%03o" % byte for byte in os.fsencode(path)) + b'"'
            if one.mode == "160000":
                parts.append(b"M 160000 %s %s\n" % (one.data, name))
            else:
                parts.append(b"M %s inline %s\ndata %d\n%s\n" % (one.mode.encode(), name, len(one.data), one.data))
    parts += [b"get-mark :%d\n" % number for number in range(1, len(trees) + 1)]
    return git(folder, "fast-import", "--quiet", "--force", given=b"".join(parts)).split()


def _exists(folder: Path, branch: str) -> bool:
    return bool(git(folder, "for-each-ref", f"refs/heads/{branch}"))


@contextmanager
def opened(folder: Path) -> Iterator[Repository]:
    """A repository for plans in this process; what is learned of its blobs is forgotten."""
    objects = Objects(folder)
    memory = StatCache(objects.common / "facts-of-a-test.db")
    try:
        yield Repository(
            objects=objects,
            memory=memory,
            results=ResultStore(objects.common / "no-results"),
            addresses=Addresses(lambda bucket: _refuse(bucket), {}, lambda: b""),
            load_policy=lambda read, name: load(read, file=name).policy,
            describe=lambda _pipeline: None,
            installed=lambda _pipeline: None,
            seconds=lambda _cells: {},
        )
    finally:
        memory.close()


def _refuse(bucket: str) -> Any:
    raise AssertionError(f"nobody asks for {bucket}")


def plan_between(folder: Path, base: str, head: str) -> ChangePlan:
    """The plan of what changed between two commits, in this process."""
    with opened(folder) as repository:
        return plan_change(repository, ChangeRequest(base=base, head=head))


@contextmanager
def contents_at(folder: Path, commit: str) -> Iterator[RevisionContents]:
    """The contents of one commit."""
    with opened(folder) as repository:
        yield RevisionContents(repository.objects.tree(commit), BlobMemory(repository.objects, repository.memory))


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What `seatrial plan` said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its JSON document."""
        return json.loads(self.out)

    @property
    def problem(self) -> dict[str, Any]:
        """The one problem of an error."""
        problems: list[dict[str, Any]] = self.document["error"]["problems"]
        if len(problems) != 1 or self.document["error"]["exit_code"] != self.code:
            raise AssertionError(str(self))
        return problems[0]

    @property
    def stages(self) -> dict[str, dict[str, Any]]:
        """The stages by name."""
        return {row["name"]: row for row in self.document["stages"]}

    @property
    def actions(self) -> dict[str, str]:
        """What would be done, by stage."""
        return {name: row["action"] for name, row in self.stages.items()}

    @property
    def changed(self) -> dict[str, str]:
        """The classification of each changed path."""
        return {row["path"]: row["classification"] for row in self.document["changed"]}


def type_plan(
    folder: Path, base: str, head: str, *words: str, environ: Mapping[str, str] | None = None, as_json: bool = True
) -> Typed:
    """Type `seatrial plan --repo FOLDER --base BASE --head HEAD`."""
    command = [sys.executable, "-m", "seatrial", "plan", "--repo", str(folder), f"--base={base}", f"--head={head}"]
    done = subprocess.run(
        [*command, *words, *(["--json"] if as_json else [])],
        env={**os.environ, "PYTHONPATH": str(SOURCE), **(environ or {})},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=120,
        check=False,
    )
    if "Traceback" in done.stderr or done.returncode == 70:
        raise AssertionError(f"a defect: {done.stdout}{done.stderr}")
    return Typed(code=done.returncode, out=done.stdout, err=done.stderr)
