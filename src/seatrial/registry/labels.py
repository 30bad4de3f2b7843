"""What people may attach to a version: tags, and links to pages of other trackers. Pure.

Called by `registry.py`. Labels are shown in terminals and reports by others, who escape them;
here only what could never be meant is refused.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from seatrial.errors import UsageError

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}\Z")
_LONGEST_VALUE = 2000
_LONGEST_LINK = 2000


def check_tag(key: str, value: str | None) -> None:
    """Raise UsageError unless `key` can name a tag and `value` be its value (None removes it)."""
    if not _KEY.match(key):
        raise UsageError(
            f"{key!r} cannot name a tag",
            next_step="use up to 100 letters, digits, '.', '_', '-' and '/', starting with a letter or digit",
        )
    if value is not None and (len(value) > _LONGEST_VALUE or not value.isprintable()):
        raise UsageError(
            f"the value of tag {key} is too long or contains control characters",
            next_step=f"use one line of at most {_LONGEST_VALUE:,} characters; longer text belongs behind a link",
        )


def check_link(url: str) -> None:
    """Raise UsageError unless `url` is an http(s) address without a user name, password or control characters."""
    problem = _problem(url)
    if problem:
        # The address itself is not repeated: it may hold a password, and errors end up in logs.
        raise UsageError(f"this address cannot be linked: {problem}", next_step="give one like https://HOST/PATH")


def _problem(url: str) -> str | None:
    if len(url) > _LONGEST_LINK or not url.isprintable() or " " in url:
        return "it is too long or contains spaces or control characters"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not an address"
    if parts.scheme not in ("http", "https") or not host:
        return "only http and https addresses with a host are"
    if parts.username is not None or parts.password is not None:
        return "it contains a user name or password, and records are kept for good"
    return None
