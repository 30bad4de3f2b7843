"""Who is written into the ledger, and how that is known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from seatrial.flows.actors import identify
from seatrial.registry.records import IdentifiedBy

GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada"}
GITLAB = {"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "grace"}


@pytest.mark.parametrize(
    ("environ", "name", "email", "expected", "how"),
    [
        (GITHUB, "Bot", "bot@example.invalid", "ada", IdentifiedBy.GITHUB_ACTIONS),
        (GITLAB, "Bot", "bot@example.invalid", "grace", IdentifiedBy.GITLAB_CI),
        ({"USER": "root"}, "Ada", "ada@example.invalid", "Ada <ada@example.invalid>", IdentifiedBy.GIT_CONFIG),
        ({"USER": "root"}, "Ada", None, "Ada", IdentifiedBy.OS_USER),
        ({"USER": "root"}, None, None, "root", IdentifiedBy.OS_USER),
        ({"LOGNAME": "lo"}, None, None, "lo", IdentifiedBy.OS_USER),
        ({}, None, None, "unknown", IdentifiedBy.OS_USER),
        ({"GITHUB_ACTOR": "forged"}, None, None, "unknown", IdentifiedBy.OS_USER),
    ],
)
def test_actor_is_named_with_where_the_name_comes_from(
    environ: Mapping[str, str], name: str | None, email: str | None, expected: str, how: IdentifiedBy
) -> None:
    """A CI system knows better than the git configuration of its runner; nothing here is proof."""
    actor = identify(environ, git_name=name, git_email=email)

    assert (actor.name, actor.identified_by) == (expected, how)
