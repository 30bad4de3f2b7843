"""The files of test cases that a gate set names: part of the policy, so they come from where the set comes from.

Called by `judging` and `measuring`. A version is judged by the cases of today, as it is by the gates of today, and
those lie in the work tree; the cases of another commit's gates were taken out of git into a folder (`base_rules`).
Which bytes they were stands in the findings' digests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from seatrial import digest
from seatrial.digest import Json
from seatrial.gates.policy import GateSet

if TYPE_CHECKING:
    from seatrial.evidence.case_records import Cases
    from seatrial.evidence.cases import Placed


class CaseFiles(Struct, frozen=True, kw_only=True):
    """Where they lie, how the set calls them, and their digests (None for one that cannot be read: its reader says
    why).
    """

    paths: tuple[Path, ...] = ()
    shown: tuple[str, ...] = ()
    digests: Mapping[str, Json] = {}

    def read(self, parse_yaml: Callable[[bytes, str], Placed]) -> Cases | None:
        """The cases; None where the set names none. Raises EvidenceError."""
        if not self.paths:
            return None
        from seatrial.evidence.cases import read_cases  # these two: only for sets that have cases
        from seatrial.gates.behavioral.matchers.table import faults

        return read_cases(self.paths, check=faults, yaml=parse_yaml, shown=self.shown)


def test_cases(root: Path, gate_set: GateSet) -> CaseFiles:
    """The files of a set, by paths from `root`: the work tree's, or a folder that holds another commit's."""
    if gate_set.behavioral is None:
        return CaseFiles()
    names = gate_set.behavioral.test_cases
    paths = tuple(root / name for name in names)
    return CaseFiles(paths=paths, shown=names, digests=dict(zip(names, map(_digest, paths), strict=True)))


def _digest(path: Path) -> str | None:
    try:
        return digest.of_file(path)
    except OSError:
        return None
