"""The steps that jobs on GitHub are made of: check out, make ready, run, keep, say.

Called by `github_jobs`. Two rules hold for every step. Nothing is filled into `run:` by GitHub: whatever a title, a
branch or a configuration holds reaches a script as a variable. And a secret is in the environment of the one step that
needs it, not of the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from seatrial.forge.workflows.actions import PINS
from seatrial.forge.workflows.wanted import Downloads, Installer, Role, Tests, Wanted, WantedTier
from seatrial.forge.workflows.yaml_text import Note, Said, Yaml

Step = Mapping[str | Note, Yaml]

OWN_PYTHON = "3.12"
"""What Seatrial runs with where the project's Python is too old for it."""

_OLDEST_OF_OWN = 11
FORK = "github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name != github.repository"
"""An expression: whether the code is a stranger's."""

BY_PATH = '"$RUNNER_TEMP/seatrial/bin/seatrial"'
"""Seatrial where nothing else is installed: a job that has rights changes no PATH."""

ACTION = ".github/actions/seatrial"
"""Where the action lies that makes a machine ready. It is called by `./`: the newer `$/` is not known to GitHub
Enterprise Server, nor to runners of one's own from before July 2026."""

_FIXED = "zizmor: ignore[github-env] nothing of a pull request's text is written there"

TOKEN: Mapping[str | Note, Yaml] = {"GITHUB_TOKEN": "${{ github.token }}"}


def checkout(depth: str, *, ref: str | None = None, why: str = "") -> Step:
    """Check out. The token is not left in the clone, where every stage could read it."""
    given: dict[str | Note, Yaml] = {} if ref is None else {"ref": ref}
    if why:
        given[Note(why)] = ""
    given["fetch-depth"] = int(depth) if depth.isdigit() else depth
    given["persist-credentials"] = False
    return {"uses": PINS["checkout"].uses(), "with": given}


def ready(*, python: str | None = None, cached: bool = True) -> list[Step]:
    """Python, Seatrial and the project's environment, by the action that is rendered beside the workflows."""
    given: dict[str | Note, Yaml] = {} if python is None else {"python": python}
    if not cached:
        given[Note("No cache is read or written.")] = ""
        given["cache"] = False
    return [{"uses": Said(f"./{ACTION}", "zizmor: ignore[self-repository]"), **({"with": given} if given else {})}]


def only_seatrial(wanted: Wanted) -> list[Step]:
    """Seatrial alone, for a job that has rights and runs nothing of the project. It is called by its path."""
    own = own_python(wanted.python)
    return [_python(own), _seatrial(wanted, f"python{own}", named=False)]


def action(wanted: Wanted) -> Mapping[str | Note, Yaml]:
    """The action that makes a machine ready: one place for what every job installs."""
    matrix = wanted.tests is not None
    own = OWN_PYTHON if matrix else own_python(wanted.python)
    made: list[Step] = []
    inputs: dict[str | Note, Yaml] = {}
    version = wanted.python
    if matrix:
        version = "${{ inputs.python }}"
        inputs["python"] = {"description": "The Python that stages run with", "default": wanted.python}
    inputs["cache"] = {"description": "Whether downloads of other jobs are read, and kept for them", "default": "true"}
    installs = wanted.install.installer is not Installer.NONE
    made.append(_python(*([version] if installs and version != own else []), own))
    if installs and wanted.install.locks:
        made.append(_packages(wanted, version))
    made.append({**_seatrial(wanted, f"python{own}", named=True), "shell": "bash"})
    if installs:
        made.append({**_project(wanted, "python$PYTHON" if matrix else f"python{version}", matrix), "shell": "bash"})
    if wanted.downloads is not None:
        made.append(_downloads(wanted.downloads))
    return {
        "name": "Make a machine ready",
        "description": "Python, Seatrial in an environment of its own, and what the project needs",
        "inputs": inputs,
        "runs": {"using": "composite", "steps": made},
    }


def _python(*versions: str) -> Step:
    several = "\n".join(versions) + "\n" if len(versions) > 1 else versions[0]
    return {"uses": PINS["setup-python"].uses(), "with": {"python-version": several}}


def own_python(version: str) -> str:
    """The version that Seatrial runs with: the project's, if that is new enough."""
    return version if int(version.partition(".")[2]) >= _OLDEST_OF_OWN else OWN_PYTHON


