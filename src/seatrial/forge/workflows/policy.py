"""What a project may say about its workflows. Defaults live here alone.

Filled in by `config.workflows_document`, followed by `flows.workflow_wants`. None, everywhere, is: find it out.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.errors import Place
from seatrial.forge.workflows.wanted import Role

DAILY = "0 6 * * *"
"""Six in the morning, in UTC: the answer is there when people are."""

TIERS: Mapping[Role, str] = {
    Role.FAST: "pr",
    Role.SLOW: "slow",
    Role.MERGE: "merge",
    Role.NIGHTLY: "nightly",
    Role.RELEASE: "release",
}
"""What the tier of each role is called, where the project does not say."""


class TestsPolicy(Struct, frozen=True, kw_only=True):
    """Stages that run for several Pythons, each with several sets of packages. Without `stages` those that write
    the results of tests."""

    __test__ = False

    pythons: tuple[str, ...] = ()
    frameworks: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[str, ...] | None = None
    place: Place | None = None


class DownloadsPolicy(Struct, frozen=True, kw_only=True):
    """Folders with what stages download, kept between jobs as long as the files `by` stay as they are."""

    paths: tuple[str, ...]
    by: tuple[str, ...]
    place: Place | None = None


class WorkflowsPolicy(Struct, frozen=True, kw_only=True):
    """How workflows are made.

    `seatrial` is a requirement for pip, `install` are shell lines that make the project's environment (empty: there is
    nothing to install). `runners` are labels or tags by `default` and `gpu`. `tiers` says which tier has which role;
    None for one that shall have no workflow. `secrets` and `variables` are handed to every job of ours.
    """

    seatrial: str | None = None
    install: tuple[str, ...] | None = None
    python: str | None = None
    runners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tiers: Mapping[Role, str | None] = field(default_factory=dict)
    schedule: str = DAILY
    tests: TestsPolicy | None = None
    downloads: DownloadsPolicy | None = None
    secrets: tuple[str, ...] | None = None
    variables: tuple[str, ...] | None = None
    place: Place | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where each key stands."""
