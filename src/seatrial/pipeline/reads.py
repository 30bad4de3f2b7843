"""Whether what a stage was seen to read is still the same, in the tree where it would run.

Called by the planner and the executor for each result that may be reused, and by whoever stores one. Besides files
there are two things a program can see: that a file is not there, and which names a folder has. A folder counts by
`NAME/`, its digest is one over its names. Names with a dot in front, compiled code, and outs of stages with
the folders that lead to them are left out: they come and go with no program that lists a folder meaning them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator

from seatrial import digest
from seatrial.errors import StageError
from seatrial.pipeline.key import Change
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.sight import Sight
from seatrial.pipeline.trace import is_meant
from seatrial.store.fingerprint import fingerprint
from seatrial.store.stat_cache import StatCache

UNREADABLE = "unreadable"
"""Counts as no digest at all."""

PART = "reads"
"""The head of the parts that say what differs: `reads.PATH`."""

Now = Callable[[str], str | None]
"""What a path of the tree counts as at this moment, None when there is nothing."""


class ReadsNow:
    """The paths of one tree, as they are. `outs` are the paths that stages write."""

    def __init__(self, root: str, outs: Iterable[str], memory: StatCache | None) -> None:
        self._root = root
        self._outs = tuple(outs)
        self._hidden = frozenset(place for out in self._outs for place in _up_from(out))
        self._memory = memory

    def __call__(self, path: str) -> str | None:
        """What a path counts as; it ends with `/` where the names in a folder are meant."""
        place = f"{self._root}/{path}"
        try:
            if path.endswith("/"):
                return self._names(path, place)
            if not stat.S_ISREG(os.stat(place).st_mode):  # noqa: PTH116 - asked for every read
                return UNREADABLE
            return fingerprint(place, self._memory, follow=True).digest
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, StageError):
            return UNREADABLE

    def _names(self, path: str, place: str) -> str:
        above = "" if path == "./" else path
        with os.scandir(place) as entries:
            names = sorted(
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in entries
                if self.counts(f"{above}{entry.name}") and not (entry.is_dir() and _is_left_over(entry.path))
            )
        return digest.of_record("names/1", list(names))

    def in_any_thread(self) -> ReadsNow:
        """The same without the memory of the main thread: each file is read."""
        return ReadsNow(self._root, self._outs, None)

    def has_passing_names(self, path: str) -> bool:
        """Whether a folder has names that do not count, which can have come or gone."""
        above = "" if path == "./" else path
        try:
            return any(not self.counts(f"{above}{name}") for name in os.listdir(f"{self._root}/{path}"))
        except OSError:
            return False

    def counts(self, path: str) -> bool:
        """Whether a name counts in the folder it is in."""
        return is_meant(path.rpartition("/")[2]) and path not in self._hidden


class ReadsOfCommit(ReadsNow):
    """The paths of a commit, which lie in no folder. `files` are those it has, `sight` looks at them.

    What git ignores is in no commit: a result that rests on such a file is not reused by a plan over commits.
    """

    def __init__(self, files: Iterable[str], outs: Iterable[str], sight: Sight) -> None:
        super().__init__("", outs, None)
        self._files = tuple(files)
        self._sight = sight

    def __call__(self, path: str) -> str | None:
        """What a path counts as in the commit."""
        try:
            return self._names_below(path) if path.endswith("/") else self._sight.look(path).digest
        except (FileNotFoundError, NotADirectoryError):
            return None
        except StageError:
            return UNREADABLE

    def _names_below(self, path: str) -> str | None:
        above = "" if path == "./" else path
        inside = (file.removeprefix(above) for file in self._files if file.startswith(above))
        names = {f"{name}/" if rest else name for name, _, rest in (file.partition("/") for file in inside)}
        counting = sorted(name for name in names if self.counts(f"{above}{name.rstrip('/')}"))
        return digest.of_record("names/1", list(counting)) if names else None


def _is_left_over(folder: str) -> bool:
    """Whether nothing in a folder counts: git has no empty folders, and leaves behind those with compiled code."""
    try:
        with os.scandir(folder) as entries:
            return all(
                not is_meant(entry.name) or (entry.is_dir(follow_symlinks=False) and _is_left_over(entry.path))
                for entry in entries
            )
    except OSError:
        return False


def holds(result: StageResult, now: Now) -> bool:
    """Whether everything a stage was seen to read is still the same."""
    return all(now(read.path) == read.digest for read in result.reads)


def differing(result: StageResult | None, now: Now) -> tuple[Change, ...]:
    """What is not the same any more."""
    return tuple(
        Change(part=f"{PART}.{read.path}", old=read.digest, new=is_now)
        for read in (result.reads if result is not None else ())
        if (is_now := now(read.path)) != read.digest
    )


def _up_from(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