def kept_results(wanted: Wanted, tier: WantedTier) -> list[Step]:
    """What stages made in earlier jobs. Only a saving of time: what is taken from it is found by its inputs, and
    compared with its digest."""
    if wanted.shares_results or tier.role is Role.RELEASE:
        return []
    prefix = f"seatrial-{tier.name}-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-"
    return [
        {
            Note(
                "Results of earlier jobs, to save time. GitHub shows a cache to its own branch and to pull requests "
                "into it, so main never reads what a pull request wrote."
            ): "",
            "uses": PINS["cache"].uses(),
            "with": {
                "path": ".seatrial",
                "key": f"{prefix}${{{{ github.sha }}}}-${{{{ github.job }}}}",
                "restore-keys": prefix,
            },
        }
    ]


def begin(tier: WantedTier) -> Step:
    """Say that a run has begun, so that an older verdict does not stand for it."""
    return {
        "name": "Say that a run has begun",
        "env": TOKEN,
        "run": f"seatrial report --post --begin --tier {tier.name}",
    }


def run(
    wanted: Wanted,
    tier: WantedTier,
    name: str,
    script: str,
    env: Mapping[str, str] | None = None,
    more: Mapping[str | Note, Yaml] | None = None,
) -> Step:
    """A step that runs stages, with the secrets that the tier and the records need. `more` stands behind its name."""
    variables: dict[str | Note, Yaml] = dict(given(wanted, tier))
    variables.update(env or {})
    return {"name": name, **(more or {}), **({"env": variables} if variables else {}), "run": script}


def told(tier: WantedTier) -> list[Step]:
    """Keep the report, and bring it to where people review, however the run ended."""
    folder = f"seatrial-{tier.name}"
    return [
        {
            "name": "Write the report's files",
            "if": "always()",
            "run": f'seatrial report --files "$RUNNER_TEMP/{folder}"',
        },
        {
            "name": "Keep them",
            "id": "files",
            "if": "always()",
            "uses": PINS["upload"].uses(),
            "with": {
                "name": folder,
                "path": f"${{{{ runner.temp }}}}/{folder}",
                "if-no-files-found": "ignore",
                "overwrite": True,
            },
        },
        {
            "name": "Say it where people review",
            "if": "always()",
            "env": {**TOKEN, "REPORT": "${{ steps.files.outputs.artifact-url }}"},
            "run": f'seatrial report --post --tier {tier.name} ${{REPORT:+--report-url "$REPORT"}}',
        },
    ]


def packed(condition: str) -> list[Step]:
    """Pack what another job, which may write, needs of the run of a stranger's code."""
    return [
        {
            "name": "Pack what the job needs that may post",
            "if": condition,
            "run": 'seatrial report --pack "$RUNNER_TEMP/handover"',
        },
        {
            "name": "Hand it over",
            "if": condition,
            "uses": PINS["upload"].uses(),
            "with": {"name": "seatrial-handover", "path": "${{ runner.temp }}/handover", "overwrite": True},
        },
    ]


def handed(*, of_run: bool) -> Step:
    """Fetch what was packed, of this run or of the one that started this. It is data, and read as such."""
    given: dict[str | Note, Yaml] = {"name": "seatrial-handover", "path": "${{ runner.temp }}/handover"}
    if of_run:
        given |= {"run-id": "${{ github.event.workflow_run.id }}", "github-token": "${{ github.token }}"}
    return {
        "name": "Fetch what was packed",
        Note("Where there is nothing, the next step says so on the pull request."): "",
        "continue-on-error": True,
        "uses": PINS["download"].uses(),
        "with": given,
    }


def frameworks(wanted: Wanted, tests: Tests) -> list[Step]:
    """Install the packages of one cell of the matrix over what the project has."""
    if not tests.frameworks:
        return []
    installing = "uv pip install" if wanted.install.installer is Installer.UV else "python -m pip install"
    return [
        {
            "name": "Install the frameworks of this cell",
            "env": {"PACKAGES": "${{ matrix.framework.packages }}"},
            "run": f'read -ra packages <<< "$PACKAGES"\n{installing} "${{packages[@]}}"\n',
        }
    ]


def given(wanted: Wanted, tier: WantedTier | None = None) -> Mapping[str | Note, Yaml]:
    """The variables that reaching the records takes, and with a tier those of its stages. With records in the
    repository the token is one of them."""
    found: dict[str | Note, Yaml] = dict(TOKEN) if wanted.contents else {}
    for name in (*wanted.secrets, *(tier.secrets if tier is not None else ())):
        found.setdefault(name, f"${{{{ secrets.{name} }}}}")
    for name in wanted.variables:
        found.setdefault(name, f"${{{{ vars.{name} }}}}")
    return found


