"""Globs over the repository's paths, always with `/` and always against the whole path.

Pure. `*` and `?` stay inside one folder, `**` spans any depth, `[...]` is one character.
The standard library's `fnmatch` lets `*` cross folders, and `glob` walks the disk instead of
the list of files that git knows.
"""

from __future__ import annotations

import posixpath
import re

from seatrial.errors import UserError

_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[(!?)([^\]/]+)\]|.", re.DOTALL)
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def glob_pattern(glob: str) -> re.Pattern[str]:
    """The regular expression that matches the same paths. Raises UserError for a range such as `[z-a]`."""
    try:
        return re.compile("".join(map(_piece, _TOKEN.finditer(posixpath.normpath(glob)))) + r"\Z", re.DOTALL)
    except re.error as error:
        raise UserError(f"the glob {glob} cannot be read: {error}", next_step="correct what stands in [...]") from None


def _piece(token: re.Match[str]) -> str:
    if token.group(2) is not None:
        inside = re.sub(r"([\\^\[&~|])", r"\\\1", token.group(2))
        return f"(?!/)[{'^' if token.group(1) else ''}{inside}]"
    return _WILD.get(token.group(), re.escape(token.group()))
