"""Whom a run's results may be believed by: only what is known to be trusted is, and a variable only narrows."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.errors import UsageError
from seatrial.pipeline.domain import OVERRIDE, TRUSTED, Domain, domain_of

GITHUB = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}
GITLAB = {"CI": "true", "GITLAB_CI": "true"}
MAIN_PUSH = {**GITHUB, "GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main"}


@pytest.mark.parametrize(
    ("environ", "main"),
    [
        (MAIN_PUSH, "main"),
        ({**MAIN_PUSH, "GITHUB_EVENT_NAME": "schedule"}, "main"),
        ({**GITHUB, "GITHUB_REF": "refs/heads/rel-1", "GITHUB_REF_PROTECTED": "true"}, "main"),
        ({**GITHUB, "GITHUB_REF": "refs/tags/v1", "GITHUB_REF_PROTECTED": "true"}, None),
        ({**GITLAB, "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}, None),
        ({**GITLAB, "CI_COMMIT_BRANCH": "trunk", "CI_DEFAULT_BRANCH": "main"}, "trunk"),
        ({**GITLAB, "CI_COMMIT_TAG": "v1", "CI_COMMIT_REF_PROTECTED": "true"}, None),
    ],
)
def test_the_main_branch_and_protected_refs_are_trusted(environ: Mapping[str, str], main: str | None) -> None:
    """They read only what such runs have made."""
    domain = domain_of(environ, main)

    assert domain == Domain(write=TRUSTED)
    assert domain.read == (TRUSTED,)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({**GITHUB, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/17/merge"}, "pr-17"),
        ({**GITHUB, "GITHUB_REF": "refs/pull/17/head", "GITHUB_REF_PROTECTED": "true"}, "pr-17"),
        ({**MAIN_PUSH, "GITHUB_EVENT_NAME": "pull_request_target"}, "event-pull_request_target"),
        ({**MAIN_PUSH, "GITHUB_EVENT_NAME": "workflow_run"}, "event-workflow_run"),
        ({**MAIN_PUSH, "GITHUB_EVENT_NAME": "issue_comment"}, "event-issue_comment"),
        ({**MAIN_PUSH, "GITHUB_HEAD_REF": "feature"}, "event-push"),
        ({**GITHUB, "GITHUB_REF": "refs/heads/Feature/X", "GITHUB_REF_NAME": "Feature/X"}, "ref-feature-x"),
        ({**GITHUB, "GITHUB_REF": "refs/heads/trusted", "GITHUB_REF_NAME": "trusted"}, "ref-trusted"),
        ({**MAIN_PUSH, "GITHUB_REF": "refs/tags/main"}, "ref-main"),
        ({"GITHUB_ACTIONS": "true"}, "event-unknown"),
        ({**GITLAB, "CI_MERGE_REQUEST_IID": "9", "CI_COMMIT_REF_PROTECTED": "true"}, "pr-9"),
        ({**GITLAB, "CI_EXTERNAL_PULL_REQUEST_IID": "4", "CI_COMMIT_BRANCH": "main"}, "pr-4"),
        ({**GITLAB, "CI_COMMIT_BRANCH": "x", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_REF_NAME": "x"}, "ref-x"),
        ({**GITLAB}, "ref-unknown"),
        ({"CI": "true", "USER": "ada"}, "ci-unknown"),
        ({"USER": "Ada L."}, "person-ada-l"),
        ({"USER": "../trusted"}, "person-trusted"),
        ({}, "person-unknown"),
    ],
)
def test_everything_else_has_a_domain_of_its_own(environ: Mapping[str, str], name: str) -> None:
    """It reads what is trusted and its own, and writes its own."""
    domain = domain_of(environ, "main")

    assert domain.write == name
    assert domain.read == (TRUSTED, name)


def test_a_trusted_run_may_narrow_itself() -> None:
    """To try something without touching what others believe."""
    assert domain_of({**MAIN_PUSH, OVERRIDE: "trial"}, "main").write == "trial"


def test_a_narrowed_domain_stays_inside_its_own() -> None:
    """A pull request cannot step into another's."""
    environ = {**GITHUB, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/pull/17/merge"}

    assert domain_of({**environ, OVERRIDE: "pr-18"}, "main").write == "pr-17.pr-18"


@pytest.mark.parametrize("name", ["trusted", "Trusted", "../trusted", "a/b", ".hidden", "trusted/", "a b"])
def test_a_variable_cannot_widen_or_lead_elsewhere(name: str) -> None:
    """It is refused aloud, not ignored."""
    with pytest.raises(UsageError, match=OVERRIDE):
        domain_of({"USER": "ada", OVERRIDE: name}, "main")


@given(
    st.dictionaries(
        st.sampled_from(
            ["GITHUB_EVENT_NAME", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_HEAD_REF", "GITHUB_REF_PROTECTED", "USER"]
        ),
        st.text(max_size=20) | st.sampled_from(["true", "push", "refs/heads/main", "main", "trusted"]),
    )
)
def test_a_pull_request_is_never_trusted_whatever_else_is_set(environ: dict[str, str]) -> None:
    """And no name leads out of its folder."""
    pull = {**environ, "GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/3/merge"}

    assert domain_of(pull, "main").write == "pr-3"
    assert "/" not in domain_of(environ, "main").write
