"""What a forge says of the commit that it has checked out: that it is the merge of a pull request, and into what.

Called by `main_branch` and `main_tip`. Pure: environment in, answer out. A job of a pull request usually runs on a
merge commit that the forge made to be tested, whose first parent is the branch that the change goes into, as it is
now. Nobody needs a branch by name then, and the clones that jobs get seldom have one.

What is subtle: the variables speak of a job, not of a work tree. They count only where HEAD is the commit that they
name: a job may check out something else, and a copy of the repository in it is none of the forge's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

_GITHUB_MERGE = re.compile(r"refs/pull/\d+/merge\Z")
_GITLAB_MERGE = re.compile(r"refs/merge-requests/\d+/merge\Z")
_GITLAB_MERGES = ("merged_result", "merge_train")


class TestedMerge(Struct, frozen=True, kw_only=True):
    """HEAD is a merge that a forge made of a change and of `branch`; `ref` is what it can be fetched by."""

    __test__ = False

    branch: str
    ref: str


def tested_merge(environ: Mapping[str, str], head: str) -> TestedMerge | None:
    """The merge that HEAD is, by what the forge says; None where it says nothing of this commit."""
    branch, ref = environ.get("GITHUB_BASE_REF"), environ.get("GITHUB_REF", "")
    if branch and environ.get("GITHUB_SHA") == head and _GITHUB_MERGE.match(ref):
        return TestedMerge(branch=branch, ref=ref)
    branch, ref = environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"), environ.get("CI_MERGE_REQUEST_REF_PATH", "")
    merged = environ.get("CI_MERGE_REQUEST_EVENT_TYPE") in _GITLAB_MERGES
    if branch and merged and environ.get("CI_COMMIT_SHA") == head and _GITLAB_MERGE.match(ref):
        return TestedMerge(branch=branch, ref=ref)
    return None


def target_branch(environ: Mapping[str, str]) -> str | None:
    """The branch that a pull request goes into; None outside of one."""
    return environ.get("GITHUB_BASE_REF") or environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") or None
