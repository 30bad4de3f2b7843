"""How a job of GitLab is made ready, what it keeps and what it leaves: the hidden jobs that others extend. Pure.

Part of `.gitlab/seatrial.yml` (`gitlab.py`), and of the child pipeline, which includes that file.

What is subtle: GitLab keeps caches and artifacts only of what lies in the work tree, and a file that git does not know
would make the tree another than the commit. So all that our jobs install, keep and leave lies in `.seatrial-ci/`, which
git is told to ignore on that machine alone. `before_script` and `script` are one shell, `after_script` is another one,
which knows nothing of what was exported.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from seatrial.forge.workflows.gitlab_child import HIDDEN
from seatrial.forge.workflows.wanted import Downloads, Installer, Wanted
from seatrial.forge.workflows.yaml_text import Lines, Note, Yaml

LEFT = ".seatrial-ci"
"""The folder, in the work tree, of what our jobs install, keep and leave."""
BASE = '${SEATRIAL_BASE:+--base "$SEATRIAL_BASE"}'
"""What a run is compared with, as words of a command; none where it is not about a change."""
_TOOL = f"{LEFT}/seatrial"
_FILES = f"{LEFT}/files"
_OWN_PYTHON = "3.12"
_OLDEST_OF_OWN = 11
_MOST_FILES = 2


def machines(wanted: Wanted) -> Mapping[str | Note, Yaml]:
    """The hidden jobs: any machine, one that does a cell, one that judges; these two also with a GPU, where there are
    such machines."""
    made: dict[str | Note, Yaml] = {
        HIDDEN: _ready(wanted),
        f"{HIDDEN}-cell": {"extends": HIDDEN, "script": Lines((_CELL,))},
        f"{HIDDEN}-judge": {"extends": HIDDEN, **_TOLD},
    }
    if wanted.runners.gpu:
        tags = list(wanted.runners.gpu)
        made |= {f"{HIDDEN}-{kind}-gpu": {"extends": f"{HIDDEN}-{kind}", "tags": tags} for kind in ("cell", "judge")}
    return made


_CELL = f'seatrial run --id "$SEATRIAL_RUN" --tier "$SEATRIAL_TIER" {BASE} --stage "$SEATRIAL_CELL"'
_TOLD: Mapping[str | Note, Yaml] = {
    Note(
        "Also after a run that failed: that is the one to look at, and where none has left a report, that is posted. "
        "The job is red by the run itself."
    ): "",
    "after_script": Lines(
        (
            f'export PATH="$PATH:$PWD/{_TOOL}/bin"',
            f"seatrial report --files {_FILES} || true",
            'seatrial report --post --tier "$SEATRIAL_TIER"',
        )
    ),
    "artifacts": {
        "when": "always",
        "expire_in": "30 days",
        "paths": [_FILES],
        "reports": {
            "junit": f"{_FILES}/junit.xml",
            "codequality": f"{_FILES}/code-quality.json",
            "metrics": f"{_FILES}/metrics.txt",
        },
    },
}


def _ready(wanted: Wanted) -> Mapping[str | Note, Yaml]:
    made: dict[str | Note, Yaml] = {
        "stage": "test",
        Note("A tag can be moved. To pin it, put the digest behind it that your registry shows: @sha256:..."): "",
        "image": f"python:{wanted.python}",
    }
    if wanted.runners.default:
        made["tags"] = list(wanted.runners.default)
    return {
        **made,
        Note("What .gitlab-ci.yml sets for all jobs (`default:`) is not for these."): "",
        "inherit": {"default": False},
        "interruptible": True,
        "retry": {"max": 1, "when": ["runner_system_failure"]},
        "variables": {
            Note("All of history and every branch: where a change began, and what main was."): "",
            "GIT_DEPTH": "0",
            "PIP_CACHE_DIR": f"$CI_PROJECT_DIR/{LEFT}/pip",
            **({"UV_CACHE_DIR": f"$CI_PROJECT_DIR/{LEFT}/uv"} if _uses_uv(wanted) else {}),
        },
        Note("Pipelines of protected branches have caches of their own, which no merge request can write."): "",
        "cache": list(_caches(wanted)),
        "before_script": Lines(tuple(_before(wanted))),
    }


def _uses_uv(wanted: Wanted) -> bool:
    return wanted.install.installer is Installer.UV or _too_old(wanted)


def _too_old(wanted: Wanted) -> bool:
    """Whether some image has a Python that Seatrial does not run with."""
    versions = (wanted.python, *(wanted.tests.pythons if wanted.tests is not None else ()))
    return any(int(version.partition(".")[2]) < _OLDEST_OF_OWN for version in versions)


def _caches(wanted: Wanted) -> Iterator[Mapping[str | Note, Yaml]]:
    """Packages by the lock, downloads by the files that name them, and results by the branch."""
    folders = [f"{LEFT}/pip", *([f"{LEFT}/uv"] if _uses_uv(wanted) else [])]
    yield _cache("seatrial-packages", wanted.install.locks, folders)
    if wanted.downloads is not None:
        yield _cache("seatrial-downloads", wanted.downloads.by, _kept(wanted.downloads))
    if not wanted.shares_results:
        yield {
            Note("What stages made in earlier pipelines of the branch. What is taken is compared with its digest."): "",
            "key": "seatrial-results-$CI_COMMIT_REF_SLUG",
            "paths": [".seatrial"],
            "unprotect": False,
        }


def _cache(prefix: str, files: Sequence[str], paths: Sequence[str]) -> Mapping[str | Note, Yaml]:
    made: dict[str | Note, Yaml] = {}
    if len(files) > _MOST_FILES:
        made[Note(f"GitLab takes {_MOST_FILES} files; {', '.join(files[_MOST_FILES:])} would be more.")] = ""
    made["key"] = {"prefix": prefix, "files": list(files[:_MOST_FILES])} if files else prefix
    return {**made, "paths": list(paths), "unprotect": False}


def _kept(downloads: Downloads) -> list[str]:
    """The folders of downloads; those of the home folder lie in one of ours."""
    return [f"{LEFT}/user/{path[2:]}" if path.startswith("~/") else path for path in downloads.paths]


def _before(wanted: Wanted) -> Iterator[str]:
    install = wanted.install
    folder = shlex.quote(install.environment)
    ignored = (f"/{LEFT}/", f"/{install.environment}/", "*.egg-info/")
    yield f"mkdir -p .git/info {LEFT} && printf '%s\\n' {shlex.join(ignored)} >> .git/info/exclude"
    yield from _tool(wanted)
    yield f'export PATH="$PATH:$PWD/{_TOOL}/bin"'
    yield 'base="${CI_MERGE_REQUEST_TARGET_BRANCH_SHA:-$CI_MERGE_REQUEST_DIFF_BASE_SHA}"'
    yield 'export SEATRIAL_BASE="${SEATRIAL_BASE:-$base}"'
    if wanted.downloads is not None and any(path.startswith("~/") for path in wanted.downloads.paths):
        yield f'export HOME="$PWD/{LEFT}/user"'
    if install.installer is not Installer.NONE:
        yield f"python -m venv {folder}"
        yield f'export VIRTUAL_ENV="$PWD/"{folder}'
        yield 'export PATH="$VIRTUAL_ENV/bin:$PATH"'
        yield from install.lines


def _tool(wanted: Wanted) -> Iterator[str]:
    """Seatrial, apart from the project, in a Python that it runs with."""
    if _too_old(wanted):
        yield f"python -m venv {LEFT}/own && {LEFT}/own/bin/python -m pip install -q uv"
        yield f"{LEFT}/own/bin/uv venv -q --seed --python {_OWN_PYTHON} {_TOOL}"
    else:
        yield f"python -m venv {_TOOL}"
    yield f"{_TOOL}/bin/python -m pip install -q {shlex.join((wanted.install.seatrial, *wanted.install.tools))}"
