"""What a stream can show: colour only where a person looks and has not asked for none."""

from __future__ import annotations

import os
from typing import TextIO


def wants_color(stream: TextIO) -> bool:
    """Whether to use colour on a stream: a terminal, no `NO_COLOR`, not a dumb one."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
