"""The main branch as a baseline: the same stages, at the merge base, run in a scratch tree.

Called by `run_baseline` for tiers that say `baseline: main`. On the main branch itself the previous
commit is the baseline. On the merge of a pull request that a forge made to be tested it is the first parent: the
branch that the change goes into, as it is now. A commit without configuration has no evidence to make: that is known
and said (`baseline_absent`), and it is not a pass.

What is subtle: the clones of CI jobs are shallow, have one commit and no branch. That a commit is not *here* is told
from that there is none, and the command that fetches it is said.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from seatrial.change.branches import REMOTE
from seatrial.change.git import Git
from seatrial.errors import ConfigError, StageError
from seatrial.flows.baselines import Baseline, BaselineMissing, Rescore, make_comparable
from seatrial.flows.commit_runs import TierAbsentError, has_configuration, run_commit
from seatrial.flows.dossier import Dossier
from seatrial.flows.main_tip import main_tip
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.pull_request import TestedMerge, tested_merge
from seatrial.flows.workspace import Workspace
from seatrial.gates.evidence import AbsentReason


def baseline_commit(workspace: Workspace, main: str | None, *, dirty: bool) -> tuple[str, str] | BaselineMissing:
    """The commit to compare with and how to name it.

    The first parent of a forge's merge; else the merge base with the main branch; the previous commit when HEAD is on
    it. Uncommitted work on top of the merge base is compared with the merge base itself.
    """
    git = workspace.git
    head = git.commit()
    merge = tested_merge(workspace.environ, head) if head else None
    if merge is not None and len(parents := git.parents("HEAD")) > 1:
        return _before_merge(git, merge, parents[0])
    tip = main_tip(workspace, main)
    if tip is None:
        return BaselineMissing(
            reason=AbsentReason.NO_BASELINE,
            message="which branch is the main one is not known: there is no origin/HEAD",
            next_step="set `main:` in seatrial.yaml",
        )
    if tip.doubt is not None:
        return BaselineMissing(
            reason=AbsentReason.NO_BASELINE,
            message=tip.doubt,
            next_step=f"`git fetch --unshallow {REMOTE}`, or let the checkout have all history",
        )
    if tip.commit is None:
        fetch = f"{_fetch_of(tip.branch)}, or correct `main:` in seatrial.yaml"
        return BaselineMissing(
            reason=AbsentReason.NO_BASELINE,
            message=f"the main branch {tip.branch} does not exist here" if head else "nothing is committed yet",
            next_step=fetch if head else "commit, and run it again",
        )
    base = git.merge_base(head, tip.commit) if head else None
    if base is None:
        return _unrelated(git, tip.branch)
    if base == head and not dirty:
        return _previous(git, tip.branch)
    return base, _label(tip.branch, base)


def _before_merge(git: Git, merge: TestedMerge, parent: str) -> tuple[str, str] | BaselineMissing:
    if git.commit(parent) is not None:
        return parent, _label(merge.branch, parent)
    return BaselineMissing(
        reason=AbsentReason.NO_BASELINE,
        message=f"this is the merge commit of a pull request, and {merge.branch} at {parent[:10]}, which it goes into, "
        "is not in this shallow clone",
        next_step=f"`git fetch --depth=2 {REMOTE} {shlex.quote(merge.ref)}`, or let the checkout have a depth of 2",
    )


def _unrelated(git: Git, branch: str) -> BaselineMissing:
    if git.is_shallow():
        return BaselineMissing(
            reason=AbsentReason.NO_BASELINE,
            message=f"HEAD and {branch} have no common commit in this shallow clone",
            next_step=f"`git fetch --unshallow {REMOTE}`, or let the checkout have all history",
        )
    return BaselineMissing(
        reason=AbsentReason.NO_BASELINE,
        message=f"HEAD and {branch} have no common commit",
        next_step="correct `main:` in seatrial.yaml, if that is not the branch that this one comes from",
    )


def _previous(git: Git, branch: str) -> tuple[str, str] | BaselineMissing:
    """The commit before HEAD; of a merge, where the main branch was before it."""
    parents = git.parents("HEAD")
    if not parents:
        return BaselineMissing(reason=AbsentReason.BASELINE_ABSENT, message=f"{branch} has no commit before this one")
    if git.commit(parents[0]) is None:
        return BaselineMissing(
            reason=AbsentReason.NO_BASELINE,
            message=f"the commit of {branch} before this one, {parents[0][:10]}, is not in this shallow clone",
            next_step=f"`git fetch --deepen=1 {REMOTE} {shlex.quote(_short(branch))}`, or let the checkout have a "
            "depth of 2",
        )
    return parents[0], _label(branch, parents[0])


def _fetch_of(branch: str) -> str:
    name = _short(branch)
    return f"`git fetch {REMOTE} {shlex.quote(f'+refs/heads/{name}:refs/remotes/{REMOTE}/{name}')}`"


def _short(branch: str) -> str:
    return branch.removeprefix(f"{REMOTE}/")


def _label(branch: str, commit: str) -> str:
    return f"{branch} at {commit[:10]}"


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
