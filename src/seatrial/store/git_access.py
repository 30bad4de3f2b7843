"""A token for one server, as git is told it: in its environment, where no list of processes shows it.

Made by `forge/git_token.py`, given on by `git_command.py`. Pure.

Subtle: a checkout may have left a token of its own in the repository's configuration. Forges refuse two headers, so the
one that is given takes back all before it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from msgspec import Struct


class Access(Struct, frozen=True, kw_only=True):
    """`server` is the address that the token is for, such as `https://github.com/`; git gives it to no other."""

    server: str
    user: str
    token: str

    def __repr__(self) -> str:
        return f"Access(server={self.server!r}, user={self.user!r})"

    def settings(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The variables that give it to git, after the settings that are there already."""
        key, told = f"http.{self.server}.extraHeader", environ.get("GIT_CONFIG_COUNT", "")
        count = int(told) if told.isdecimal() else 0
        return {
            f"GIT_CONFIG_KEY_{count}": key,
            f"GIT_CONFIG_VALUE_{count}": "",
            f"GIT_CONFIG_KEY_{count + 1}": key,
            f"GIT_CONFIG_VALUE_{count + 1}": f"Authorization: Basic {self._coded}",
            "GIT_CONFIG_COUNT": str(count + 2),
        }

    def hidden(self, text: str) -> str:
        """A text without the token, in either form."""
        return text.replace(self.token, "***").replace(self._coded, "***")

    @property
    def _coded(self) -> str:
        return base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
