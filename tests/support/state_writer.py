"""A process that appends to a stream until it is killed or has won `wanted` numbers.

Prints each number once it is acknowledged. Called by the fault tests as
`python -m tests.support.state_writer ROOT SEEN NAME WANTED`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from seatrial.errors import ConflictError
from seatrial.store.local_state import LocalState


def main() -> None:
    """Race for numbers; a conflict means to look again."""
    root, seen, name, wanted = sys.argv[1:]
    state = LocalState(Path(root), seen=Path(seen))
    won = 0
    os.write(1, b"0\n")
    while won < int(wanted):
        number = len(state.read("s"))
        try:
            entry = state.append("s", {"who": name, "nth": won}, expected=number)
        except ConflictError:
            continue
        won += 1
        os.write(1, b"%d\n" % entry.number)


if __name__ == "__main__":
    main()
