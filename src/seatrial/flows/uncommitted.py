"""Whether a run uses configuration or code that its commit does not hold, whatever `git status` says.

Called when a run begins, and by `pins`. Git calls a tree clean although a file is ignored, marked as unchanged, or a
link to somewhere outside. A version made from such files could not be made again from its commit,
so the bytes themselves are compared. Data may be ignored: it is recorded by its own digest.
"""

from __future__ import annotations

from seatrial.flows.engine import Prepared
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.roots import INLINE


def uncommitted(workspace: Workspace, policy: ProjectPolicy, prepared: Prepared, commit: str | None) -> bool:
    """Whether any configuration file differs from the commit's, or code is used that git does not track.

    What is tracked and not in the commit yet is for `git status`, which every caller asks too.
    """
    git = workspace.git
    if commit is None:
        return False  # without a commit nothing can be promoted anyway
    for path in configuration_files(policy):
        if git.read_at(commit, path) != (git.root / path).read_bytes():
            return True
    used = {path for planned in prepared.plan.cells for path in planned.inputs.closure.files} - {INLINE}
    return not used <= prepared.tree.tracked


def configuration_files(policy: ProjectPolicy) -> tuple[str, ...]:
    """Every file that a configuration is read from."""
    read = {CONFIG_FILE, policy.params_file, *(model.gates_file for model in policy.models.values())}
    return tuple(sorted(name for name in read if name is not None))
