"""The jobs of workflows on GitHub: one that runs a tier as a whole, or a plan, its cells in waves, and a judge.

Called by `github`. A job is a mapping in the order in which it is read.

What is subtle: which waves there are is written down when the workflow is rendered, which cells each of them has is
planned when it runs. A wave without cells is left out by its `if:`, and what follows it must not take that for a
failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from seatrial.forge.workflows import github_steps as steps
from seatrial.forge.workflows.github_steps import FORK, Step
from seatrial.forge.workflows.wanted import Role, Tests, Wanted, WantedTier
from seatrial.forge.workflows.yaml_text import Note, Yaml

Job = Mapping[str | Note, Yaml]
Jobs = Mapping[str | Note, Yaml]

HOSTED = "ubuntu-latest"
RENTED = re.compile(
    r"(?:ubuntu-(?:latest|slim|[0-9]{2}\.[0-9]{2})(?:-arm)?"
    r"|windows-(?:latest|[0-9]{4}(?:-vs[0-9]{4})?|[0-9]{2}-arm)"
    r"|macos-(?:latest|[0-9]{2})(?:-(?:intel|large|xlarge))?)\Z"
)
"""The labels of machines that are GitHub's. One that only begins like them, such as `ubuntu-gpu`, is somebody's own."""

SMALL_MINUTES = 20
"""For a job that plans or posts: installing is most of it."""

CHANGES = ("pull_request", "merge_group")
_BASE = "${{ github.event.merge_group.base_sha || 'HEAD^1' }}"
_DEPTH = "${{ github.event_name == 'merge_group' && '0' || '2' }}"
_WHY_DEPTH = "The merge that GitHub made, and what it merges; a merge queue's may be several commits."
_COLLECTED = '--id "$RUN"'


def whole(wanted: Wanted, tier: WantedTier, name: str, *, pulls: bool) -> Job:
    """One job that runs all of a tier. `pulls`: it is about a change where a pull request started it."""
    fast = tier.role is Role.FAST
    job: dict[str | Note, Yaml] = {"name": name}
    if fast:
        job[
            Note(
                "It always starts, whatever has changed: a required check that never reports would block for ever. "
                "What the change does not reach is skipped inside, and that is said."
            )
        ] = ""
    elif tier.together:
        job[Note(f"One job for the whole tier: {tier.together}.")] = ""
    if pulls and not fast:
        job["if"] = f"github.event_name != 'push' && !({FORK})"
    job["runs-on"] = _for_anybody(wanted) if fast else runner(wanted, gpu=tier.gpus)
    job["timeout-minutes"] = tier.minutes
    if tier.environment is not None:
        job[Note("Its protection rules (Settings, Environments) say who must approve before this job begins.")] = ""
        job["environment"] = tier.environment
    rights = [*(steps.REVIEW if pulls else steps.COMMIT), *(["deployments"] if tier.promotes else [])]
    job["permissions"] = steps.permissions(rights, wanted, records=True)
    if fast:
        job["env"] = {"FORK": f"${{{{ {FORK} }}}}"}
    made: list[Step] = [
        _checkout(pulls=pulls),
        *steps.ready(cached=tier.role is not Role.RELEASE),
        *steps.kept_results(wanted, tier),
        steps.begin(tier),
        _run(wanted, tier, pulls=pulls),
        *steps.told(tier),
        *(steps.packed("always() && env.FORK == 'true'") if fast else ()),
    ]
    return {**job, "steps": made}


def tests(wanted: Wanted, asked: Tests) -> Job:
    """The stages that test the code, for each Python with each set of frameworks."""
    matrix: dict[str | Note, Yaml] = {"python": list(asked.pythons)}
    if asked.frameworks:
        matrix["framework"] = [{"name": name, "packages": packages} for name, packages in asked.frameworks.items()]
    title = "Python ${{ matrix.python }}" + (", ${{ matrix.framework.name }}" if asked.frameworks else "")
    return {
        "name": f"tests ({title})",
        "runs-on": _for_anybody(wanted),
        "timeout-minutes": 60,
        "permissions": steps.permissions((), wanted, records=False),
        "strategy": {Note("One that fails does not end the others: which of them fail is what one wants to know."): "",
                     "fail-fast": False, "matrix": matrix},
        "steps": [
            _checkout(pulls=True),
            *steps.ready(python="${{ matrix.python }}"),
            *steps.frameworks(wanted, asked),
            {"name": "Run the tests", "run": f"seatrial run --tier {asked.tier} {' '.join(asked.stages)}"},
        ],
    }  # fmt: skip


def apart(wanted: Wanted, tier: WantedTier, *, pulls: bool) -> Jobs:
    """A plan, the cells in waves, and a judge. `pulls`: it is about a change."""
    jobs: dict[str | Note, Yaml] = {"plan": _plan(wanted, tier, pulls=pulls)}
    names = [f"experiments-{number}" for number in range(1, len(tier.waves) + 1)]
    for number, name in enumerate(names, 1):
        jobs[name] = _wave(wanted, tier, number, ["plan", *names[: number - 1]], pulls=pulls)
    jobs["judge"] = _judge(wanted, tier, ["plan", *names], pulls=pulls)
    return jobs


def _plan(wanted: Wanted, tier: WantedTier, *, pulls: bool) -> Job:
    base = ' --base "$BASE"' if pulls else ""
    waves = [f"wave-{number}" for number in range(1, len(tier.waves) + 1)]
    about = "the change reaches" if pulls else "there is to do"
    job: dict[str | Note, Yaml] = {
        Note(f"Which cells {about}. Those whose results lie in a cache are done here and need no machine."): "",
        "name": "plan",
    }
    if pulls:
        job[Note("Code of forks never comes this far: it would run on machines of your own.")] = ""
        job["if"] = f"github.event_name != 'push' && !({FORK})"
    outputs: dict[str | Note, Yaml] = {name: f"${{{{ steps.plan.outputs.{name} }}}}" for name in (*waves, "nothing")}
    return {
        **job,
        "runs-on": runner(wanted, gpu=False),
        "timeout-minutes": SMALL_MINUTES,
        "permissions": steps.permissions(steps.REVIEW if pulls else steps.COMMIT, wanted, records=True),
        "outputs": outputs,
        "steps": [
            _checkout(pulls=pulls),
            *steps.ready(cached=tier.role is not Role.RELEASE),
            *steps.kept_results(wanted, tier),
            steps.begin(tier),
            steps.run(
                wanted,
                tier,
                "Plan",
                f"seatrial plan --tier {tier.name}{base} --matrix github",
                _base(pulls=pulls),
                {"id": "plan"},
            ),
            steps.run(
                wanted,
                tier,
                "Take what lies in a cache",
                'mapfile -t cells <<< "$CELLS"\n'
                f'seatrial run {_COLLECTED} --tier {tier.name}{base} "${{cells[@]/#/--stage=}}"\n',
                {**_of_run(pulls=pulls), "CELLS": "${{ steps.plan.outputs.reuse }}"},
                {"if": "steps.plan.outputs.reuse != ''"},
            ),
        ],
    }


def _wave(wanted: Wanted, tier: WantedTier, number: int, needs: Sequence[str], *, pulls: bool) -> Job:
    base = ' --base "$BASE"' if pulls else ""
    stages = ", ".join(stage.name for stage in tier.waves[number - 1].stages)
    planned = f"startsWith(needs.plan.outputs.wave-{number}, '[{{')"
    words, asked = _asked(tier)
    return {
        Note(f"Wave {number} of {len(tier.waves)}: {stages}."): "",
        "name": "${{ matrix.name }}",
        "needs": list(needs),
        "if": planned if number == 1 else f"${{{{ !failure() && !cancelled() && {planned} }}}}",
        "runs-on": "${{ matrix.runner }}",
        "timeout-minutes": "${{ matrix.minutes }}",
        "permissions": steps.permissions((), wanted, records=True),
        "strategy": {
            "fail-fast": False,
            "matrix": {"include": f"${{{{ fromJSON(needs.plan.outputs.wave-{number}) }}}}"},
        },
        "steps": [
            _checkout(pulls=pulls),
            *steps.ready(cached=tier.role is not Role.RELEASE),
            steps.run(
                wanted,
                tier,
                "Do these cells",
                'mapfile -t cells <<< "$CELLS"\n'
                f'seatrial run {_COLLECTED} --tier {tier.name}{base}{words} "${{cells[@]/#/--stage=}}"\n',
                {**_of_run(pulls=pulls), **asked, "CELLS": "${{ matrix.cells }}"},
            ),
        ],
    }


def _judge(wanted: Wanted, tier: WantedTier, needs: Sequence[str], *, pulls: bool) -> Job:
    base = ' --base "$BASE"' if pulls else ""
    job: dict[str | Note, Yaml] = {
        Note("Judges what the others did, says what is missing, and so begins however they ended."): "",
        "name": "judge",
        "needs": list(needs),
        "if": "${{ always() && needs.plan.result != 'skipped' }}",
    }
    words, asked = _asked(tier)
    devices = tier.gpus and tier.baseline_main
    if devices:
        job[Note("Here is done, too, what the main branch lacks to be compared with, which may take a GPU.")] = ""
    job["runs-on"] = runner(wanted, gpu=devices)
    job["timeout-minutes"] = tier.minutes
    if tier.environment is not None:
        job[Note("Its protection rules (Settings, Environments) say who must approve before this job begins.")] = ""
        job["environment"] = tier.environment
    rights = [*(steps.REVIEW if pulls else steps.COMMIT), *(["deployments"] if tier.promotes else [])]
    job["permissions"] = steps.permissions(rights, wanted, records=True)
    made: list[Step] = [
        _checkout(pulls=pulls),
        *steps.ready(cached=tier.role is not Role.RELEASE),
        *steps.kept_results(wanted, tier),
        steps.run(
            wanted,
            tier,
            "Judge",
            f'if [ "$NOTHING" = true ]; then\n'
            f"  seatrial run --tier {tier.name}{base}{words}\n"
            "else\n"
            f'  seatrial run --collect "$RUN" --tier {tier.name}{base}{words}\n'
            "fi\n",
            {**_of_run(pulls=pulls), **asked, "NOTHING": "${{ needs.plan.outputs.nothing }}"},
        ),
        *steps.told(tier),
    ]
    return {**job, "steps": made}


def _run(wanted: Wanted, tier: WantedTier, *, pulls: bool) -> Step:
    if not pulls:
        words, env = _asked(tier)
        return steps.run(wanted, tier, "Run the tier", f"seatrial run --tier {tier.name}{words}", env)
    if tier.role is not Role.FAST:
        return steps.run(
            wanted, tier, "Run what the change reaches", f'seatrial run --tier {tier.name} --base "$BASE"\n',
            _base(pulls=True),
        )  # fmt: skip
    script = (
        'if [ "$GITHUB_EVENT_NAME" = push ]; then\n'
        "  # On the main branch all of it runs, so that pull requests find what they are compared with.\n"
        f"  seatrial run --tier {tier.name}\n"
        "else\n"
        f'  seatrial run --tier {tier.name} --base "$BASE"\n'
        "fi\n"
    )
    return steps.run(wanted, tier, "Run what the change reaches", script, _base(pulls=True))


def _asked(tier: WantedTier) -> tuple[str, Mapping[str, str]]:
    """What whoever starts a release by hand may ask for: words of the command, and the variable that they need."""
    if tier.role is not Role.RELEASE:
        return "", {}
    return " ${PARANOID:+--paranoid}", {"PARANOID": "${{ inputs.paranoid && 'yes' || '' }}"}


def _checkout(*, pulls: bool) -> Step:
    if pulls:
        return steps.checkout(_DEPTH, why=_WHY_DEPTH)
    return steps.checkout("0", why="Whole, so that the main branch is there, whose gates are asked.")


def _base(*, pulls: bool) -> Mapping[str, str]:
    return {"BASE": _BASE} if pulls else {}


def _of_run(*, pulls: bool) -> Mapping[str, str]:
    """What all parts of one run have in common. A job that is run again has the same number."""
    return {"RUN": "${{ github.run_id }}", **_base(pulls=pulls)}


def _for_anybody(wanted: Wanted) -> Yaml:
    """The machine of a job that runs code of forks, too: never one of the user's own for these."""
    labels = wanted.runners.default
    if labels is None or all(RENTED.match(label) for label in labels):
        return runner(wanted, gpu=False)
    return f"${{{{ fromJSON({FORK} && '[\"{HOSTED}\"]' || '{json.dumps(labels)}') }}}}"


def runner(wanted: Wanted, *, gpu: bool) -> Yaml:
    """The labels of the machine that a job asks for."""
    labels = (wanted.runners.gpu if gpu else None) or wanted.runners.default or (HOSTED,)
    return labels[0] if len(labels) == 1 else list(labels)
