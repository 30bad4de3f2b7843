"""Which part of a shared cache a run may write to, and which it may believe. Pure.

Called by `wiring` with the environment of the process. A domain is a folder of the shared cache with results
and blobs of its own: `trusted`, or one that nobody else believes, such as `pr-17`. A trusted run reads
`trusted` alone; everybody else reads `trusted` and their own, and writes only their own.

Subtle: this names things and protects nothing. Code of a pull request may set any variable, so what keeps it
out of `trusted` is what the bucket lets its credentials do (docs/reference/shared-state-and-cache.md). Therefore doubt
has one direction: whatever is not known to be trusted is not, and `SEATRIAL_CACHE_DOMAIN` only narrows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from seatrial.errors import UsageError

TRUSTED = "trusted"
OVERRIDE = "SEATRIAL_CACHE_DOMAIN"

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}\Z")
_GITHUB_PULL = re.compile(r"refs/pull/([0-9]+)/")
_GITHUB_TRUSTED_EVENTS = {"push", "schedule", "workflow_dispatch"}
_YES = {"1", "true", "yes"}


class Domain(Struct, frozen=True, kw_only=True):
    """Where results are written, and the domains they are read from, the first one first."""

    write: str

    @property
    def trusted(self) -> bool:
        return self.write == TRUSTED

    @property
    def read(self) -> tuple[str, ...]:
        return (TRUSTED,) if self.trusted else (TRUSTED, self.write)


def domain_of(environ: Mapping[str, str], main: str | None) -> Domain:
    """The domain of a run; `main` is the main branch's name where the project says it.

    Raises UsageError for an override that is no name, or that would widen.
    """
    found = _found(environ, main)
    wanted = environ.get(OVERRIDE)
    if not wanted or wanted == found:
        return Domain(write=found)
    if not _NAME.match(wanted):
        raise UsageError(
            f"{OVERRIDE} is {wanted!r}, which cannot name a part of the shared cache",
            next_step="use small letters, digits, '.', '_' and '-', starting with a letter or digit",
        )
    if wanted == TRUSTED:
        raise UsageError(
            f"{OVERRIDE} asks for {TRUSTED}, but this run belongs to {found}: it can only narrow",
            next_step=f"unset {OVERRIDE}",
        )
    return Domain(write=wanted if found == TRUSTED else f"{found}.{wanted}")


def _found(environ: Mapping[str, str], main: str | None) -> str:
    if _set(environ, "GITHUB_ACTIONS"):
        return _github(environ, main)
    if _set(environ, "GITLAB_CI"):
        return _gitlab(environ, main)
    if _set(environ, "CI"):
        return "ci-unknown"
    return _named("person", environ.get("USER") or environ.get("LOGNAME") or "unknown")


def _github(environ: Mapping[str, str], main: str | None) -> str:
    event, ref = environ.get("GITHUB_EVENT_NAME", ""), environ.get("GITHUB_REF", "")
    pull = _GITHUB_PULL.match(ref)
    if pull:
        return f"pr-{pull[1]}"
    # `pull_request_target`, `workflow_run` and their like run on the main branch for the sake of strangers.
    if event not in _GITHUB_TRUSTED_EVENTS or environ.get("GITHUB_HEAD_REF"):
        return _named("event", event or "unknown")
    branch = ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None
    if _set(environ, "GITHUB_REF_PROTECTED") or (branch is not None and branch == main):
        return TRUSTED
    return _named("ref", environ.get("GITHUB_REF_NAME") or ref or "unknown")


def _gitlab(environ: Mapping[str, str], main: str | None) -> str:
    for name in ("CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID"):
        number = environ.get(name)
        if number:
            return _named("pr", number)
    branch = environ.get("CI_COMMIT_BRANCH")
    if branch and branch in (main, environ.get("CI_DEFAULT_BRANCH")):
        return TRUSTED
    if _set(environ, "CI_COMMIT_REF_PROTECTED"):
        return TRUSTED
    return _named("ref", environ.get("CI_COMMIT_REF_NAME") or "unknown")


def _set(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() in _YES


def _named(kind: str, text: str) -> str:
    """A domain's name from what others chose: never `trusted`, never a path."""
    return f"{kind}-" + (re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip(".-")[:60] or "unknown")
