"""The composition root: the one file that names concrete adapters.

Called by `cli/`, once a command. Everything below takes what it works with as arguments.

Subtle: where the state and the shared cache lie is written in the configuration of the work tree. A command
that reads it says so with `Workspace.settle`; one that does not (`models list`) has it read here, when the
state is first asked for. Configurations of other commits, which flows read too, decide nothing.
"""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.change.git import Git
from seatrial.clock import Clock, SystemClock
from seatrial.config.load import FILE, load
from seatrial.config.yaml_source import parse_yaml
from seatrial.environment import nvidia
from seatrial.environment.capacity import cores, memory_available, memory_total
from seatrial.environment.gpus import VISIBLE, Gpus, seen_through
from seatrial.errors import EXHAUSTED, ConfigError, OutsideError, Place, UsageError
from seatrial.flows.policy import LOCAL, ProjectPolicy
from seatrial.flows.settled import machine
from seatrial.flows.workspace import Workspace
from seatrial.forge.policy import TOKENS, ForgePolicy
from seatrial.forge.policy import Kind as ForgeKind
from seatrial.forge.whose import is_strangers
from seatrial.pipeline.addresses import Addresses
from seatrial.pipeline.cache import FOLDER, Cache
from seatrial.pipeline.events import Event
from seatrial.pipeline.machine import GPU_VARIABLE, Machine, remembered
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.pipeline.results import ResultStore
from seatrial.store import atomic
from seatrial.store.addresses import folder_of, open_objects, short_name
from seatrial.store.deferred_state import DeferredState
from seatrial.store.git_names import remote_of
from seatrial.store.lease_folder import lease_folder
from seatrial.store.leases import Leases
from seatrial.store.local_state import LocalState
from seatrial.store.stat_cache import StatCache
from seatrial.store.state import StateStore

if TYPE_CHECKING:
    from seatrial.adopt.doctor.examine import Found
    from seatrial.environment.reach import Installation
    from seatrial.environment.records import Environment
    from seatrial.flows.change_plan import Repository
    from seatrial.forge.port import Forge
    from seatrial.forge.target import Target
    from seatrial.pipeline.shared_cache import SharedCache

STRANGERS = "state-of-strangers"
"""Where runs of a stranger's code keep records, below the cache of their own work tree."""
STATE_FOLDER = "seatrial/state"
"""Where records live below the git folder that all work trees share."""


@contextlib.contextmanager
def open_workspace(folder: Path, *, listener: Callable[[Event], None], jobs: int | None = None) -> Iterator[Workspace]:
    """The workspace around a folder of a git work tree.

    Raises UserError outside of one, OutsideError when git is missing or the cache cannot be written.
    """
    git = Git.find(folder)
    cache = Cache(git.root / FOLDER)
    clock = SystemClock()
    environ = dict(os.environ)
    stranger = is_strangers(environ)
    places = _Places(git, cache, clock, environ, stranger=stranger)
    try:
        yield Workspace(
            git=git,
            cache=cache,
            state=DeferredState(places.state),
            clock=clock,
            environ=environ,
            machine=machine(),
            hardware=_hardware(environ, clock),
            jobs=jobs or max(1, int(cores())),
            randomness=lambda: os.urandom(10),
            listener=listener,
            addresses=Addresses(
                lambda bucket: open_objects(f"s3://{bucket}", "stages", environ),
                environ,
                lambda: os.urandom(10),
                lenient=stranger,
            ),
            load_policy=lambda read: load(read).policy,
            parse_yaml=parse_yaml,
            settle=places.settle,
            stranger=stranger,
        )
    finally:
        cache.close()


def open_forge(target: Target, policy: ForgePolicy, environ: Mapping[str, str], folder: Path) -> Forge:
    """The forge that a target is on; `folder` is where the local one keeps its files.

    Raises UsageError where no token is set.
    """
    # Each for the few commands that post; the local one needs neither network nor token.
    if target.kind is ForgeKind.LOCAL:
        from seatrial.forge.local import Local

        return Local(folder, sha=target.sha or "")
    from seatrial.forge.http import Http

    names = (policy.token_from,) if policy.token_from else TOKENS[target.kind]
    name = next((name for name in names if environ.get(name)), None)
    if name is None:
        raise UsageError(
            f"there is no token for {target.kind}: {' or '.join(names)} is not set",
            next_step=f"give it to this step of CI, e.g. {_HOW_TO_GIVE[target.kind]}; or look first: --forge local",
        )
    if target.kind is ForgeKind.GITHUB:
        from seatrial.forge.github.adapter import GitHub

        return GitHub(Http(), api=target.api, repo=target.repo, token=environ[name])
    from seatrial.forge.gitlab.adapter import GitLab

    job_token = name == "CI_JOB_TOKEN"
    return GitLab(Http(), api=target.api, project=target.repo, token=environ[name], job_token=job_token)


