"""What people have to do themselves once workflows are rendered, and what these cannot do, in sentences. Pure.

Called by `cli.workflows` after it has rendered. No file can hold it: secrets, environments and branch protection are
settings of the forge.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.forge.workflows.wanted import Reach, Role, Wanted


def advice(wanted: Wanted) -> tuple[str, ...]:
    """Sentences, the most pressing first."""
    return tuple(_sentences(wanted))


def _sentences(wanted: Wanted) -> Iterator[str]:
    if not wanted.install.chosen:
        yield (
            f"{wanted.install.seatrial} is on no package index yet: say where Seatrial lies, "
            "`workflows: {seatrial: 'seatrial @ git+https://...'}`"
        )
    for tier in wanted.tiers.values():
        if tier.registers and wanted.reach is Reach.JOB:
            yield (
                f"tier {tier.name} registers versions, and nobody sees them: records are lost with the job's machine; "
                "`state: git` keeps them in this repository"
            )
        if tier.together and tier.role is Role.SLOW:
            yield f"tier {tier.name} is one job: {tier.together}"
    secrets = dict.fromkeys((*wanted.secrets, *(name for tier in wanted.tiers.values() for name in tier.secrets)))
    if secrets:
        yield f"secrets that jobs read, to be set at the forge: {', '.join(secrets)}"
    if wanted.variables:
        yield f"variables that jobs read, to be set at the forge: {', '.join(wanted.variables)}"
    for tier in wanted.promoting:
        yield f"environment {tier.environment}: make it at the forge, and say who must approve; tier {tier.name} waits"
    checks = [tier.check for role, tier in wanted.tiers.items() if role in (Role.FAST, Role.SLOW)]
    if checks:
        yield f"require before merging to {wanted.main}: {', '.join(checks)}"
