"""Small stand-ins for the actions that our workflows use. An input that is not known here is an error.

`actions/checkout` makes a real clone of the served repository, with the refs, the depth and the credentials that the
real one leaves. `cache` and the artifacts follow the scopes and the packing of the real ones (`keeping.py`).
`setup-python` gives a bare interpreter, whatever version is asked for. There is no `github-script`.
"""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.fake_github.world import REPO
from tests.support.steps.keeping import KeepingError, copy_any
from tests.support.steps.machine import Machine

if TYPE_CHECKING:
    from tests.support.steps.hub import Hub
    from tests.support.steps.ran import JobRun

_PIN = re.compile(r"([A-Za-z0-9-]+/[A-Za-z0-9_./-]+)@([0-9a-f]{40})")
_SHA = re.compile(r"[0-9a-f]{40}")


class ActionError(Exception):
    """The file asks an action for what this stand-in does not do."""


@dataclass(kw_only=True)
class Use:
    """One use of an action in a job that is running. `after` are what it does when the job ends, last come first."""

    hub: Hub
    machine: Machine
    job: JobRun
    given: Mapping[str, str]
    outputs: dict[str, str] = field(default_factory=dict)
    after: list[Callable[[bool], None]] = field(default_factory=list)

    def flag(self, name: str, *, default: bool) -> bool:
        """An input that is true or false."""
        text = self.given.get(name, str(default).lower())
        if text not in ("true", "false"):
            raise ActionError(f"{name} is neither true nor false: {text!r}")
        return text == "true"

    def lines(self, name: str) -> list[str]:
        """An input of several lines."""
        return [line.strip() for line in self.given.get(name, "").splitlines() if line.strip()]

    def place(self, path: str) -> Path:
        """Where a path of an input lies."""
        if any(sign in path for sign in "*?![") or not path:
            raise ActionError(f"paths with signs are not done here: {path!r}")
        if path == "~" or path.startswith("~/"):
            return self.machine.home / path[2:]
        return self.machine.work / path


def run_action(name: str, use: Use) -> None:
    """Do what an action does. Raises KeepingError where it would fail, ActionError where this does not know it."""
    found = _PIN.fullmatch(name)
    if found is None:
        raise ActionError(f"{name} is not pinned by a commit")
    if found[1] not in _ACTIONS:
        raise ActionError(f"there is no stand-in for {found[1]}")
    act, inputs = _ACTIONS[found[1]]
    if strange := sorted(set(use.given) - set(inputs.split())):
        raise ActionError(f"{found[1]} takes no {', '.join(strange)} here")
    act(use)


def _checkout(use: Use) -> None:
    machine, event = use.machine, use.job.run.event
    if use.given.get("repository", REPO) != REPO:
        raise ActionError(f"the repository of somebody else is checked out: {use.given['repository']}")
    if use.flag("submodules", default=False) or use.flag("lfs", default=False):
        raise ActionError("neither submodules nor lfs is done here")
    at = machine.work / use.given.get("path", "")
    shutil.rmtree(at)
    at.mkdir(parents=True)
    machine.git("init", "-q", "-b", "main", ".", at=at)
    machine.git("remote", "add", "origin", use.hub.url, at=at)
    token = use.given.get("token") or use.job.token
    words = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    header = f"http.{use.hub.server_url}/.extraheader"
    if use.flag("persist-credentials", default=True):
        machine.git("config", header, f"AUTHORIZATION: basic {words}", at=at)
    wanted, start, branch = _wanted(use.given.get("ref", ""), event.ref, event.sha, use.hub)
    depth = int(use.given.get("fetch-depth", "1"))
    all_of_it = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
    among_them = start.startswith(("refs/remotes/origin/", "refs/tags/"))
    refs = [wanted] if depth else all_of_it if among_them else [*all_of_it, wanted]
    shallow = [f"--depth={depth}"] if depth else []
    tags = [] if use.flag("fetch-tags", default=False) else ["--no-tags"]
    machine.git("fetch", "-q", "--prune", *tags, *shallow, "origin", *refs, at=at)
    onto = ["-B", branch, start] if branch else ["--detach", start]
    machine.git("checkout", "-q", "--force", *onto, at=at)
    use.job.checked_out.append(machine.git("rev-parse", "HEAD", at=at))
    use.outputs |= {"ref": use.given.get("ref", event.ref), "commit": use.job.checked_out[-1]}

    def forget(_well: bool) -> None:
        machine.run(["git", "config", "--unset-all", header], {}, at=at)

    use.after.append(forget)


