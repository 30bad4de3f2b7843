"""`.gitlab/seatrial.yml`: what GitLab has to do for a project, as text. Pure.

Called by `flows` for `seatrial workflows render --forge gitlab`. The file is included by the user's own
`.gitlab-ci.yml`, which is never touched; so it sets nothing that holds for other jobs (no `workflow:`, `default:`,
`stages:`), all its names begin with `seatrial`, and no job of it runs in a child pipeline.

What is subtle: a pipeline for a fork's merge request runs in the fork, with the fork's runners and variables. It has no
token of ours, so it does the fast tier only, and reviewers see its report files. The job that judges stands here, not
in the child pipeline, because a merge request shows the report files of its own pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from seatrial.forge.workflows.gitlab_child import FILE, NOTHING, STORED
from seatrial.forge.workflows.gitlab_machine import BASE, LEFT, machines
from seatrial.forge.workflows.wanted import Role, Tests, Wanted, WantedTier
from seatrial.forge.workflows.yaml_text import Lines, Note, Yaml, document

INCLUDE = ("include:", f"  - local: {FILE}")
"""What the user's `.gitlab-ci.yml` must hold."""
OWN = ".gitlab-ci.yml"
"""Where GitLab looks."""
MARKER = "# Rendered by `seatrial workflows render --forge gitlab`."
"""How the first line begins of a file that we have rendered."""
COPIES = ".gitlab/seatrial/rendered"
"""Where the copy lies of what was rendered last."""
_JOB = "seatrial"
_HIDDEN_JUDGE = ".seatrial-judge"
_PLAN_MINUTES = 20
_TEST_MINUTES = 60
_MERGE_REQUEST = "$CI_PIPELINE_SOURCE == 'merge_request_event'"
_TRAIN = "$CI_MERGE_REQUEST_EVENT_TYPE == 'merge_train'"
_FORK = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_MERGE_REQUEST_PROJECT_ID"
_MAIN = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"
_BY_HAND = "$CI_PIPELINE_SOURCE =~ /^(web|api)$/"
_TAG = "$CI_PIPELINE_SOURCE == 'push' && $CI_COMMIT_TAG =~ /^v[0-9]/"
_STAGES = re.compile(r"^stages:.*(?:\n(?:[ \t-].*)?)*", re.MULTILINE)
"""The key of a `.gitlab-ci.yml` and all below it."""
_NEVER: Mapping[str | Note, Yaml] = {"when": "never"}
_OF_A_CHANGE = (Role.FAST, Role.SLOW, Role.MERGE)

Job = Mapping[str | Note, Yaml]


def notes(own: str | None) -> tuple[str, ...]:
    """What the user's `.gitlab-ci.yml` lacks, in sentences; None where there is none."""
    text = "\n".join(line.partition("#")[0] for line in (own or "").splitlines())
    found = []
    if not any(pattern in text for pattern in (FILE, ".gitlab/*.yml", ".gitlab/**")):
        found.append(
            f"nothing runs yet: write into {OWN} `include: [{{local: {FILE}}}]`, "
            "or one more entry where it has an `include:`"
        )
    stages = _STAGES.search(text)
    if stages is not None and re.search(r"\btest\b", stages[0]) is None:
        found.append(f"all jobs stand in the stage `test`, which {OWN} must name under `stages:`")
    return tuple(found)


def render(wanted: Wanted) -> Mapping[str, str]:
    """The text of the file, by its path in the repository."""
    jobs: dict[str | Note, Yaml] = dict(machines(wanted))
    for role, tier in wanted.tiers.items():
        jobs |= _apart(role, tier) if tier.apart else {f"{_JOB}-{role}": _whole(role, tier)}
    if wanted.tests is not None:
        jobs[f"{_JOB}-tests"] = _tests(wanted.tests)
    return {FILE: _head(wanted) + "\n" + document(jobs)}