_HOW_TO_GIVE = {
    ForgeKind.GITHUB: "`env: {GITHUB_TOKEN: ${{ github.token }}}`",
    ForgeKind.GITLAB: "a masked variable GITLAB_TOKEN with an access token of the project",
}


@contextlib.contextmanager
def open_repository(folder: Path) -> Iterator[Repository]:
    """A repository as its objects tell it, bare or not. Results and records of a work tree here are looked at where
    there are some; nothing but a memory of what was read is written, in the git folder.

    Raises UserError where there is no repository, OutsideError without git.
    """
    # What reads git's objects is loaded for the few commands that ask.
    from seatrial.change.objects import Objects
    from seatrial.environment.interpreter import describe, find_python, installation
    from seatrial.flows.audit_records import missed_edges
    from seatrial.flows.change_plan import Repository
    from seatrial.flows.history import read_history, typical_seconds

    objects = Objects(folder)
    environ = dict(os.environ)
    root = objects.common.parent if objects.common.name == ".git" else objects.common
    results = ResultStore(root / FOLDER / "ac")

    memory = _memory_of(objects.common)

    def known(pipeline: PipelinePolicy) -> Environment | None:
        try:
            return describe(find_python(pipeline.python, root, environ), environ, memory)
        except (ConfigError, OutsideError):
            return None  # the stages do not run here

    def installed(pipeline: PipelinePolicy) -> Installation | None:
        try:
            return installation(find_python(pipeline.python, root, environ), environ, memory)
        except (ConfigError, OutsideError):
            return None

    def state() -> LocalState | None:
        folder = objects.common / STATE_FOLDER
        if not folder.is_dir():
            return None
        return LocalState(folder, seen=memory_folder(objects.common) / "seen.json", clock=SystemClock())

    def seconds(cells: Iterable[str]) -> Mapping[str, float]:
        records = state()
        return {} if records is None else typical_seconds(read_history(records), list(cells))

    def missed() -> Mapping[str, frozenset[str]]:
        records = state()
        return {} if records is None else missed_edges(records)

    try:
        yield Repository(
            objects=objects,
            memory=memory,
            results=results,
            addresses=Addresses(
                lambda bucket: open_objects(f"s3://{bucket}", "stages", environ), environ, lambda: os.urandom(10)
            ),
            load_policy=lambda read, name: load(read, file=name).policy,
            describe=known,
            installed=installed,
            seconds=seconds,
            missed=missed,
        )
    finally:
        memory.close()


def _memory_of(common: Path) -> StatCache:
    """What was learned of blobs: kept in the git folder, or for this command alone where that cannot be written."""
    with contextlib.suppress(OSError):
        return StatCache(memory_folder(common) / "facts.db")
    import tempfile  # a repository that cannot be written is a rare one

    with tempfile.TemporaryDirectory(prefix="seatrial-facts-") as folder:
        return StatCache(Path(folder) / "facts.db")  # its name may go, the open file stays


@contextlib.contextmanager
def state_for_a_look(git: Git, policy: ProjectPolicy | None) -> Iterator[Found]:
    """The state of a repository, opened by somebody who only looks and must leave nothing: what Seatrial would remember
    of it goes into a folder that is removed afterwards. Without a policy it is the one that was used last.

    Raises SeatrialError where it cannot be opened.
    """
    import tempfile  # for the one command that looks so

    from seatrial.adopt.doctor.examine import Found

    environ = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="seatrial-look-") as folder:
        cache = Cache(Path(folder) / FOLDER)
        try:
            places = _Places(git, cache, SystemClock(), environ, stranger=is_strangers(environ))
            address = places.look(policy)
            at = git.common / STATE_FOLDER if address == LOCAL else folder_of(address, "state")
            yield Found(store=places.state(), address=address, folder=at)
        finally:
            cache.close()


def memory_folder(common: Path) -> Path:
    """Where the git folder that all work trees share keeps what Seatrial can learn again."""
    return common / "seatrial"


def _hardware(environ: Mapping[str, str], clock: Clock) -> Machine:
    """What commands may use of this machine, and how it is shared with other users."""

    def gpus() -> Gpus:
        found, why = nvidia.ask(environ)
        return seen_through(found, environ.get(VISIBLE), why_none=why)

    return Machine(
        cores=cores(),
        memory_total=memory_total(),
        memory_available=memory_available,
        gpus=remembered(gpus, clock),
        leases=Leases(lease_folder(environ)),
        user=_user(),
        expected_gpu=environ.get(GPU_VARIABLE, ""),
    )


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container, often
        return f"user {os.getuid()}"


