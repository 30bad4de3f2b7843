"""Names of distributions. Pure."""

from __future__ import annotations

import re


def normal(name: str) -> str:
    """A distribution's name as all spellings of it are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()