def _head(wanted: Wanted) -> str:
    scopes = "s api and write_repository" if wanted.contents else " api"
    token = wanted.token_from or "GITLAB_TOKEN"
    more = {*wanted.secrets, *wanted.variables, *(name for tier in wanted.tiers.values() for name in tier.secrets)}
    lines = [
        "Edit it as you like: rendering it again keeps your edits. Your .gitlab-ci.yml includes it by two lines:",
        "",
        *(f"    {line}" for line in INCLUDE),
        "",
        "All jobs stand in the stage `test`; a list `stages:` of your own must name it.",
        "What they read from the project's CI/CD variables; mask it, and protect what only protected branches need:",
        f"- {token}: a project access token with the role Developer and the scope{scopes}",
        *(f"- {name}" for name in sorted(more)),
    ]
    if Role.NIGHTLY in wanted.tiers:
        lines += [
            f"The nightly tier takes a schedule of the main branch (Build, Pipeline schedules), `{wanted.schedule}` in",
            "UTC, with the variable SEATRIAL = nightly.",
        ]
    if not wanted.install.chosen:
        lines += [
            "No version of Seatrial is on a package index yet. Until one is, say in seatrial.yaml where it lies:",
            "workflows: {seatrial: 'seatrial @ git+https://HOST/OWNER/seatrial@COMMIT'}",
        ]
    return "\n".join([MARKER, *(f"# {line}".rstrip() for line in lines)]) + "\n"


def _whole(role: Role, tier: WantedTier) -> Job:
    """One job that does all of a tier."""
    made: dict[str | Note, Yaml] = {}
    if tier.together and role is not Role.FAST:
        made[Note(f"One job for the whole tier: {tier.together}.")] = ""
    gpu = tier.gpus and role is not Role.FAST
    return {
        **made,
        "extends": f"{_HIDDEN_JUDGE}{'-gpu' if gpu else ''}",
        "rules": _rules(role, _manual(tier)),
        "needs": [],
        **_lasting(role),
        **_guarded(tier),
        "timeout": f"{tier.minutes} minutes",
        "variables": {"SEATRIAL_TIER": tier.name},
        "script": Lines(
            (
                *_begin(tier),
                f"seatrial run --tier {tier.name}{_base(role)}",
            )
        ),
    }


def _apart(role: Role, tier: WantedTier) -> Job:
    """A job that plans, a child pipeline with a job for each cell, and a job that judges."""
    name, child = f"{_JOB}-{role}", f"{LEFT}/{role}.yml"
    take = f'seatrial run --id "$CI_PIPELINE_ID" --tier {tier.name}{_base(role)} "${{cells[@]}}"'
    judging_gpu = tier.gpus and tier.baseline_main
    judge: dict[str | Note, Yaml] = {
        Note("Judges what the others did, says what is missing, and so begins however they ended."): "",
        "extends": f"{_HIDDEN_JUDGE}{'-gpu' if judging_gpu else ''}",
        "rules": _rules(role, _manual(tier) or {"when": "always"}),
        "needs": [{"job": f"{name}-plan"}, {"job": name}],
        **_lasting(role),
        **_guarded(tier),
        "timeout": f"{tier.minutes} minutes",
        "variables": {"SEATRIAL_TIER": tier.name},
        "script": Lines(
            (
                f"if grep -qs 'cell:{NOTHING}' {child}; then collect=; else collect=--collect=$CI_PIPELINE_ID; fi",
                f"seatrial run --tier {tier.name} $collect{_base(role)}",
            )
        ),
    }
    return {
        f"{name}-plan": {
            "extends": ".seatrial",
            "rules": _rules(role),
            "needs": [],
            **_lasting(role),
            "timeout": f"{_PLAN_MINUTES} minutes",
            "script": Lines(
                (
                    *_begin(tier),
                    f"seatrial plan --tier {tier.name}{_base(role)} --matrix gitlab > {child}",
                    # What is stored needs no machine of its own: it is taken here.
                    f"mapfile -t cells < <(sed -n 's/^{STORED}/--stage=/p' {child})",
                    f"[ ${{#cells[@]}} = 0 ] || {take}",
                )
            ),
            "artifacts": {"paths": [child], "expire_in": "1 week"},
        },
        name: {
            Note("A pipeline of its own, with a job for each cell."): "",
            "stage": "test",
            "inherit": {"default": False},
            "rules": _rules(role),
            "needs": [{"job": f"{name}-plan"}],
            "variables": {"SEATRIAL_RUN": "$CI_PIPELINE_ID"},
            "trigger": {"include": [{"artifact": child, "job": f"{name}-plan"}], "strategy": "depend"},
        },
        f"{name}-judge": judge,
    }