class _Places:
    """Where the state and the shared cache are, by the configuration of the work tree."""

    def __init__(self, git: Git, cache: Cache, clock: Clock, environ: Mapping[str, str], *, stranger: bool) -> None:
        self._stranger = stranger
        self._git = git
        self._cache = cache
        self._clock = clock
        self._environ = environ
        self._note = git.common / "seatrial" / "address"
        self._policy: ProjectPolicy | None = None

    def settle(self, policy: ProjectPolicy) -> None:
        """Go by this configuration."""
        self._policy = policy
        self._remember(policy.state)
        self._cache.share_by(lambda: self._shared(policy))

    def look(self, policy: ProjectPolicy | None) -> str:
        """Go by this configuration, or where there is none by where the state was last, and remember nothing of it."""
        self._policy = policy or ProjectPolicy(
            project="", pipeline=PipelinePolicy(stages={}), state=self._known() or LOCAL
        )
        return self._policy.state

    def _shared(self, policy: ProjectPolicy) -> SharedCache | None:
        if policy.cache.remote is None:
            return None
        # As for the state below: nobody waits for what is needed only where something is shared.
        from seatrial.pipeline.domain import domain_of
        from seatrial.pipeline.shared_cache import SharedCache

        return SharedCache(
            open_objects(policy.cache.remote, "cache.remote", self._environ),
            domain_of(self._environ, policy.main),
            blobs=self._cache.blobs,
            results=self._cache.results,
            push=policy.cache.push,
        )

    def state(self) -> StateStore:
        """The state that the configuration names; the local one where there is no configuration. A stranger's code gets
        one of its own: what it says of models is of no account, and the real one is none of its business."""
        if self._stranger:
            seen = self._cache.seen.with_name("seen-of-strangers.json")
            return LocalState(self._cache.root / STRANGERS, seen=seen, clock=self._clock)
        address = self._address()
        if address == LOCAL:
            return LocalState(self._git.common / STATE_FOLDER, seen=self._cache.seen, clock=self._clock)
        remote = remote_of(address)
        if remote is not None:
            return self._on_ref(remote)
        from seatrial.store.object_state import ObjectState  # with transfers and threads, for states elsewhere

        name = short_name(address)
        seen = self._cache.seen.with_name(f"seen-{name}.json")  # of another state than the local one
        folder = folder_of(address, "state")
        if folder is not None:
            return LocalState(folder, seen=seen, clock=self._clock, founded=True)
        objects = open_objects(address, "state", self._environ)
        return ObjectState(objects, mirror=self._cache.mirrors / name, seen=seen, clock=self._clock)

    def _on_ref(self, remote: str) -> StateStore:
        from seatrial.forge.git_token import git_token  # this and the next for states that others share
        from seatrial.store.git_state import GitState, open_git_objects

        token_from = None if self._policy is None else self._policy.forge.token_from
        access = git_token(self._environ, token_from)
        objects = open_git_objects(remote, self._git.root, self._git.common, self._environ, access=access)
        name = short_name(objects.address)  # `git` and `git:origin` are one
        seen = self._cache.seen.with_name(f"seen-{name}.json")
        return GitState(objects, mirror=self._cache.mirrors / name, seen=seen, clock=self._clock)

    def _address(self) -> str:
        if self._policy is not None:
            return self._policy.state
        if not (self._git.root / FILE).is_file():
            return LOCAL
        try:
            self.settle(load(lambda path: read_configuration(self._git.root, path)).policy)
        except ConfigError:
            # Somebody who must roll back now cannot wait until the configuration is mended.
            known = self._known()
            if known is None:
                raise
            return known
        return self._address()

    def _known(self) -> str | None:
        """Where the state of this repository was when its configuration could last be read."""
        try:
            return self._note.read_text().strip()
        except OSError:
            return LOCAL if (self._git.common / STATE_FOLDER).is_dir() else None

    def _remember(self, address: str) -> None:
        if address != (self._known() or LOCAL):
            with contextlib.suppress(OSError):  # a memory aid
                atomic.write_atomic(self._note, f"{address}\n".encode())


def read_configuration(root: Path, path: str) -> bytes | None:
    """One file of a configuration as it lies in a tree, None when it is not there. Raises ConfigError."""
    file = root / path
    try:
        return file.read_bytes() if file.is_file() else None  # reading a pipe would wait for ever
    except OSError as error:
        if error.errno in EXHAUSTED:
            raise
        raise ConfigError(f"{path} cannot be read: {error.strerror}", place=Place(file=path)) from error