def _wanted(given: str, ref: str, sha: str, hub: Hub) -> tuple[str, str, str | None]:
    """What is fetched, what of it is checked out, and as which branch."""
    if _SHA.fullmatch(given):
        return given, given, None
    source = sha if not given else ""
    ref = given or ref
    if not ref.startswith("refs/"):
        ref = f"refs/heads/{ref}" if hub.has(f"refs/heads/{ref}") else f"refs/tags/{ref}"
    if ref.startswith("refs/heads/"):
        name = ref.removeprefix("refs/heads/")
        return f"+{source or ref}:refs/remotes/origin/{name}", f"refs/remotes/origin/{name}", name
    place = ref.replace("refs/pull/", "refs/remotes/pull/", 1)
    return f"+{source or ref}:{place}", place, None


def _setup_python(use: Use) -> None:
    if not use.given.get("python-version") and not use.given.get("python-version-file"):
        raise ActionError("setup-python is given no version")
    use.machine.set_up_python(use.given.get("python-version", ""))
    use.outputs["python-version"] = use.given.get("python-version", "")


def _setup_uv(use: Use) -> None:
    use.machine.add_tool("uv", "uvx")


def _restore(use: Use) -> None:
    paths = use.lines("path")
    key = use.given["key"]
    if not key or not paths or key.endswith("-"):
        raise ActionError(f"a cache by the key {key!r} of {paths}")
    found = use.hub.caches.find(use.job.run.event, key, use.lines("restore-keys"), paths)
    exact = found is not None and found.key == key
    use.outputs |= {"cache-hit": "true" if exact else "false" if found else "", "cache-primary-key": key}
    if found is not None:
        use.outputs["cache-matched-key"] = found.key
        for number, path in enumerate(paths):
            copy_any(found.folder / str(number), use.place(path))
    elif use.flag("fail-on-cache-miss", default=False):
        raise KeepingError(f"there is no cache for {key}")


def _save(use: Use) -> None:
    paths = use.lines("path")
    use.hub.caches.save(use.job.run.event, use.given["key"], paths, [use.place(path) for path in paths])


def _cache(use: Use) -> None:
    _restore(use)

    def keep(well: bool) -> None:
        if well and use.outputs["cache-hit"] != "true":
            _save(use)

    use.after.append(keep)


def _upload(use: Use) -> None:
    paths = [use.place(path) for path in use.lines("path")]
    name = use.given.get("name", "artifact")
    if not use.flag("archive", default=True):
        if len(paths) != 1 or paths[0].is_dir():
            raise KeepingError("without an archive one file can be kept, and no more")
        name = paths[0].name
    count = use.hub.artifacts.store(
        use.job.run.id,
        name,
        paths,
        hidden=use.flag("include-hidden-files", default=False),
        overwrite=use.flag("overwrite", default=False),
    )
    if not count and use.given.get("if-no-files-found", "warn") == "error":
        raise KeepingError(f"no files were found at {use.given['path']}")
    use.outputs |= (
        {"artifact-id": str(count), "artifact-url": f"{use.hub.server_url}/artifacts/{name}"} if count else {}
    )


def _download(use: Use) -> None:
    run = use.job.run.id
    if "run-id" in use.given:
        if use.given.get("github-token") != use.job.token or use.job.permissions.get("actions") is None:
            raise KeepingError("an artifact of another run takes github-token, and the right to read actions")
        run = int(use.given["run-id"])
    target = use.place(use.given["path"]) if "path" in use.given else use.machine.work
    if "name" in use.given:
        names = [use.given["name"]]
        if names[0] not in use.hub.artifacts.names(run):
            raise KeepingError(f"there is no artifact {names[0]} of run {run}")
    else:
        pattern = re.compile(re.escape(use.given.get("pattern", "*")).replace(r"\*", ".*"))
        names = [name for name in use.hub.artifacts.names(run) if pattern.fullmatch(name)]
    flat = "name" in use.given or use.flag("merge-multiple", default=False)
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        copy_any(use.hub.artifacts.place(run, name), target if flat else target / name)


_KEY = "path key restore-keys fail-on-cache-miss"
_ACTIONS: Mapping[str, tuple[Callable[[Use], None], str]] = {
    "actions/checkout": (
        _checkout,
        "repository ref fetch-depth fetch-tags persist-credentials path token lfs submodules",
    ),
    "actions/setup-python": (
        _setup_python,
        "python-version python-version-file cache cache-dependency-path allow-prereleases",
    ),
    "astral-sh/setup-uv": (_setup_uv, "version enable-cache cache-dependency-glob python-version"),
    "actions/cache": (_cache, _KEY),
    "actions/cache/restore": (_restore, _KEY),
    "actions/cache/save": (_save, "path key"),
    "actions/upload-artifact": (
        _upload,
        "name path if-no-files-found retention-days overwrite include-hidden-files archive",
    ),
    "actions/download-artifact": (_download, "name path pattern merge-multiple run-id github-token repository"),
}
