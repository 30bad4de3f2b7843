"""A GitLab with CI on loopback ports: a repository, pipelines, and all that they leave.

The repository is a bare one behind `git http-backend`, the API is the fake of `tests/support/fake_gitlab`, and
pipelines are run by `runner.py` from the `.gitlab-ci.yml` of their own commit.

What is not done: concurrency, time limits, tags of runners, protection but for that of variables. Only a real GitLab
can show these, and what a merge request shows of the report files.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.cli import Repo
from tests.support.fake_gitlab import JOB_TOKEN, TOKEN, FakeGitLab, serving
from tests.support.git_server import run as git
from tests.support.git_server import serving as serving_git
from tests.support.gitlab_state import FORK, FORK_NUMBER, NUMBER, PROJECT
from tests.support.pipelines.runner import Pipeline, run_pipeline

_IDENTITY = ("-c", "user.name=GitLab", "-c", "user.email=noreply@gitlab.invalid")


@dataclass(kw_only=True)
class GitLabHub:
    """The project, what is configured for it, and what its pipelines have left."""

    folder: Path
    bare: Path
    server_url: str
    fake: FakeGitLab
    variables: dict[str, str] = field(default_factory=dict)
    """CI/CD variables of the project."""
    protected: dict[str, str] = field(default_factory=lambda: {"GITLAB_TOKEN": TOKEN})
    """Those that only pipelines of protected branches and tags have."""
    pressed: set[str] = field(default_factory=set)
    """Manual jobs that somebody has started."""
    environ: dict[str, str] = field(default_factory=dict)
    pipelines: list[Pipeline] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(301))

    @property
    def url(self) -> str:
        """What to clone."""
        return f"{self.server_url}/{PROJECT}.git"

    def fresh(self) -> int:
        """A number that nothing has yet."""
        return next(self._numbers)

    def file_of(self, sha: str, path: str) -> str:
        """A file of a commit."""
        return git("show", f"{sha}:{path.lstrip('/')}", at=self.bare)

    def take(self, repo: Repo, ref: str = "refs/heads/main", commit: str = "HEAD") -> str:
        """Have a commit of a clone here, under a ref."""
        git("push", "-q", "--force", str(self.bare), f"{commit}:{ref}", at=repo.root)
        sha = git("rev-parse", ref, at=self.bare)
        self.fake.commits.add(sha)
        return sha

    @property
    def main(self) -> str:
        """The commit of the default branch."""
        return git("rev-parse", "refs/heads/main", at=self.bare)

    # -- what happens -----------------------------------------------------------------

    def merge_request(
        self, number: int, repo: Repo, branch: str, *, fork: bool = False, kind: str = "detached"
    ) -> Pipeline | None:
        """What is checked out in a clone is pushed to a merge request. `kind`: `detached`, `merged_result` or
        `merge_train`; the two tried are merges onto the main branch."""
        ref = f"refs/merge-requests/{number}/head" if fork else f"refs/heads/{branch}"
        head = sha = self.take(repo, ref)
        base = git("merge-base", self.main, head, at=self.bare)
        project, at = (FORK_NUMBER, FORK) if fork else (NUMBER, PROJECT)
        refs = {"base_sha": base, "head_sha": head, "start_sha": self.main}
        self.fake.add_merge_request(number, source_branch=branch, sha=head, source_project_id=project, diff_refs=refs)
        variables = {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_PROJECT_ID": str(project),
            "CI_PROJECT_PATH": at,
            "CI_COMMIT_REF_NAME": branch,
            "CI_MERGE_REQUEST_IID": str(number),
            "CI_MERGE_REQUEST_EVENT_TYPE": kind,
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
            "CI_MERGE_REQUEST_PROJECT_ID": str(NUMBER),
            "CI_MERGE_REQUEST_PROJECT_PATH": PROJECT,
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(project),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": at,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        }
        if kind != "detached":
            tree = git("merge-tree", "--write-tree", self.main, head, at=self.bare)
            words = ("commit-tree", tree, "-p", self.main, "-p", head, "-m", "merge")
            sha = git(*_IDENTITY, *words, at=self.bare)
            place = "train" if kind == "merge_train" else "merge"
            git("update-ref", f"refs/merge-requests/{number}/{place}", sha, at=self.bare)
            variables |= {
                "CI_MERGE_REQUEST_REF_PATH": f"refs/merge-requests/{number}/{place}",
                "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head,
                "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": self.main,
            }
        return self.start(sha, variables)

    def push(self, repo: Repo, branch: str = "main") -> Pipeline | None:
        """Somebody pushes to a branch."""
        return self.start(self.take(repo, f"refs/heads/{branch}"), self._of_branch("push", branch))

    def tag(self, name: str) -> Pipeline | None:
        """Somebody tags the main branch."""
        git("update-ref", f"refs/tags/{name}", self.main, at=self.bare)
        known = {"CI_COMMIT_TAG": name, "CI_COMMIT_REF_NAME": name, "CI_COMMIT_REF_PROTECTED": "true"}
        return self.start(self.main, {"CI_PIPELINE_SOURCE": "push", **self._here(), **known})

    def schedule(self, **variables: str) -> Pipeline | None:
        """The time of a schedule has come."""
        return self.start(self.main, {**self._of_branch("schedule", "main"), **variables})

    def by_hand(self, **variables: str) -> Pipeline | None:
        """Somebody starts a pipeline of the main branch with some variables."""
        return self.start(self.main, {**self._of_branch("web", "main"), **variables})

    def _of_branch(self, source: str, branch: str) -> dict[str, str]:
        protected = "true" if branch == "main" else "false"
        known = {"CI_COMMIT_BRANCH": branch, "CI_COMMIT_REF_NAME": branch, "CI_COMMIT_REF_PROTECTED": protected}
        return {"CI_PIPELINE_SOURCE": source, **self._here(), **known}

    def _here(self) -> dict[str, str]:
        return {"CI_PROJECT_ID": str(NUMBER), "CI_PROJECT_PATH": PROJECT}

    def start(self, sha: str, variables: Mapping[str, str]) -> Pipeline | None:
        """A pipeline of a commit."""
        self.fake.commits.add(sha)
        known = {
            **self.environ,
            "CI_API_V4_URL": self.fake.url,
            "CI_COMMIT_SHA": sha,
            "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_TOKEN": JOB_TOKEN,
            "CI_SERVER_URL": self.server_url,
            "GITLAB_CI": "true",
            **variables,
        }
        made = run_pipeline(self, self.file_of(sha, ".gitlab-ci.yml"), number=self.fresh(), sha=sha, variables=known)
        self.pipelines += [made] if made is not None else []
        return made

    def child(self, parent: Pipeline, text: str, passed: Mapping[str, str]) -> Pipeline | None:
        """A child pipeline: another source and number, what was passed, and else what its parent has."""
        known = {**parent.variables, **passed, "CI_PIPELINE_SOURCE": "parent_pipeline"}
        return run_pipeline(self, text, number=self.fresh(), sha=parent.sha, variables=known)

    def project_variables(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The project's variables, as far as a pipeline has them. That of a fork has none of ours."""
        if variables["CI_PROJECT_ID"] != str(NUMBER):
            return {}
        return {**self.variables, **(self.protected if variables.get("CI_COMMIT_REF_PROTECTED") == "true" else {})}


def _may_push(token: str) -> bool | None:
    """A project access token may; that of a job only where the project says so, which this one does not."""
    return True if token == TOKEN else False if token == JOB_TOKEN else None


@contextmanager
def gitlab_hub(folder: Path, repo: Repo) -> Iterator[GitLabHub]:
    """A hub that has what is checked out in a repository as its main branch."""
    bare = folder / "served" / f"{PROJECT}.git"
    bare.mkdir(parents=True)
    git("init", "-q", "--bare", "--initial-branch=main", ".", at=bare)
    for name in ("allowReachableSHA1InWant", "allowTipSHA1InWant"):
        git("config", f"uploadpack.{name}", "true", at=bare)
    with serving() as fake, serving_git(folder / "served", _may_push) as server:
        made = GitLabHub(folder=folder, bare=bare, server_url=server.url, fake=fake)
        made.take(repo)
        yield made
