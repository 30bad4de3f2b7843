"""Who may let a version take an alias: what a user may declare about approvals, with its defaults.

Filled in by `config/approvals_document.py`, followed by `approval.py`. Pure.

Subtle: a way of knowing somebody is worth what stands behind it. A forge says itself who wrote a comment or a review.
Variables of a runner, git's configuration and the name of an account say what whoever types the command lets them say,
so they count only where a rule names them.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import Place


class KnownBy(StrEnum):
    """Ways of knowing who somebody is, as a rule names them."""

    GITHUB = "github"
    GITLAB = "gitlab"
    CI = "ci"
    GIT = "git"
    OS = "os"


class Person(Struct, frozen=True, kw_only=True):
    """One who may approve, by all the names that person has: logins, mail addresses, names as git has them."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return self.names[0]


class ApprovalRule(Struct, frozen=True, kw_only=True):
    """What an alias asks for: approvals by `min` of these `people`.

    `not_author`: not by whoever wrote the version's commit or registered it. `expires` is how many seconds an approval
    lasts, None without end. `known_by` are the ways of knowing a person that count.
    """

    people: tuple[Person, ...] = ()
    min: int = 1
    not_author: bool = True
    expires: float | None = None
    known_by: tuple[KnownBy, ...] = (KnownBy.GITHUB, KnownBy.GITLAB)
    place: Place | None = None

    def to_json(self) -> dict[str, Json]:
        """The rule as it counts: where and in which order it was written does not."""
        return {
            "min": self.min,
            "from": sorted(sorted(person.names) for person in self.people),
            "not_author": self.not_author,
            "expires": self.expires,
            "known_by": sorted(way.value for way in self.known_by),
        }


UNRULED = ApprovalRule()
"""How an approval counts where nothing is declared: one by somebody else than the author, by a forge's word,
lifts a hold."""
