"""What may be a name, a path or a duration in `seatrial.yaml`. Pure; used by every reader here.

Names become folders, files and arguments, so they are lower case and start with a letter or a
digit. Paths are relative to the repository and stay inside it.
"""

from __future__ import annotations

import math
import posixpath
import re

from seatrial.store.bucket_names import RULE, is_bucket_name

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
NAME_RULE = "use lower-case letters, digits, `.`, `_` and `-`, starting with a letter or a digit"
DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhd]?)\Z")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PROTECTED = frozenset({".git", ".seatrial"})
_HEAD = re.compile(r"(?:origin/|[A-Z]+_)?HEAD\Z", re.IGNORECASE)
_HASH = re.compile(r"[0-9a-f]{7,64}\Z", re.IGNORECASE)
_NOT_IN_BRANCH = re.compile(r"[\s~^:?*\[\\]|\.\.|@\{")
MAX_NAME = 100
MAX_PATH = 1024


def is_name(text: str) -> bool:
    """Whether a text can be the name of a stage, an out, a tier, a model, ..."""
    return len(text) <= MAX_NAME and NAME.match(text) is not None


def is_alias(text: str) -> bool:
    """Whether a text can name an alias: a name, but no number, since `digits@17` is version 17."""
    return is_name(text) and not text.isdigit()


def normal(path: str) -> str:
    """The one spelling of a path: no `./`, no doubled or trailing `/`."""
    return posixpath.normpath(path)


def path_fault(path: str) -> str | None:
    """Why a path cannot be meant, or None: it must be relative and stay in the repository."""
    if len(path) > MAX_PATH:
        return f"has {len(path):,} characters, and {MAX_PATH:,} is the most"
    if "://" in path:
        return "is an address, and only a path can stand here"
    if path.startswith("/"):
        return "is absolute"
    if path.startswith("~"):
        return "starts with `~`"
    if ".." in path.split("/"):
        return "leaves its folder through `..`"
    if "\\" in path or not path.isprintable():
        return "holds a backslash or a character that cannot be printed"
    return None


def branch_fault(text: str) -> str | None:
    """Why a text is not the name of a branch, or None. What git takes for a revision is none: whoever could write
    `HEAD` for the main branch would be compared with themselves."""
    if text == "@" or _HEAD.match(text):
        return "is the commit that is checked out, or one like it, and no branch"
    if _HASH.match(text):
        return "is written like the id of a commit"
    if text.startswith("refs/"):
        return "is a reference; a branch is named without `refs/heads/`"
    parts = text.split("/")
    if len(text) > MAX_PATH or not text.isprintable() or _NOT_IN_BRANCH.search(text) or text.startswith("-"):
        return "holds what no branch's name can hold (a space, `~`, `^`, `:`, `?`, `*`, `[`, a backslash, `..`, `@{`)"
    if any(not part or part.startswith(".") or part.endswith((".", ".lock")) for part in parts):
        return "has a part that is empty, begins or ends with a dot, or ends with `.lock`"
    return None


def address_fault(text: str, schemes: tuple[str, ...]) -> str | None:
    """Why a text is not the address of a place where things can be kept, or None."""
    scheme, found, rest = text.partition("://")
    if not found or scheme not in schemes:
        return f"is no address of a kind known here ({', '.join(f'{one}://' for one in schemes)})"
    if len(text) > MAX_PATH or not text.isprintable() or any(character in text for character in " ?#\\"):
        return "holds a space, `?`, `#`, a backslash or a character that cannot be printed, or is too long"
    if ".." in rest.split("/"):
        return "leaves its folder through `..`"
    if scheme == "file" and not (rest.startswith("/") and rest.strip("/")):
        return "names no folder; `file://` is followed by an absolute path"
    bucket = rest.partition("/")[0]
    if scheme != "file" and not bucket:
        return "names no bucket"
    if scheme != "file" and not is_bucket_name(bucket):
        return f"names a bucket `{bucket}`, which no bucket can be called ({RULE})"
    return None


def out_fault(path: str) -> str | None:
    """Why a path cannot be written by a stage, or None."""
    fault = path_fault(path)
    if fault is not None:
        return fault
    parts = normal(path).split("/")
    if parts == ["."]:
        return "is the whole repository"
    if parts[0].casefold() in _PROTECTED:
        return f"lies in {parts[0]}"
    if ".git" in (part.casefold() for part in parts):
        return "lies in a .git folder"
    return None


def seconds(value: object) -> float | None:
    """A duration: `90`, `90s`, `10m`, `2h`, `1d`. None when it is no positive, finite one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        found = float(value)
    elif isinstance(value, str) and (match := DURATION.match(value)) is not None and len(value) <= 20:
        found = float(match.group(1)) * _SECONDS[match.group(2)]
    else:
        return None
    return found if found > 0 and math.isfinite(found) else None
