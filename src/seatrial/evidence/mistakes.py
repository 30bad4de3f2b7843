"""What is wrong with a file, gathered so that all of it is told at once.

Called by every reader here that goes on after a mistake: of rows, of records, of cases.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence.json_value import Blame, Fault

MOST_PROBLEMS: Final = 50


class Mistakes(Struct):
    """Beyond a few dozen, mistakes are only counted."""

    problems: list[Problem] = field(default_factory=list)
    more: int = 0

    def add(self, message: str, place: Place, next_step: str) -> None:
        """Note one mistake."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(message=message, place=place, next_step=next_step))
        else:
            self.more += 1

    def take(self, error: EvidenceError) -> None:
        """Note the problems of an error that was raised elsewhere."""
        for problem in error.problems:
            self.add(problem.message, problem.place or Place(), problem.next_step or "Mend the file.")

    def of(self, file: str, *, next_step: str, saying: str = "") -> Blame:
        """Notes the faults of JSON values of one file. `next_step` is for those that bring none of their own; what each
        says comes after `saying`, which tells what the file is not."""

        def note(fault: Fault) -> None:
            message = f"{saying}: {fault.message}" if saying else fault.message
            self.add(message, Place(file=file, key=fault.key or None), fault.next_step or next_step)

        return note

    def raise_all(self) -> None:
        """Raise EvidenceError with everything noted, if there is anything."""
        if not self.problems:
            return
        kept = list(self.problems)
        if self.more:
            kept.append(Problem(message=f"and {self.more:,} more mistakes", next_step="Correct these first."))
        raise EvidenceError(kept[0].message, problems=tuple(kept))
