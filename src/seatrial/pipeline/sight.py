"""How the files of one tree are looked at, wherever the tree is.

Called by the survey and by `code.py`. Two adapters: `contents.py` looks at a work tree, `revision.py` at a commit
without one. A file counts by the same digest in both, so that what ran in a work tree is found again by a plan
over commits.
"""

from __future__ import annotations

from typing import Protocol

from seatrial.change.facts import LinkFacts, SymbolFacts
from seatrial.digest import Json
from seatrial.store.artifact import Artifact


class CodeSight(Protocol):
    """What of one tree is looked at to follow its code."""

    @property
    def complete(self) -> bool:
        """Whether everything a stage can read is in sight; not so for a commit, without what git ignores."""

    @property
    def has_more(self) -> bool:
        """Whether files may be found beside the listing: behind links to folders, where a DVC file promises them, or
        because git ignores them."""

    def facts(self, path: str) -> LinkFacts:
        """What a file says about others. Raises OSError when it cannot be read."""

    def is_ignored_file(self, path: str) -> bool:
        """Whether a path that git does not list is a file of the tree all the same."""


class Sight(CodeSight, Protocol):
    """One tree. Paths are relative to its root."""

    def entry(self, path: str) -> tuple[str, Json] | None:
        """What an entry of the listing counts as, and how it stands in a listing of many (an executable file is
        marked). None for what is gone, and for links to folders of this tree, whose files are listed themselves."""

    def look(self, path: str) -> Artifact:
        """What a file or folder counts as, links followed, or what stands for it where it is not there.

        Raises FileNotFoundError or NotADirectoryError when there is neither, StageError for what is no file or folder.
        """

    def symbols(self, path: str) -> SymbolFacts | None:
        """What a Python file defines, None for what is none or cannot be parsed. Raises OSError."""

    def is_kept(self, path: str) -> bool:
        """Whether Git LFS or DVC keeps bytes of a file or folder."""

    def kept_by_dvc(self, path: str) -> str | None:
        """The path itself, or the folder above it, beside which a DVC file lies, usable or not."""

    def is_fetched_by_dvc(self, path: str) -> bool:
        """Whether a DVC file says what lies at a path."""
