"""A GitHub with Actions on loopback ports: a repository, workflows that events start, and all that they leave.

The repository is a bare one behind `git http-backend`, the API is the fake of `tests/support/fake_github`, and workflow
files are run by `runner.py`. As on GitHub the files count that stand in the commit of the event: for a pull request in
the merge of it, and for a comment, a schedule or a run that has ended in the default branch. A run that ends starts the
workflows that follow it.

    with hub(tmp_path / "hub", repo) as forge:      # `repo` is pushed as main
        forge.open_pull(7, repo, "better")
        run, = forge.pull_request(7)
        assert run.results == {"plan": "success", ...}

What is not done: approval of the first workflow of a contributor, rules of branches, concurrency (jobs run one after
another), time limits of jobs. Only the real GitHub can show these.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.support.cli import Repo
from tests.support.fake_github.server import FakeGitHub, fake_github
from tests.support.fake_github.world import ALL_RIGHTS, REPO
from tests.support.git_server import run as git
from tests.support.git_server import serving
from tests.support.steps import events, runner
from tests.support.steps.events import Event
from tests.support.steps.expressions import Open
from tests.support.steps.keeping import Artifacts, Caches
from tests.support.steps.machine import Machine
from tests.support.steps.ran import JobRun, Run
from tests.support.steps.runner import go_on, run_workflow
from tests.support.steps.workflow_text import WorkflowError, read

_FOLDER = ".github/workflows"
_TYPES = {"pull_request": ("opened", "synchronize", "reopened")}
_IDENTITY = ("-c", "user.name=GitHub", "-c", "user.email=noreply@github.invalid")


@dataclass(kw_only=True)
class Hub:
    """The repository, what is configured for it, and what its runs have left."""

    folder: Path
    bare: Path
    server_url: str
    fake: FakeGitHub
    artifacts: Artifacts
    caches: Caches
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    guarded: set[str] = field(default_factory=set)
    """Environments that wait for the word of a reviewer."""
    approved: set[str] = field(default_factory=set)
    runs: list[Run] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    """What else every machine has, as a self-hosted runner may."""
    _pulls: dict[int, dict[str, str]] = field(default_factory=dict)
    _rights: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(101))

    # -- the repository ---------------------------------------------------------------

    @property
    def url(self) -> str:
        """What to clone."""
        return f"{self.server_url}/{REPO}.git"

    @property
    def main(self) -> str:
        """The commit of the default branch."""
        return self.commit_of("refs/heads/main")

    def commit_of(self, ref: str) -> str:
        """The commit that a ref names."""
        return git("rev-parse", ref, at=self.bare)

    def has(self, ref: str) -> bool:
        """Whether there is such a ref."""
        return bool(git("for-each-ref", ref, at=self.bare))

    def take(self, repo: Repo, ref: str, commit: str = "HEAD") -> str:
        """Have a commit of a clone here, under a ref."""
        git("push", "-q", "--force", str(self.bare), f"{commit}:{ref}", at=repo.root)
        self.fake.world.shas.add(self.commit_of(ref))
        return self.commit_of(ref)

    def _merged(self, onto: str, head: str) -> str:
        tree = git("merge-tree", "--write-tree", onto, head, at=self.bare)
        made = git(*_IDENTITY, "commit-tree", tree, "-p", onto, "-p", head, "-m", "merge", at=self.bare)
        self.fake.world.shas.add(made)
        return made

    def open_pull(self, number: int, repo: Repo, ref: str, *, fork: str | None = None, author: str = "octo") -> str:
        """Open a pull request with what is checked out in a clone, or push to it; its head."""
        head = self.take(repo, f"refs/pull/{number}/head")
        if fork is None:
            self.take(repo, f"refs/heads/{ref}")
        else:
            self.fake.world.shas.discard(head)
        git("update-ref", f"refs/pull/{number}/merge", self._merged(self.main, head), at=self.bare)
        self.fake.world.pull(number, head, ref=ref, repo=fork or REPO, author=author, base_sha=self.main)
        self._pulls[number] = {"head": head, "ref": ref, "repo": fork or REPO, "author": author}
        return head

    # -- what happens -----------------------------------------------------------------

    def pull_request(self, number: int, action: str = "synchronize") -> list[Run]:
        """The workflows of a pull request, and those that follow them."""
        merge = self.commit_of(f"refs/pull/{number}/merge")
        about = self._pulls[number]
        return self.trigger(events.pull_request(number, merge=merge, base=self.main, action=action, **about))

    def merge_group(self, number: int) -> list[Run]:
        """The queue tries a change on top of the default branch."""
        base = self.main
        event = events.merge_group(number, head=self._merged(base, self._pulls[number]["head"]), base=base)
        git("update-ref", event.ref, event.sha, at=self.bare)
        return self.trigger(event)

    def push(self, repo: Repo, ref: str = "refs/heads/main") -> list[Run]:
        """Somebody pushes what is checked out in a clone."""
        before = self.commit_of(ref) if self.has(ref) else "0" * 40
        return self.trigger(events.push(ref, before=before, after=self.take(repo, ref)))

    def schedule(self, cron: str) -> list[Run]:
        """The time of a schedule has come."""
        return self.trigger(events.schedule(cron, main=self.main))

    def dispatch(self, file: str, inputs: Mapping[str, str] | None = None, ref: str = "refs/heads/main") -> list[Run]:
        """Somebody starts a workflow by hand."""
        return self.trigger(events.dispatch(file, inputs or {}, ref=ref, sha=self.commit_of(ref)))

    def comment(self, number: int, author: str, body: str) -> list[Run]:
        """Somebody writes below a pull request."""
        key = self.fake.world.comment(number, author, body)
        return self.trigger(events.comment(number, body, author, main=self.main, key=key))

    def approve(self, run: Run, environment: str) -> None:
        """A reviewer lets the jobs of a run into an environment, and they begin."""
        self.approved.add(environment)
        go_on(self, run)
        self.approved.discard(environment)

    def trigger(self, event: Event) -> list[Run]:
        """Run what an event starts, and what follows these runs."""
        done: list[Run] = []
        for path in git("ls-tree", "--name-only", event.workflow, f"{_FOLDER}/", at=self.bare).splitlines():
            workflow = read(path, git("show", f"{event.workflow}:{path}", at=self.bare))
            if not _starts(workflow.on, event, path):
                continue
            run = run_workflow(self, workflow, event, next(self._numbers))
            self.runs.append(run)
            done.append(run)
            if event.name != "workflow_run" and run.conclusion != "waiting":
                done += self.trigger(
                    events.after(
                        event,
                        run=run.id,
                        name=workflow.name,
                        path=path,
                        conclusion=run.conclusion,
                        main=self.main,
                    )
                )
        return done

    # -- what a job is given ----------------------------------------------------------

    def github_context(self, run: Run, job: str) -> Mapping[str, Any]:
        """The context `github` of a job."""
        return runner.github_context(self, run, job)

    def token(self, rights: Mapping[str, str]) -> str:
        """A job's token."""
        text = f"ghs_job-{next(self._numbers)}"
        known = {name: rights.get(name, "none") for name in ALL_RIGHTS if name != "metadata"}
        self.fake.world.token(text, "github-actions[bot]", app="github-actions", **known)
        self._rights[text] = rights
        return text

    def may_push(self, token: str) -> bool | None:
        """Whether a token may write to the repository; None where it is none of ours."""
        rights = self._rights.get(token)
        return None if rights is None else rights.get("contents") == "write"

    def secrets_of(self, job: JobRun) -> Mapping[str, str]:
        """What `secrets.NAME` gives. The run of a stranger has none; one that is not set is empty."""
        known = {} if job.run.event.from_fork else self.secrets
        return Open({**known, "GITHUB_TOKEN": job.token})

    def variables_of(self, job: JobRun, machine: Machine) -> dict[str, str]:
        """The environment that every step begins with."""
        event = job.run.event
        file = machine.temp / "event.json"
        file.write_text(json.dumps(event.payload))
        said = self.github_context(job.run, job.key)
        named = {f"GITHUB_{name.upper()}": text for name, text in said.items() if isinstance(text, str)}
        return {
            **self.environ,
            **named,
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_REF_PROTECTED": "true" if event.ref == "refs/heads/main" else "false",
            "GITHUB_WORKSPACE": str(machine.work),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(machine.temp),
        }


