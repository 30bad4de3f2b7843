"""The workflows of a project on GitHub, as files: pull request, nightly, release, forks, comments. Pure.

Called by `flows.workflow_files`. Only files whose tier exists are made. Same wishes, same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.forge.workflows import github_jobs as jobs
from seatrial.forge.workflows import github_steps as steps
from seatrial.forge.workflows.github_jobs import Jobs
from seatrial.forge.workflows.wanted import Role, Wanted, WantedTier
from seatrial.forge.workflows.yaml_text import Marked, Note, Yaml, document

FOLDER = ".github/workflows"
MARKER = "# Rendered by `seatrial workflows render`."
"""How the first line of every file begins that we have rendered."""

COPIES = ".github/seatrial/rendered"
"""Where the pristine copies lie, out of the folder that GitHub looks into."""

PULL_REQUEST = "Seatrial pull request"
"""The name of the workflow that the one for forks waits for."""

_HEAD = (
    f"{MARKER} Edit it as you like: rendering it again keeps your edits.\n"
    "# What it holds and why: docs/reference/workflows.md of Seatrial.\n"
)


def render(wanted: Wanted) -> Mapping[str, str]:
    """The text of each file, by its path in the repository."""
    files: dict[str, str] = {}
    tiers = wanted.tiers
    if any(role in tiers for role in (Role.FAST, Role.SLOW, Role.MERGE)):
        files["seatrial-pull-request.yml"] = _pull_request(wanted)
    if Role.FAST in tiers:
        files["seatrial-forks.yml"] = _forks(wanted, tiers[Role.FAST])
        files["seatrial-comments.yml"] = _comments(wanted, tiers.get(Role.SLOW) or tiers[Role.FAST])
    if Role.NIGHTLY in tiers:
        files["seatrial-nightly.yml"] = _nightly(wanted, tiers[Role.NIGHTLY])
    if Role.RELEASE in tiers:
        files["seatrial-release.yml"] = _release(wanted, tiers[Role.RELEASE])
    made = {f"{FOLDER}/{name}": text for name, text in files.items()}
    return {f"{steps.ACTION}/action.yml": _HEAD + "\n" + document(steps.action(wanted)), **made}


def _pull_request(wanted: Wanted) -> str:
    """What runs for each change: the fast tier, tests for each Python, and the slow one for what the change reaches."""
    tiers = wanted.tiers
    made: dict[str | Note, Yaml] = {}
    if Role.FAST in tiers:
        made["fast"] = jobs.whole(wanted, tiers[Role.FAST], "fast", pulls=True)
    if wanted.tests is not None:
        made["tests"] = jobs.tests(wanted, wanted.tests)
    if Role.SLOW in tiers:
        made |= _tier(wanted, tiers[Role.SLOW], "slow", pulls=True)
    if Role.MERGE in tiers:
        made |= {"merge": _only_in_queue(jobs.whole(wanted, tiers[Role.MERGE], "merge", pulls=True))}
    return _file(
        name=PULL_REQUEST,
        on={
            "pull_request": "",
            Note("The merge queue asks for the same checks, so they must report there."): "",
            "merge_group": "",
            "push": {"branches": [_branch_pattern(wanted.main)]},
        },
        concurrency={
            Note("A newer push ends what still runs for an older one. Main and the queue are left to end."): "",
            "group": "seatrial-pull-request-${{ github.event.pull_request.number || github.sha }}",
            "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
        },
        made=made,
    )


def _only_in_queue(job: Mapping[str | Note, Yaml]) -> Mapping[str | Note, Yaml]:
    return {**job, "if": "github.event_name == 'merge_group'"}


def _nightly(wanted: Wanted, tier: WantedTier) -> str:
    return _file(
        name="Seatrial nightly",
        on={
            "schedule": [{Note("Minute, hour, day, month, weekday, in UTC."): "", "cron": wanted.schedule}],
            Note("On demand: Actions, this workflow, Run workflow."): "",
            "workflow_dispatch": "",
        },
        concurrency={"group": "seatrial-nightly", "cancel-in-progress": False},
        made=_tier(wanted, tier, "nightly", pulls=False),
    )


def _release(wanted: Wanted, tier: WantedTier) -> str:
    return _file(
        name="Seatrial release",
        on={
            "workflow_dispatch": {
                "inputs": {
                    "paranoid": {
                        "description": "Read every input anew, and verify every stored byte",
                        "type": "boolean",
                        "default": False,
                    }
                }
            },
            "push": {"tags": ["v*"]},
        },
        concurrency={
            Note("One after the other, and none is ended half way."): "",
            "group": "seatrial-release",
            "cancel-in-progress": False,
        },
        made=_tier(wanted, tier, "release", pulls=False),
    )


def _tier(wanted: Wanted, tier: WantedTier, name: str, *, pulls: bool) -> Jobs:
    if tier.apart:
        return jobs.apart(wanted, tier, pulls=pulls)
    return {name: jobs.whole(wanted, tier, name, pulls=pulls)}


def _forks(wanted: Wanted, tier: WantedTier) -> str:
    """Posts what the run of a fork's code has packed. It never checks out, and never runs, anything of the fork."""
    job: Mapping[str | Note, Yaml] = {
        "name": "post",
        "if": "github.event.workflow_run.event == 'pull_request' && "
        "github.event.workflow_run.head_repository.full_name != github.repository",
        "runs-on": jobs.runner(wanted, gpu=False),
        "timeout-minutes": jobs.SMALL_MINUTES,
        "permissions": steps.permissions((*steps.REVIEW, "actions"), wanted, records=False),
        "steps": [
            steps.checkout("0", why="The main branch, with history. The fork's commit is fetched as data alone."),
            *steps.only_seatrial(wanted),
            steps.handed(of_run=True),
            _post_handed(wanted, tier),
        ],
    }
    return _file(
        name="Seatrial forks",
        on={
            Note(
                "It has rights that the run of a fork does not have, and nothing of the fork but an artifact, which is "
                "read as data and judged anew under the rules of main."
            ): "",
            "workflow_run": Marked(
                {"workflows": [PULL_REQUEST], "types": ["completed"]}, "zizmor: ignore[dangerous-triggers] see above"
            ),
        },
        concurrency={"group": "seatrial-forks-${{ github.event.workflow_run.head_sha }}", "cancel-in-progress": False},
        made={"post": job},
    )


