"""What a project may say about its forge. Defaults live here alone.

Filled in by `config/`, followed by the flows that post and that heed comments.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from seatrial.errors import Place


class Kind(StrEnum):
    """Which forge; `auto` is the one whose CI this runs in, and a folder elsewhere."""

    AUTO = "auto"
    GITHUB = "github"
    GITLAB = "gitlab"
    LOCAL = "local"


TOKENS: Mapping[Kind, tuple[str, ...]] = {
    Kind.GITHUB: ("GITHUB_TOKEN",),
    Kind.GITLAB: ("GITLAB_TOKEN", "CI_JOB_TOKEN"),
}
"""The variables that hold a token, the first that is set, where the project names none."""


class ForgePolicy(Struct, frozen=True, kw_only=True):
    """How verdicts reach the forge.

    `check` is the name that branch protection asks for, None for `seatrial/PROJECT`; a tier's name follows it.
    `token_from` is the variable that holds the token, None for the usual ones of each forge. `environments` are names
    of environments by alias, where they differ from it. `maintainers` may allow dear stages by a comment; None: whoever
    may write to the repository.
    """

    kind: Kind = Kind.AUTO
    check: str | None = None
    token_from: str | None = None
    environments: Mapping[str, str] = field(default_factory=dict)
    maintainers: tuple[str, ...] | None = None
    place: Place | None = None

    def check_of(self, project: str, tier: str | None) -> str:
        """The name of the check. Each tier has one, or the verdict of one would stand for that of another."""
        name = self.check or f"seatrial/{project}"
        return name if tier is None else f"{name}/{tier}"

    def environment_of(self, alias: str) -> str:
        """The environment that an alias is on the forge."""
        return self.environments.get(alias, alias)
