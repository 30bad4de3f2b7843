"""Words that several of these checks say."""

from __future__ import annotations

from collections.abc import Sequence


def listed(names: Sequence[str], most: int = 5) -> str:
    """`a`, `a and b`, `a, b and 3 more`."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def percent(share: float) -> str:
    """A share of rows: `0.42 %`, `17.0 %`; what is not nothing is not shown as nothing."""
    points = 100.0 * share
    if 0.0 < points < 0.01:
        return "under 0.01 %"
    return f"{points:.{1 if points >= 1.0 or points == 0.0 else 2}f} %"