def _tests(tests: Tests) -> Job:
    """The tests for each Python with each set of packages."""
    matrix: dict[str | Note, Yaml] = {"PYTHON": list(tests.pythons)}
    if tests.frameworks:
        matrix["PACKAGES"] = list(tests.frameworks.values())
    installing = ('read -ra packages <<< "$PACKAGES"', 'python -m pip install "${packages[@]}"')
    return {
        "extends": ".seatrial",
        "image": "python:$PYTHON",
        "rules": _rules(Role.FAST),
        "needs": [],
        "timeout": f"{_TEST_MINUTES} minutes",
        "parallel": {"matrix": [matrix]},
        "script": Lines(
            (
                *(installing if tests.frameworks else ()),
                f"seatrial run --tier {tests.tier} {' '.join(tests.stages)}",
            )
        ),
    }


def _begin(tier: WantedTier) -> Sequence[str]:
    """Say that a run has begun. Merge requests may have no token that can (exit code 5), and are judged all the same.
    What waits for a person has not begun."""
    return () if tier.promotes else (f"seatrial report --post --begin --tier {tier.name} || test $? = 5",)


def _base(role: Role) -> str:
    """What a run is compared with, where it is about a change. On the main branch it is about none."""
    return f" {BASE}" if role in _OF_A_CHANGE else ""


def _lasting(role: Role) -> Job:
    """A newer push ends what runs for an older one, but neither a night's work nor a release."""
    return {} if role in _OF_A_CHANGE else {"interruptible": False}


def _manual(tier: WantedTier) -> Mapping[str | Note, Yaml]:
    """What promotes waits for a person."""
    return {} if tier.promotes is None else {"when": "manual", "allow_failure": False}


def _guarded(tier: WantedTier) -> Job:
    """What a job needs that moves an alias: one at a time, and an environment that people guard."""
    if tier.promotes is None:
        return {}
    environment = tier.environment or tier.promotes
    return {
        Note("One after the other; and who may start it, the protection of the environment says."): "",
        "resource_group": f"{_JOB}-{environment}",
        "environment": {"name": environment},
    }


def _rules(role: Role, how: Mapping[str | Note, Yaml] | None = None) -> Sequence[Mapping[str | Note, Yaml]]:
    """When a job of a tier runs, and `how`. No rule holds in a child pipeline."""
    how = how or {}
    match role:
        case Role.FAST:
            # On main all of it runs, to its end, so that merge requests find what they are compared with.
            on_main = f"$CI_PIPELINE_SOURCE == 'push' && {_MAIN}"
            return [{"if": _MERGE_REQUEST, **how}, {"if": on_main, "interruptible": False, **how}]
        case Role.SLOW:
            return [{"if": _FORK, **_NEVER}, {"if": _MERGE_REQUEST, **how}]
        case Role.MERGE:
            return [{"if": f"{_MERGE_REQUEST} && {_TRAIN}", **how}]
        case Role.NIGHTLY:
            by = "$CI_PIPELINE_SOURCE =~ /^(schedule|web|api)$/"
            return [{"if": f"$SEATRIAL == 'nightly' && {by} && {_MAIN}", **how}]
    return [{"if": _TAG, **how}, {"if": f"$SEATRIAL == 'release' && {_BY_HAND} && {_MAIN}", **how}]