def _starts(on: Mapping[str, Any], event: Event, path: str) -> bool:
    if event.name not in on or (event.only is not None and event.only != Path(path).name):
        return False
    asked = on[event.name]
    if event.name == "schedule":
        return any(each["cron"] == event.payload["schedule"] for each in asked)
    if "paths" in asked or "paths-ignore" in asked:
        raise WorkflowError(f"{path}: paths of an event are not done here")
    if event.name == "push" and "tags" in asked:
        tag = event.ref.removeprefix("refs/tags/")
        if tag != event.ref or "branches" not in asked:
            return tag != event.ref and any(fnmatchcase(tag, pattern) for pattern in asked["tags"])
    types = asked.get("types", _TYPES.get(event.name))
    if types is not None and event.action not in types:
        return False
    if event.name == "workflow_run" and event.payload["workflow_run"]["name"] not in asked["workflows"]:
        return False
    return "branches" not in asked or event.branch in asked["branches"]


@contextmanager
def hub(folder: Path, repo: Repo) -> Iterator[Hub]:
    """A hub that has what is checked out in a repository as its main branch."""
    bare = folder / "served" / f"{REPO}.git"
    bare.mkdir(parents=True)
    git("init", "-q", "--bare", "--initial-branch=main", ".", at=bare)
    for name in ("allowReachableSHA1InWant", "allowTipSHA1InWant", "allowFilter"):
        git("config", f"uploadpack.{name}", "true", at=bare)
    made: list[Hub] = []
    with fake_github() as fake, serving(folder / "served", lambda token: made[0].may_push(token)) as server:
        made.append(
            Hub(
                folder=folder,
                bare=bare,
                server_url=server.url,
                fake=fake,
                artifacts=Artifacts(folder=folder / "artifacts"),
                caches=Caches(folder=folder / "caches"),
            )
        )
        made[0].take(repo, "refs/heads/main")
        yield made[0]
