"""What a run of less trusted code tells of data, where it asked something else of them than the base does.

Called by `second_look`. Data cannot be judged again from what was handed over, so what the run says of them counts only
as far as it asked the same: by the contract and the reference that the base has, of the same path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seatrial.errors import ConfigError
from seatrial.flows.base_contracts import contracts_differ, held_check
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.unsaid import FETCH
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.policy import StageSpec
from seatrial.report.facts import CheckFact


def otherwise_judged(
    workspace: Workspace,
    policy: ProjectPolicy,
    stages: Mapping[str, StageSpec],
    told: Sequence[CheckFact],
    sha: str,
) -> list[CheckFact]:
    """A check that holds for each of the base's `stages` that judges data, of which the run tells, and which the commit
    `sha` does by other rules. `policy` is the configuration of the base."""
    git = workspace.git
    judging = {name: spec for name, spec in stages.items() if spec.uses is not None and spec.uses.trial is None}
    names = [name for name in judging if any(fact.name == name for fact in told)]
    base, head = git.commit(), git.commit(sha)
    if not names or base is None:
        return []
    label = f"the base at {base[:10]}"
    if head is None:
        why = f"whether it was asked what the base asks is not known: {FETCH}"
        return [held_check(label, name, judging[name], "not_verified", why) for name in names]
    differing = contracts_differ(git, base, head, policy, _policy_at(workspace, head))
    return [
        held_check(
            label,
            name,
            spec,
            "not_under_base",
            f"what this commit asks of {spec.uses.dataset} is not what the base asks; its contract is reviewed first",
        )
        for name in names
        if (spec := judging[name]).uses is not None and spec.uses.dataset in differing
    ]


def _policy_at(workspace: Workspace, commit: str) -> ProjectPolicy | None:
    try:
        return workspace.load_policy(lambda path: workspace.git.read_at(commit, path))
    except ConfigError:
        return None
