"""Only committed rules let a version take an alias, whatever lies in the work tree.

Called before a version is judged for an alias, which both promotion and approval begin with. The rules are the
configuration, the gates file, the parameters, and the test cases of the gate set. One edit that nobody committed would
else move production, and leave no trace of the limits that it passed under.

Subtle: bytes are compared, since git calls a tree clean although a file is ignored or marked as unchanged. A file that
Git LFS keeps is committed as a pointer.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence

from seatrial.errors import UsageError
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.uncommitted import configuration_files
from seatrial.flows.workspace import Workspace
from seatrial.gates.policy import GateSet
from seatrial.pipeline.pointers import read_lfs


def refuse_uncommitted_rules(workspace: Workspace, policy: ProjectPolicy, gate_set: GateSet) -> None:
    """Raises UsageError where a file of the rules is not what the commit that is checked out has."""
    cases = () if gate_set.behavioral is None else gate_set.behavioral.test_cases
    paths = dict.fromkeys((*configuration_files(policy), *cases))
    differing = [path for path in paths if not _is_committed(workspace, path)]
    if differing:
        raise UsageError(
            "approving and promoting go by committed rules, and what lies here is not what HEAD has: "
            + ", ".join(differing),
            next_step=f"{_commit(differing)}, or undo it: git checkout HEAD -- {shlex.join(differing)}",
        )


def _commit(paths: Sequence[str]) -> str:
    return f"commit it: git add -- {shlex.join(paths)} && git commit"


def _is_committed(workspace: Workspace, path: str) -> bool:
    committed = workspace.git.read_at("HEAD", path)
    try:
        here: bytes | None = (workspace.git.root / path).read_bytes()
    except OSError:
        here = None
    if here is None or committed is None or here == committed:
        return here == committed
    pointer = read_lfs(committed)
    return pointer is not None and hashlib.sha256(here).hexdigest() == pointer.oid
