"""The token with which git may push to the forge whose CI this runs in. Pure; called by `wiring` for `state: git`.

A checkout in CI should leave no credentials behind (`persist-credentials: false`), so git has none there. Outside of CI
git's own helpers know better, and nothing is given.

Subtle: the token goes to the forge's own server and nowhere else, whatever the remote's address says, and only over
https; on this machine, as for the forge's API, in clear as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from seatrial.forge.api_access import is_this_machine
from seatrial.forge.policy import TOKENS, Kind
from seatrial.store.git_access import Access

_USERS = {"CI_JOB_TOKEN": "gitlab-ci-token"}


def git_token(environ: Mapping[str, str], token_from: str | None) -> Access | None:
    """The token in the variable that the project names, or in the forge's usual ones; None where there is none."""
    if environ.get("GITHUB_ACTIONS") == "true":
        kind, server, user = Kind.GITHUB, environ.get("GITHUB_SERVER_URL") or "https://github.com", "x-access-token"
    elif environ.get("GITLAB_CI") == "true":
        kind, server, user = Kind.GITLAB, environ.get("CI_SERVER_URL") or "https://gitlab.com", "oauth2"
    else:
        return None
    parts = urlsplit(server)
    host = parts.hostname or ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host))
    if not safe or not host or parts.username is not None or not server.isprintable():
        return None
    name = next((name for name in ((token_from,) if token_from else TOKENS[kind]) if environ.get(name)), None)
    if name is None:
        return None
    return Access(server=server.rstrip("/") + "/", user=_USERS.get(name, user), token=environ[name])
