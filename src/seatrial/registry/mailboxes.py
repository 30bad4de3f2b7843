"""Which mailbox an address means, and whether an address says whose it is. Pure.

Called by `people.py` to tell an approver from an author by their addresses. One mailbox has many spellings: capitals,
a tag behind a plus, a dot at the end, letters of another width. All of them are one here.

Subtle: an address in git is whatever somebody wrote there. `noreply@` is nobody's, and letters beyond ASCII can look
like others (a Cyrillic one in a domain), in a domain's own spelling (`xn--`) as well. Such an address can be found
equal to another one; that it is somebody else's it does not say.
"""

from __future__ import annotations

import re
import unicodedata

_OF_FORGE = re.compile(
    r"(?:[0-9]+[+-])?([a-z0-9][a-z0-9_.-]*(?:\[bot\])?)@(users\.noreply\.(?:github|gitlab)\.com)\Z",
)
_USUAL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\Z")
_FOREIGN = "xn--"
_NOBODY = frozenset({"noreply", "no-reply"})


def canonical(text: str) -> str:
    """One spelling for texts that differ in capitals, in the width of letters, or in spaces around them."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.strip()


def mailbox(mail: str) -> str:
    """The one spelling of an address: without a tag (`ben+work@x` is `ben@x`), or a number that a forge put there."""
    text = canonical(mail).rstrip(".")
    given = _OF_FORGE.match(text)
    if given is not None:
        return f"{given[1]}@{given[2]}"
    local, at, domain = text.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def login_in(mail: str) -> str | None:
    """The login in an address that a forge gives to those who hide their own."""
    given = _OF_FORGE.match(canonical(mail))
    return None if given is None else given[1]


def is_nobodys(mail: str) -> bool:
    """Whether an address says itself that nobody reads it."""
    return mailbox(mail).partition("@")[0] in _NOBODY


def tells_whose(mail: str) -> bool:
    """Whether two addresses of this kind that differ are two people's, as far as addresses go."""
    if login_in(mail) is not None:
        return True
    box = mailbox(mail)
    return _USUAL.match(box) is not None and _FOREIGN not in box.rpartition("@")[2] and not is_nobodys(mail)
