"""How a state on a git ref is written: `git`, or `git:REMOTE`. Pure; asked wherever such an address is read."""

from __future__ import annotations

import re

RULE = "a remote is named by letters, digits, `.`, `_` and `-`, as `git remote` lists it"
ADDRESS = re.compile(r"git(?::(?!.*\.\.)(?!.*\.lock$)[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?)?")
"""Every way of writing one."""
_SCHEME = "git"


def is_git(address: str) -> bool:
    """Whether an address means a git ref, well written or not."""
    return address == _SCHEME or address.startswith(f"{_SCHEME}:")


def remote_of(address: str) -> str | None:
    """The remote that an address names, `origin` where it names none; None for no such address."""
    if ADDRESS.fullmatch(address) is None:
        return None
    return address.partition(":")[2] or "origin"
