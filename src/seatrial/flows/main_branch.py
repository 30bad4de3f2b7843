"""The main branch as a baseline: the same stages, at the merge base, run in a scratch tree.

Called by `run_baseline` for tiers that say `baseline: main`. On the main branch itself the previous
commit is the baseline. A commit without configuration has no evidence to make: that is known and
said (`baseline_absent`), and it is not a pass.
"""

from __future__ import annotations

from pathlib import Path

from seatrial.errors import ConfigError, StageError
from seatrial.flows.baselines import Baseline, BaselineMissing, Rescore, make_comparable
from seatrial.flows.commit_runs import TierAbsentError, has_configuration, run_commit
from seatrial.flows.dossier import Dossier
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.gates.evidence import AbsentReason


def baseline_commit(workspace: Workspace, main: str | None, *, dirty: bool) -> tuple[str, str] | BaselineMissing:
    """The commit to compare with and how to name it.

    The merge base with the main branch; the previous commit when HEAD is on it. Uncommitted work on
    top of the merge base is compared with the merge base itself.
    """
    git = workspace.git
    branch = main or git.default_branch()
    if branch is None:
        return BaselineMissing(
            reason=AbsentReason.NO_BASELINE,
            message="which branch is the main one is not known: there is no origin/HEAD",
            next_step="set `main:` in seatrial.yaml",
        )
    head, tip = git.commit(), git.commit(branch)
    if tip is None:
        return BaselineMissing(
            reason=AbsentReason.NO_BASELINE,
            message=f"the main branch {branch} does not exist here" if head else "nothing is committed yet",
            next_step="fetch it, or correct `main:` in seatrial.yaml" if head else "commit, and run it again",
        )
    base = git.merge_base(head, tip) if head else None
    if base is None:
        return BaselineMissing(
            reason=AbsentReason.NO_BASELINE,
            message=f"HEAD and {branch} have no common commit that is here",
            next_step="in a shallow clone: git fetch --unshallow",
        )
    if base == head and not dirty:
        base = git.commit("HEAD^")
        if base is None:
            return BaselineMissing(
                reason=AbsentReason.BASELINE_ABSENT, message=f"{branch} has no commit before this one"
            )
    return base, f"{branch} at {base[:10]}"


def main_baseline(
    workspace: Workspace,
    policy: ProjectPolicy,
    candidate: Dossier,
    *,
    tier: str | None,
    dirty: bool,
    rescore: Rescore | None,
    run: str,
    folder: Path,
) -> Baseline:
    """The main branch's model, made (or found in the cache) and evaluated like the candidate."""
    chosen = baseline_commit(workspace, policy.main, dirty=dirty)
    if isinstance(chosen, BaselineMissing):
        return chosen
    commit, label = chosen
    if not has_configuration(workspace, commit):
        return BaselineMissing(
            reason=AbsentReason.BASELINE_ABSENT, message=f"{label} has no seatrial.yaml to make a baseline from"
        )
    try:
        with run_commit(
            workspace,
            commit,
            candidate.model,
            tier=tier,
            run=run,
            folder=folder / "main",
        ) as made:
            other = made.dossier(workspace)
    except TierAbsentError as error:
        return BaselineMissing(reason=AbsentReason.BASELINE_ABSENT, message=f"{label}: {error}")
    except (ConfigError, StageError) as error:
        return BaselineMissing(reason=AbsentReason.NOT_RESCORED, message=f"{label} could not be run: {error}")
    return make_comparable(candidate, other, label, None, rescore)
