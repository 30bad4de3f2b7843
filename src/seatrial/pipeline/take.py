"""The program that takes test results which somebody else wrote, in place of the command that would make them.

Started by the executor as a stage's command: `python -P -m seatrial.pipeline.take FILE OUT`. The file is read as
evidence is, and tests that failed in it fail the stage, as they would have if it had run them.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from seatrial.errors import EvidenceError
from seatrial.evidence.junit import read_junit


def main(arguments: list[str]) -> int:
    """Copy `FILE` to `OUT` and tell what it holds; 1 where a test of it failed, or it is no such file."""
    file, out = arguments
    try:
        tests = read_junit(Path(file), shown=file)
    except EvidenceError as error:
        print(f"{file} was written by somebody else, and cannot be taken: {error}", file=sys.stderr)
        return 1
    shutil.copyfile(file, out)
    broken = tests.failed + tests.errors
    print(f"taken from {file}, and not run: {tests.passed} passed, {broken} failed, {tests.skipped} skipped")
    for one in tests.troubles:
        print(f"  {one.name}: {one.outcome}")
    return 1 if broken or not tests.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
