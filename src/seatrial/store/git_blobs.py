"""Artifacts and evidence on refs of their own, so that nobody fetches them who does not ask.

    refs/seatrial/blobs/cas/ab/cdef...=SIZE      one object: a commit with one file and no parent

Called by `git_objects.py`, for all keys below `blobs/`. The name says how large an object is, because a repository does
not tell that of what it has not handed out.

Subtle: bytes pass through an object folder that is thrown away, on their way there and on their way here, or each
artifact would lie in the user's own repository as well. And equal bytes make the same commit (`git_making.py`), so
after a lost reply the ref alone says whether what is there is ours. A key is the digest of its bytes: two sizes of one
key are somebody's lie, and whoever reads finds out by the digest.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from seatrial.store.git_making import INSIDE, blob_stream
from seatrial.store.git_remote import BLOBS, GitRemote, Outcome, Pushed, Update
from seatrial.store.git_scratch import object_folder
from seatrial.store.git_tree import TreeReader
from seatrial.store.git_waiting import Write
from seatrial.store.objects import Meta, ObjectError, UnreachableError

PREFIX = "blobs/"
_LARGE_FROM = 1 << 20


class GitBlobs:
    """The blobs of a remote as the last look saw them. `look` takes another, `here` is the repository's objects."""

    def __init__(
        self, remote: GitRemote, reader: TreeReader, *, here: Path, scratch: Path, look: Callable[[], None]
    ) -> None:
        self._remote = remote
        self._reader = reader
        self._here = here
        self._scratch = scratch
        self._look = look
        self._refs: Mapping[str, str] = {}
        self._metas: Mapping[str, Meta] = {}

    def saw(self, refs: Mapping[str, str]) -> None:
        """Take what a look found: commits by ref."""
        self._refs = refs
        self._metas = {meta.key: meta for ref, commit in refs.items() if (meta := _meta(ref, commit)) is not None}

    def metas(self) -> Mapping[str, Meta]:
        """All that are known."""
        return self._metas

    def read(self, meta: Meta) -> bytes | None:
        """The bytes of one, None when it was removed since it was seen. Raises ObjectError."""
        with self._apart() as extra:
            try:
                self._remote.fetch_blob(_ref(meta.key, meta.size), extra)
            except ObjectError:
                self._look()
                if meta.key not in self._metas:
                    return None
                raise
            return self._reader.do("cat-file", "blob", f"{meta.tag}:{INSIDE}", extra=extra)

    def write(self, batch: Sequence[Write]) -> None:
        """Put, replace and remove some, in one push. Raises ObjectError."""
        if any(key in self._metas for one in batch for key in one.changes):
            self._look()  # memory may say that something is there which is not
        wanted = _first_of_each(batch)
        data = {key: data for key, (one, data) in wanted.items() if data is not None}
        with self._apart() as extra:
            given = blob_stream(list(data.values()), unique=secrets.token_hex(8))
            made = self._reader.do("fast-import", "--quiet", "--done", given=given, extra=extra).decode().split()
            self._push(wanted, dict(zip(data, made, strict=True)), extra)

    def _push(
        self, wanted: Mapping[str, tuple[Write, bytes | None]], commits: Mapping[str, str], extra: Mapping[str, str]
    ) -> None:
        large = sum(len(data or b"") for _, data in wanted.values()) >= _LARGE_FROM
        unsure, refusals, silences = False, 0, 0
        while True:
            updates = [
                update
                for key, (one, data) in wanted.items()
                for update in self._updates(key, one, data, commits.get(key), unsure=unsure)
            ]
            if not updates:
                return
            try:
                pushed = self._remote.push(updates, large=large, scratch=extra)
            except UnreachableError:
                silences += 1
                unsure = True
                if silences >= self._remote.attempts:
                    self._look()
                    if not self._is_there(wanted, commits):
                        raise
                    return
                self._remote.pause(silences)
                self._look()
                continue
            refused = [one for one in pushed if one.outcome is Outcome.REFUSED]
            self._look_at(updates, pushed, wanted, unsure=unsure)
            if not refused:
                return
            refusals += 1
            if refusals >= self._remote.attempts:
                raise self._remote.refused(refused[0].said)
            self._remote.pause(refusals)
            self._look()
            unsure = True

    def _updates(
        self, key: str, one: Write, data: bytes | None, commit: str | None, *, unsure: bool
    ) -> Iterator[Update]:
        """What a write asks for, as things are now; sets whether it has won already."""
        there = [ref for ref in self._refs if _key(ref) == key]
        if one.absent and there:
            one.won = unsure and any(self._refs[ref] == commit for ref in there)
            return
        ref = None if data is None else _ref(key, len(data))
        yield from (Update(ref=old, new=None, forced=True) for old in there if old != ref)
        if ref is not None and self._refs.get(ref) != commit:
            one.won = True
            yield Update(ref=ref, new=commit, forced=not one.absent)

    def _look_at(
        self,
        updates: Sequence[Update],
        pushed: Sequence[Pushed],
        wanted: Mapping[str, tuple[Write, bytes | None]],
        *,
        unsure: bool,
    ) -> None:
        """Learn from a push what is there, and who was not the first."""
        refs = dict(self._refs)
        for update, answer in zip(updates, pushed, strict=True):
            lost = answer.outcome is Outcome.MOVED or (answer.outcome is Outcome.SAME and not unsure)
            if lost and not update.forced:
                wanted[_key(update.ref)][0].won = False
            elif answer.outcome in (Outcome.DONE, Outcome.SAME):
                refs.pop(update.ref, None)
                if update.new is not None:
                    refs[update.ref] = update.new
        self.saw(refs)

    def _is_there(self, wanted: Mapping[str, tuple[Write, bytes | None]], commits: Mapping[str, str]) -> bool:
        """Whether all that was to be done is done, although nobody said so."""
        return not [
            update
            for key, (one, data) in wanted.items()
            for update in self._updates(key, one, data, commits.get(key), unsure=True)
        ]

    @contextlib.contextmanager
    def _apart(self) -> Iterator[dict[str, str]]:
        """An object folder for a moment, as git is told of it; what the repository has is seen through it."""
        with object_folder(self._scratch) as folder:
            yield {"GIT_OBJECT_DIRECTORY": str(folder), "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self._here)}


def _first_of_each(batch: Sequence[Write]) -> dict[str, tuple[Write, bytes | None]]:
    """The writes by key. Of several that want a free key the first has it; of those that replace, the last."""
    wanted: dict[str, tuple[Write, bytes | None]] = {}
    for one in batch:
        one.won = False
        for key, data in one.changes.items():
            if key not in wanted or not one.absent:
                wanted[key] = (one, data)
    return wanted


def _ref(key: str, size: int) -> str:
    return f"{BLOBS}{key.removeprefix(PREFIX)}={size}"


def _key(ref: str) -> str:
    return PREFIX + ref.removeprefix(BLOBS).rpartition("=")[0]


def _meta(ref: str, commit: str) -> Meta | None:
    size = ref.rpartition("=")[2]
    return Meta(key=_key(ref), size=int(size), tag=commit) if size.isdigit() else None
