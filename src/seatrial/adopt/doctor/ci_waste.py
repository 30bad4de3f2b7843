"""Patterns of CI files that waste what is dear, or do not do what they say: time, GPUs, caches, waits. Pure.

Called by `patterns.py`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from seatrial.adopt.doctor import command_words as does
from seatrial.adopt.doctor.ci_trust import excludes_pull_requests
from seatrial.adopt.doctor.facts import CiJob, CiStep, Command, Workflow
from seatrial.adopt.doctor.outcome import Alarm, Pattern
from seatrial.adopt.doctor.seatrial_words import judges, run_of

_PULL_REQUESTS = frozenset({"pull_request", "pull_request_target"})
_GPU = re.compile(
    r"(?:\A|[-_ .])(?:gpus?|cuda|nvidia|a10g?|a100|h100|h200|l4|l40s?|t4|v100)(?:[-_ .\d]|\Z)", re.IGNORECASE
)
_NEVER = re.compile(
    r"contains\(\s*(?:join\()?\s*github\.event\.(?:head_commit|commits(?:\.\*|\[\d+\])?)\.(?:modified|added|removed)"
    r"|contains\(\s*github\.event\.pull_request\.(?:changed_files|files)\b"
)
_HASHED = re.compile(r"hashFiles\(([^)]*)\)")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_PIP_CACHE = re.compile(r"\.cache/pip|pip cache dir|pip-cache|Library/Caches/pip")
_PACKAGES = re.compile(r"\.cache/(?:pip|uv|pypoetry)|\.venv|site-packages|node_modules|pip-cache|\.conda|miniconda")
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "pixi.lock")
_UNIT = re.compile(r"(?:\A|[\W_])(?:unit|lint|style|format|types?)(?:[\W_]|\Z)", re.IGNORECASE)
_LONG = 60
_PROMOTES = re.compile(r"\bpromote\b|rollouts? resume|kubectl (?:patch|scale|set image)")


def waste_alarms(workflow: Workflow, paths: frozenset[str], *, tiers: bool) -> Iterator[Alarm]:
    """What a CI file wastes. `paths` are the files of the repository, `tiers`: there are tiers to choose from."""
    for job in workflow.jobs:
        yield from _everything(workflow.file, job, tiers=tiers)
        yield from _wrong_runner(workflow.file, job)
        yield from _never(workflow.file, job)
        yield from _asleep(workflow.file, job)
        yield from _caches(workflow.file, job, paths)


def _everything(file: str, job: CiJob, *, tiers: bool) -> Iterator[Alarm]:
    if not job.triggers & _PULL_REQUESTS or excludes_pull_requests(job.condition):
        return
    for step in job.steps:
        if excludes_pull_requests(step.condition):
            continue
        for command in step.commands:
            run = run_of(command.words)
            whole = tiers and run is not None and not run.tier and run.judges
            if whole or (does.trains(command.words) and not does.is_small(command.words)):
                yield Alarm(
                    pattern=Pattern.EVERYTHING_ON_EVERY_PULL_REQUEST,
                    file=file,
                    line=command.line,
                    message=f"job `{job.name}` does the whole training for every pull request: `{command.text[:80]}`",
                    mend="a tier with less data or fewer steps: `seatrial run --tier pr`, and all of it nightly",
                )
                return


def _wrong_runner(file: str, job: CiJob) -> Iterator[Alarm]:
    if not any(_GPU.search(label) for label in job.runs_on) or job.uses is not None:
        return
    left = [one for one in job.commands if not (does.installs(one.words) or does.harmless(one.words))]
    if not left or any(_wants_gpu(text) for text in (job.name, *(one.text for one in left))):
        return
    # Tests alone may well be those that need the device; what says that it is lint or a unit test is not.
    plain = any(does.lints(one.words) or _UNIT.search(one.text) for one in left) or _UNIT.search(job.name) is not None
    if plain and all(does.lints(one.words) or does.tests(one.words) for one in left):
        yield Alarm(
            pattern=Pattern.GPU_RUNNER_FOR_CPU_WORK,
            file=file,
            line=job.line,
            message=f"job `{job.name}` keeps a GPU busy with what needs none: `{left[0].text[:80]}`",
            mend="`runs-on: ubuntu-latest`, and the GPU runner for tests that are marked to need it (`pytest -m gpu`)",
        )


def _wants_gpu(text: str) -> bool:
    return any(word in text.lower() for word in ("gpu", "cuda", "nvidia", "nccl", "integration", "inference", "e2e"))


def _never(file: str, job: CiJob) -> Iterator[Alarm]:
    for condition, line in [(job.condition, job.line), *((step.condition, step.line) for step in job.steps)]:
        if _NEVER.search(condition):
            yield Alarm(
                pattern=Pattern.JOB_THAT_NEVER_RUNS,
                file=file,
                line=line,
                message=f"the condition of `{job.name}` compares whole paths with a part of one, in a list that "
                "events of GitHub do not carry: it is never true",
                mend="`seatrial plan --tier pr` tells what a change reaches; or `on: pull_request: paths:`",
            )
            return


def _asleep(file: str, job: CiJob) -> Iterator[Alarm]:
    slept: Command | None = None
    for command in job.commands:
        if command.words[0] == "sleep" and _seconds(command.words) >= _LONG:
            slept = command
        elif (
            slept is not None
            and not does.harmless(command.words)
            and _PROMOTES.search(command.text)
            and not judges(command.words)
        ):
            yield Alarm(
                pattern=Pattern.SLEEP_THEN_PROMOTE,
                file=file,
                line=slept.line,
                message=f"job `{job.name}` waits {_seconds(slept.words):g} s and then promotes (line {command.line}): "
                "what was seen meanwhile decides nothing, and a rollout's own steps are cut short",
                mend="let the rollout's steps and its analysis decide, and take no traffic for unknown, not for good",
            )
            return


def _seconds(words: tuple[str, ...]) -> float:
    found = re.match(r"(\d{1,9}(?:\.\d+)?)([smhd]?)\Z", words[1]) if len(words) > 1 else None
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]] if found else 0.0


def _caches(file: str, job: CiJob, paths: frozenset[str]) -> Iterator[Alarm]:
    with_uv = any(does.core(one.words)[:1] == ("uv",) for one in job.commands if does.installs(one.words))
    with_pip = any(does.core(one.words)[:1] in (("pip",), ("pip3",)) for one in job.commands)
    requirements = any("requirements" in word for one in job.commands if does.installs(one.words) for word in one.words)
    for step in job.steps:
        said = _wrong_cache(step, paths, uv_alone=with_uv and not with_pip, requirements=requirements)
        if said is not None:
            message, mend, line = said
            yield Alarm(pattern=Pattern.CACHE_BY_WRONG_KEY, file=file, line=line, message=message, mend=mend)


def _wrong_cache(
    step: CiStep, paths: frozenset[str], *, uv_alone: bool, requirements: bool
) -> tuple[str, str, int] | None:
    uses = step.uses.value.partition("@")[0] if step.uses is not None else ""
    if uses == "actions/setup-python" and (kind := step.given.get("cache")) is not None:
        if kind.value == "pip" and uv_alone:
            return "the folder of pip is kept, and uv installs", _WITH_UV, kind.line
        return None
    if uses not in ("actions/cache", "actions/cache/restore"):
        return None
    path, key = step.given.get("path"), step.given.get("key")
    if path is None or key is None:
        return None
    if _PIP_CACHE.search(path.value) and uv_alone:
        return "the folder of pip is kept, and uv installs", _WITH_UV, path.line
    hashed = [one or other for found in _HASHED.findall(key.value) for one, other in _QUOTED.findall(found)]
    if _PACKAGES.search(path.value):
        if not hashed:
            return (
                "the key names no lock file, so what is installed changes and the cache does not",
                _WITH_LOCK,
                key.line,
            )
        if requirements and all(name.endswith(_LOCKS) for name in hashed):
            return f"the key hashes {hashed[0]}, and a requirements file is installed", _WITH_LOCK, key.line
    if hashed and not any(_there(name, paths) for name in hashed):
        return f"the key hashes {hashed[0]}, which is not in this repository: it never changes", _WITH_LOCK, key.line
    return None


_WITH_UV = "keep what uv keeps (`astral-sh/setup-uv` with `enable-cache: true`), or install with pip"
_WITH_LOCK = "`key: ${{ runner.os }}-${{ hashFiles('requirements.txt') }}`, with the file that is really installed"


def _there(pattern: str, paths: frozenset[str]) -> bool:
    plain = pattern.removeprefix("./")
    if plain in paths:
        return True
    if not any(mark in plain for mark in "*?["):
        return False
    loose = plain.replace("**/", "*")
    return any(fnmatch.fnmatchcase(path, loose) or fnmatch.fnmatchcase(path, plain) for path in paths)
