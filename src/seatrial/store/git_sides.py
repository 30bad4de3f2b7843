"""Whether a remote is read from the repository that it is written to.

Called by `git_remote.py` before a process writes for the first time. Git lets one name stand for several addresses: a
`pushurl`, several `url`, `pushInsteadOf`. Mostly that is one repository by two protocols. But who works in a fork may
read the team's and push to their own: then a record would count as written, and nobody would ever see it.

Subtle: two addresses cannot tell whether they are one repository. What they show can, so both are asked, and once
something was written, it must be seen from the other side.
"""

from __future__ import annotations

from msgspec import Struct


class Sides(Struct, frozen=True, kw_only=True):
    """The addresses that a remote is read from, and those that it is written to."""

    read: tuple[str, ...]
    written: tuple[str, ...]

    @property
    def one(self) -> bool:
        """Whether git reads and writes at the same, single address."""
        return self.read[:1] == self.written


def sides_of(listed: str, name: str) -> Sides:
    """What `git remote -v` says of one remote."""
    found: dict[str, list[str]] = {"(fetch)": [], "(push)": []}
    for line in listed.splitlines():
        remote, tab, rest = line.partition("\t")
        address, _, way = rest.partition(" [")[0].rpartition(" ")
        if tab and remote == name and way in found:
            found[way].append(address)
    return Sides(read=tuple(found["(fetch)"]), written=tuple(found["(push)"]))
