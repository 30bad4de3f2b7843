"""Objects on refs of a git repository: `state: git`, for a team that has a repository and no bucket.

    refs/seatrial/state            a chain of commits; its tree holds all objects but blobs, by their keys
    refs/seatrial/blobs/...        each object below `blobs/` (`git_blobs.py`)

One adapter of the port in `objects.py`; `git_remote.py` is the other side, and decision 0028 tells why it is made so.
The remote is the truth; this repository keeps what it saw of the state.

Subtle: what decides a race is the remote's own comparison when a ref is pushed with a lease on the tip that the commit
stands on. And round trips are the cost: a key that was seen is answered from memory, because records do not change;
one that was not is looked for; a listing looks, unless this thread did so for the question before. So a head may be
older than the listing behind it, never newer, as the marks ask.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from seatrial.replacing import replace
from seatrial.store.git_blobs import PREFIX, GitBlobs
from seatrial.store.git_command import GitCommand
from seatrial.store.git_making import check_key, state_stream
from seatrial.store.git_remote import STATE, GitRemote, Outcome, Patience, Pushed, Update
from seatrial.store.git_tree import NOTHING, Found, Tree, TreeReader
from seatrial.store.git_waiting import Batches, Write
from seatrial.store.objects import LARGEST, Meta, ObjectError, UnreachableError, too_large

_HEADS = "heads/"
_FRESH = 1.0  # seconds for which a look serves the listing that follows it
_MOST_TRIES = 60
_MOST_TOGETHER = 64


class GitObjects:
    """An `ObjectStore` on the refs of the remote called `remote`.

    `here` is the object folder of the repository that `git` runs in, `scratch` a folder for a moment's files.
    """

    def __init__(self, git: GitCommand, remote: str, *, here: Path, scratch: Path, patience: Patience) -> None:
        self._remote = GitRemote(git, remote, patience)
        self._reader = TreeReader(git, self._remote.address)
        self._blobs = GitBlobs(self._remote, self._reader, here=here, scratch=scratch, look=self._look)
        self._tree: Tree = NOTHING
        self._asked = False
        self._turn = threading.RLock()
        self._looked = threading.local()
        self._state_writes = Batches(self._write_state, turn=self._turn, most=_MOST_TOGETHER)
        self._blob_writes = Batches(self._write_blobs, turn=self._turn, most=_MOST_TOGETHER)

    @property
    def address(self) -> str:
        return self._remote.address

    # -- reading ----------------------------------------------------------------------

    def head(self, key: str) -> Meta | None:
        found = self._known(key)
        if found is None:
            self._look()
            self._looked.at = time.monotonic()
            found = self._known(key)
        return found

    def get(self, key: str, *, limit: int = LARGEST) -> bytes | None:
        meta = self.head(key)
        if meta is None:
            return None
        if meta.size > limit:
            raise too_large(self.address, key, limit)
        data = self._blobs.read(meta) if key.startswith(PREFIX) else self._reader.read(self._tree, key)
        if data is not None and len(data) > limit:
            raise too_large(self.address, key, limit)
        return data

    def list(self, prefix: str) -> Iterator[Meta]:
        at, self._looked.at = getattr(self._looked, "at", None), None
        if at is None or time.monotonic() - at > _FRESH:
            self._look()
            if prefix == _HEADS:
                self._looked.at = time.monotonic()
        tree, blobs = self._tree, self._blobs.metas()
        for key in (*tree.found, *blobs):
            meta = blobs.get(key) or tree.meta(key)
            if meta is not None and key.startswith(prefix):
                yield meta

    # -- writing ----------------------------------------------------------------------

    def put_if_absent(self, key: str, data: bytes) -> bool:
        return self.put_together(key, data, {})

    def put_together(self, key: str, data: bytes, beside: Mapping[str, bytes]) -> bool:
        """`put_if_absent` of a key outside of the blobs; objects beside it are written in the same step, or not."""
        return self._write(key, Write({check_key(key): data}, absent=True, beside=beside))

    def put(self, key: str, data: bytes) -> None:
        self._write(key, Write({check_key(key): data}, absent=False))

    def delete(self, key: str) -> None:
        self._write(key, Write({check_key(key): None}, absent=False))

    def _write(self, key: str, write: Write) -> bool:
        self._looked.at = None
        return (self._blob_writes if key.startswith(PREFIX) else self._state_writes).write(write)

    # -- what is known ----------------------------------------------------------------

    def _known(self, key: str) -> Meta | None:
        return self._blobs.metas().get(key) if key.startswith(PREFIX) else self._tree.meta(key)

    def _look(self) -> None:
        """Learn what is there now. Raises ObjectError."""
        with self._turn:
            for attempt in range(1, self._remote.attempts + 1):
                refs = self._remote.look()
                tree = self._tree if refs.tip == self._tree.tip else self._tree_at(refs.tip)
                if tree is not None:
                    self._blobs.saw(refs.blobs)
                    self._tree = tree
                    self._asked = True
                    return
                self._remote.pause(attempt)  # it was replaced while it came
        raise UnreachableError(
            f"{self.address}: {STATE} names a commit that it does not hand out",
            next_step=f"try it by hand: git fetch {self._remote.name} {STATE}",
        )

    def _tree_at(self, tip: str | None) -> Tree | None:
        if tip is None:
            return NOTHING
        tree = self._reader.tree(tip)
        if tree is None:
            self._remote.fetch_state()
            tree = self._reader.tree(tip)
        return tree

    # -- the writes of a batch --------------------------------------------------------

    def _write_blobs(self, batch: Sequence[Write]) -> None:
        if not self._asked:
            self._look()
        self._blobs.write(batch)

    def _write_state(self, batch: Sequence[Write]) -> None:
        """One commit of some writes, pushed; made anew on each tip that somebody else put there before."""
        looked = not self._asked
        if looked:
            self._look()
        silence: ObjectError | None = None
        silences = refusals = 0
        for _ in range(_MOST_TRIES):
            changes = self._decided(batch, unsure=silence is not None)
            if not changes:
                if looked:
                    return
                self._look()  # what memory says is taken may be free again
                looked = True
                continue
            if silence is not None and silences >= self._remote.attempts:
                raise silence
            before = self._tree
            try:
                answer = self._pushed(changes)
            except UnreachableError as error:
                silence, silences = error, silences + 1
                self._remote.pause(silences)
            else:
                if answer.outcome in (Outcome.DONE, Outcome.SAME):
                    return
                refusals += answer.outcome is Outcome.REFUSED
            self._look()
            looked = True
            if silence is None and self._tree.tip == before.tip:
                if refusals >= self._remote.attempts:
                    raise self._remote.refused(answer.said)
                self._remote.pause(refusals)  # somebody is at it
        raise UnreachableError(
            f"{self.address}: others wrote to {STATE} before this did, {_MOST_TRIES} times in a row",
            next_step="type the command again",
        )

    def _decided(self, batch: Sequence[Write], *, unsure: bool) -> dict[str, bytes | None]:
        """What is to be written on the tip as it is known; sets who wins by that.

        `unsure`: an attempt of this batch may have arrived. Then what is there may be our own.
        """
        changes: dict[str, bytes | None] = {}
        for one in batch:
            one.won = False
            for key, data in one.changes.items():
                there = changes[key] is not None if key in changes else key in self._tree.found
                if one.absent and there:
                    one.won = unsure and key not in changes and self._reader.read(self._tree, key) == data
                elif data is not None or there:
                    one.won = True
                    changes |= {key: data, **one.beside}
        return changes

    def _pushed(self, changes: Mapping[str, bytes | None]) -> Pushed:
        """Make a commit on the known tip and push it; where that is done, it is the tip that is known."""
        tip = self._tree.tip
        keys = list(changes)
        message = keys[0] if len(keys) == 1 else f"{keys[0]} and {len(keys) - 1} more\n\n" + "\n".join(keys)
        given = state_stream(changes, parent=tip, message=message, at=int(time.time()), unique=secrets.token_hex(8))
        commit, *names = self._reader.do("fast-import", "--quiet", "--done", given=given).decode().split()
        answer = self._remote.push([Update(ref=STATE, new=commit, old=tip)])[0]
        if answer.outcome in (Outcome.DONE, Outcome.SAME):
            written = {key: data for key, data in changes.items() if data is not None}
            named = dict(zip(written, names, strict=True))
            found = {key: one for key, one in self._tree.found.items() if key not in changes}
            found |= {key: Found(name=named[key], size=len(data)) for key, data in written.items()}
            self._reader.remember({named[key]: data for key, data in written.items()})
            self._tree = replace(self._tree, tip=commit, found=found)
        return answer