def _comments(wanted: Wanted, tier: WantedTier) -> str:
    """Heeds `/seatrial ...` in comments, and runs what a maintainer has allowed for exactly one commit of a fork."""
    hosted = jobs.runner(wanted, gpu=False)
    heed: Mapping[str | Note, Yaml] = {
        "name": "heed",
        "if": "github.event.issue.pull_request && contains(github.event.comment.body, '/seatrial')",
        "runs-on": hosted,
        "timeout-minutes": jobs.SMALL_MINUTES,
        "permissions": steps.permissions(("pull-requests", "statuses", "actions"), wanted, records=True),
        "outputs": {name: f"${{{{ steps.heed.outputs.{name} }}}}" for name in ("allowed", "commit", "number")},
        "steps": [
            steps.checkout("0", why="The main branch: its rules say who may allow what."),
            *steps.only_seatrial(wanted),
            {
                "name": "Heed the comment",
                "id": "heed",
                "env": {**steps.TOKEN, **steps.given(wanted)},
                "run": f"{steps.BY_PATH} heed",
            },
        ],
    }
    dear: Mapping[str | Note, Yaml] = {
        Note(
            "A stranger's code, allowed by a maintainer for this one commit: it gets no secret, a token that only "
            "reads, and no cache that others read. A runner of your own that takes it should be thrown away afterwards."
        ): "",
        "name": "dear",
        "needs": ["heed"],
        "if": "needs.heed.outputs.allowed == 'true'",
        "runs-on": jobs.runner(wanted, gpu=tier.gpus),
        "timeout-minutes": tier.minutes,
        "permissions": steps.permissions((), wanted, records=False),
        "env": {"SEATRIAL_UNTRUSTED": "1"},
        "steps": [
            steps.checkout("0", ref="${{ needs.heed.outputs.commit }}", why="With the branch that it goes into."),
            *steps.ready(cached=False),
            {
                "name": "Run what was allowed",
                "env": {"COMMIT": "${{ needs.heed.outputs.commit }}"},
                "run": f'seatrial run --tier {tier.name} --dear-for "$COMMIT"',
            },
            *steps.packed("always()"),
        ],
    }
    post: Mapping[str | Note, Yaml] = {
        "name": "post",
        "needs": ["heed", "dear"],
        "if": "${{ always() && needs.heed.outputs.allowed == 'true' }}",
        "runs-on": hosted,
        "timeout-minutes": jobs.SMALL_MINUTES,
        "permissions": steps.permissions(steps.REVIEW, wanted, records=False),
        "steps": [
            steps.checkout("0", why="The main branch again: what was packed is judged by its rules."),
            *steps.only_seatrial(wanted),
            steps.handed(of_run=False),
            _post_handed(wanted, tier),
        ],
    }
    return _file(
        name="Seatrial comments",
        on={
            Note(
                "Anybody may comment, so a comment starts nothing but `seatrial heed`, which runs the code of main and "
                "asks the forge who wrote it."
            ): "",
            "issue_comment": Marked({"types": ["created"]}, "zizmor: ignore[dangerous-triggers] see above"),
        },
        concurrency={"group": "seatrial-comments-${{ github.event.comment.id }}", "cancel-in-progress": False},
        made={"heed": heed, "dear": dear, "post": post},
    )


def _post_handed(wanted: Wanted, tier: WantedTier) -> steps.Step:
    return {
        "name": "Judge it by the rules of main, and say it",
        "env": {**steps.TOKEN, **steps.given(wanted)},
        "run": f'{steps.BY_PATH} report --post --from "$RUNNER_TEMP/handover" --tier {tier.name}',
    }


def _file(*, name: str, on: Mapping[str | Note, Yaml], concurrency: Mapping[str | Note, Yaml], made: Jobs) -> str:
    top: Mapping[str | Note, Yaml] = {
        "name": name,
        "on": on,
        Note("Nothing, but what a job below is given."): "",
        "permissions": {},
        "concurrency": concurrency,
        "defaults": {"run": {"shell": "bash"}},
        "jobs": made,
    }
    return _HEAD + "\n" + document(top, apart=("jobs",))


def _branch_pattern(branch: str) -> str:
    """A branch as GitHub's patterns take it: what has a meaning there is escaped."""
    return "".join(f"\\{letter}" if letter in "*?+[]!" else letter for letter in branch)