def _packages(wanted: Wanted, version: str) -> Step:
    tool = "uv" if wanted.install.installer is Installer.UV else "pip"
    prefix = f"{tool}-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-python{version}-"
    digests = ", ".join(f"'{name}'" for name in wanted.install.locks)
    return {
        Note("Downloaded packages, by the digest of the files that name them, the system and the Python."): "",
        "if": "inputs.cache == 'true'",
        "uses": PINS["cache"].uses(),
        "with": {
            "path": f"~/.cache/{tool}",
            "key": f"{prefix}${{{{ hashFiles({digests}) }}}}",
            "restore-keys": prefix,
        },
    }


def _downloads(downloads: Downloads) -> Step:
    prefix = "downloads-${{ runner.os }}-"
    digests = ", ".join(f"'{name}'" for name in downloads.by)
    return {
        Note("Models and data that stages download, by the digest of the files that name them."): "",
        "if": "inputs.cache == 'true'",
        "uses": PINS["cache"].uses(),
        "with": {
            "path": downloads.paths[0] if len(downloads.paths) == 1 else "\n".join(downloads.paths) + "\n",
            "key": f"{prefix}${{{{ hashFiles({digests}) }}}}",
            "restore-keys": prefix,
        },
    }


def _seatrial(wanted: Wanted, interpreter: str, *, named: bool) -> Step:
    """`named`: its commands can be called by their names afterwards."""
    tools = ("seatrial", *wanted.install.tools)
    notes: dict[str | Note, Yaml] = {}
    if not wanted.install.chosen:
        notes[
            Note(
                "No version of Seatrial is on a package index yet. Until one is, say in seatrial.yaml where it lies: "
                "workflows: {seatrial: 'seatrial @ git+https://HOST/OWNER/seatrial@COMMIT'}"
            )
        ] = ""
    more = " ".join(("", *wanted.install.tools)) if named else ""
    lines = [
        f'{interpreter} -m venv "$RUNNER_TEMP/seatrial"',
        f'"$RUNNER_TEMP/seatrial/bin/python" -m pip install "$SEATRIAL"{more}',
    ]
    if named:
        lines += [
            'mkdir -p "$RUNNER_TEMP/bin"',
            *(f'ln -sf "$RUNNER_TEMP/seatrial/bin/{tool}" "$RUNNER_TEMP/bin/{tool}"' for tool in tools),
            'echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"',
        ]
    return {
        "name": "Install Seatrial, apart from the project",
        **notes,
        "env": {"SEATRIAL": wanted.install.seatrial},
        "run": Said("\n".join(lines) + "\n", _FIXED) if named else "\n".join(lines) + "\n",
    }


def _project(wanted: Wanted, interpreter: str, asked: bool) -> Step:
    """`asked`: which Python is an input of the action."""
    folder = wanted.install.environment
    lines = (
        "# What installing leaves in the tree is no part of the commit.",
        f"printf '%s\\n' '/{folder}/' '*.egg-info/' >> .git/info/exclude",
        f'"{interpreter}" -m venv {folder}' if asked else f"{interpreter} -m venv {folder}",
        f'export VIRTUAL_ENV="$PWD/{folder}" PATH="$PWD/{folder}/bin:$PATH"',
        'echo "VIRTUAL_ENV=$VIRTUAL_ENV" >> "$GITHUB_ENV"',
        'echo "$VIRTUAL_ENV/bin" >> "$GITHUB_PATH"',
        *wanted.install.lines,
    )
    step: dict[str | Note, Yaml] = {"name": "Install what the project needs"}
    if wanted.install.installer is Installer.PIP and not wanted.install.hashed:
        step[Note("Nothing here is checked by a hash; `pip-compile --generate-hashes` or `uv lock` changes that.")] = ""
    if asked:
        step["env"] = {"PYTHON": "${{ inputs.python }}"}
    return {**step, "run": Said("\n".join(lines) + "\n", _FIXED)}


def permissions(granted: Iterable[str], wanted: Wanted, *, records: bool) -> Mapping[str | Note, Yaml]:
    """What a job may do, each right with what it is for."""
    rights: dict[str | Note, Yaml] = {"contents": Said("read", "check out")}
    if records and wanted.contents:
        rights["contents"] = Said("write", "the records lie in this repository (`state: git`)")
    return rights | {name: Said(*RIGHTS[name]) for name in granted}


RIGHTS: Mapping[str, tuple[str, str]] = {
    "pull-requests": ("write", "the comment of each model"),
    "checks": ("write", "the check, with annotations"),
    "statuses": ("write", "the status of the same name"),
    "deployments": ("write", "what took an alias"),
    "actions": ("read", "what another run has packed"),
}
"""What each right is for; docs/reference/forges.md has the whole list."""

REVIEW: Sequence[str] = ("pull-requests", "checks", "statuses")
COMMIT: Sequence[str] = ("checks", "statuses")
