"""Results that other machines made: `cache.remote:`.

    DOMAIN/ac/ab/cdef...           one result a key, written put-if-absent after its blobs
    DOMAIN/cas/...                 its blobs (`store/transfers.py`)
    DOMAIN/forgotten/ab/cdef...    a tombstone: results of this key that ended before it are not believed

Built by `wiring`, asked by `sharing.py` once the key of a cell is known, told by it when a stage has ended, both
beside the loop of the run. What is found here goes into the local cache first, verified, and is then a hit like
any other.

Subtle: the first result of a key stays. Whoever comes second with other bytes gives up his own, so that
everything behind that stage has the same key everywhere. And this is a cache: whatever goes wrong costs time
and is a warning. After a few failures in a row it is not asked again in this run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from seatrial import digest
from seatrial.digest import Json
from seatrial.errors import StateError
from seatrial.pipeline.domain import Domain
from seatrial.pipeline.results import Holds, ResultStore, StageResult, parse_result, told_at, tombstone
from seatrial.replacing import replace
from seatrial.store.blobs import BlobStore, CorruptBlobError
from seatrial.store.objects import DeniedError, ObjectError, ObjectStore
from seatrial.store.transfers import Transfers

PATIENCE = 2
"""Failures in a row after which the rest of the run does without."""

AT_ONCE = 2
"""Results whose blobs are fetched at once; each may have several requests under way, of up to 64 MiB."""

_LARGEST_RESULT = 8 << 20


class SharedCache:
    """A shared cache as one run sees it. Safe for several threads."""

    def __init__(
        self,
        objects: ObjectStore,
        domain: Domain,
        *,
        blobs: BlobStore,
        results: ResultStore,
        push: bool = True,
        part: int | None = None,
    ) -> None:
        self._objects = objects
        self._domain = domain
        self._blobs = blobs
        self._results = results
        self._push = push
        self._part = part
        self._failures = 0
        self._gave_up = False
        self._asked: set[str] = set()
        self._damaged: set[str] = set()
        self._warnings: dict[str, None] = {}
        self._lock = threading.Lock()
        self._bringing = threading.BoundedSemaphore(AT_ONCE)
        self.tell: Callable[..., None] = _nothing
        """Told of what takes long, as an event of the run."""
        self.holds: Holds = _whatever_it_read
        """Asked whether what a result was seen to read is the same here."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What went wrong so far, for the report; each once."""
        return tuple(self._warnings)

    @property
    def address(self) -> str:
        return self._objects.address

    @property
    def domain(self) -> str:
        """Where this run's results go."""
        return self._domain.write

    @property
    def answers(self) -> bool:
        """Whether it is still asked in this run."""
        return self._failures < PATIENCE

    @property
    def takes(self) -> bool:
        """Whether results of this run are meant to go there."""
        return self._push

    # -- back -------------------------------------------------------------------------

    def asks(self, action_key: str) -> bool:
        """Whether a key is to be fetched: True once a run, and only while there are answers."""
        with self._lock:
            if action_key in self._asked or not self.answers:
                return False
            self._asked.add(action_key)
            return True

    def fetch(self, action_key: str, kept: Iterable[str]) -> StageResult | None:
        """Bring the result of a key, with the blobs of its `kept` outs, into the local cache.

        None when there is none that can be believed and used, or when nobody answers.
        """
        if not self.answers:
            return None
        for domain in self._domain.read:
            result = None
            try:
                result = self._believed(domain, action_key)
                if result is None:
                    continue
                with self._bringing:
                    self._bring(domain, result, kept)
            except ObjectError as error:
                self._failed(error)
                return None
            except CorruptBlobError as error:
                self._damaged.add(action_key)
                self.warn(f"a shared result for {result.cell if result else action_key} cannot be used: {error}")
                continue
            except (StateError, OSError) as error:  # a newer Seatrial's, or the disk is full
                self.warn(f"a shared result cannot be used: {error}")
                return None
            self._answered()
            self._results.put(result)
            return result
        return None

    def _believed(self, domain: str, action_key: str) -> StageResult | None:
        data = self._objects.get(_result_key(domain, action_key), limit=_LARGEST_RESULT)
        if data is None:
            return None
        result = parse_result(data)
        if result is None or result.action_key != action_key:
            self.warn(f"{self.address}/{_result_key(domain, action_key)} is not the result it should be; not used")
            return None
        if not self.holds(result):
            return None
        forgotten = [self._results.forgotten(action_key)]
        forgotten += [self._forgotten(each, action_key) for each in self._domain.read]
        return None if any(at is not None and result.finished <= at for at in forgotten) else result

    def _forgotten(self, domain: str, action_key: str) -> str | None:
        """Until when results of a key are forgotten in a domain."""
        data = self._objects.get(_tombstone_key(domain, action_key), limit=_LARGEST_RESULT)
        return None if data is None else told_at(data)

    def _bring(self, domain: str, result: StageResult, kept: Iterable[str]) -> None:
        wanted = [result.outs[name] for name in kept if name in result.outs]
        self._transfers(domain).bring(wanted)

    # -- there ------------------------------------------------------------------------

    def offer(self, result: StageResult, kept: Iterable[str]) -> StageResult:
        """Store a result that was just made, with the blobs of its `kept` outs, for others.

        Returns the result that counts: this one, or the one that somebody stored first, whose blobs are then
        in the local cache and whose outs replace those of this one. Once it is there, nothing says any more that it
        is unshared; while it is not, something does.
        """
        if not self._push or not self.answers:
            return result
        names = tuple(kept)
        try:
            return self._offer(result, names)
        except DeniedError as error:
            self._push = False
            self.warn(f"results are not shared: {error}; `cache: {{push: false}}` says that this is meant")
        except ObjectError as error:
            self._failed(error)
        except (CorruptBlobError, StateError, OSError) as error:
            self.warn(f"the result of {result.cell} was not shared: {error}")
        return result

    def _offer(self, result: StageResult, kept: tuple[str, ...]) -> StageResult:
        domain = self._domain.write
        theirs = self._theirs(result, kept)
        if theirs is not None:
            return theirs
        names = [name for out in kept for name in self._blobs.reachable(result.outs[out])]
        # Damage shows one blob at a time; whoever makes a result anew writes all of it anew.
        replaced = names if result.action_key in self._damaged else ()
        self._transfers(domain).upload(names, replace=frozenset(replaced))
        data = digest.canonical(result.to_json())
        key = _result_key(domain, result.action_key)
        if not self._objects.put_if_absent(key, data):
            theirs = self._theirs(result, kept)
            if theirs is not None:
                return theirs
            self._objects.put(key, data)  # what lies there is forgotten, or cannot be used by anybody
        self._answered()
        self._results.unshared.remove(result.action_key)
        return result

    def _theirs(self, result: StageResult, kept: tuple[str, ...]) -> StageResult | None:
        """What somebody stored first under the same key, its blobs brought here; None when there is nothing usable."""
        if result.action_key in self._damaged:
            return None
        for domain in self._domain.read:
            found = self._believed(domain, result.action_key)
            if found is None or found.outs.keys() != result.outs.keys():
                continue
            try:
                self._bring(domain, found, kept)
            except CorruptBlobError:
                self._damaged.add(result.action_key)
                continue
            unkept = {name: out for name, out in result.outs.items() if name not in kept}
            return replace(found, outs={**found.outs, **unkept})
        return None

    def forget(self, action_key: str, at: str) -> None:
        """Leave a tombstone for the results of a key that ended until `at`, and remove them. Raises ObjectError.

        Only in the run's own domain: what it may not write it cannot forget either.
        """
        domain = self._domain.write
        self._objects.put(_tombstone_key(domain, action_key), tombstone(action_key, at))
        self._objects.delete(_result_key(domain, action_key))

    # -- what goes wrong --------------------------------------------------------------

    def _answered(self) -> None:
        with self._lock:
            if self.answers:  # else others failed meanwhile, and it was said that this is the end
                self._failures = 0

    def _failed(self, error: ObjectError) -> None:
        with self._lock:
            self._failures = PATIENCE if isinstance(error, DeniedError) else self._failures + 1
            gives_up = not self.answers and not self._gave_up
            self._gave_up = self._gave_up or gives_up
        if gives_up:
            self.warn(f"the shared cache is not used in this run: {error}")

    def warn(self, text: str) -> None:
        """Say what went wrong, once."""
        with self._lock:
            if text in self._warnings:
                return
            self._warnings[text] = None
        self.tell("shared_cache_warning", message=text)

    def _transfers(self, domain: str) -> Transfers:
        plain = Transfers(objects=self._objects, prefix=f"{domain}/", local=self._blobs.root, tell=self._progress)
        return plain if self._part is None else replace(plain, part=self._part)

    def _progress(self, name: str, done: int, of: int) -> None:
        fields: dict[str, Json] = {"blob": digest.short(name), "done": done, "of": of}
        self.tell("transfer", **fields)


def _result_key(domain: str, action_key: str) -> str:
    return f"{domain}/ac/{digest.place(action_key)}"


def _tombstone_key(domain: str, action_key: str) -> str:
    return f"{domain}/forgotten/{digest.place(action_key)}"


def _whatever_it_read(_result: StageResult) -> bool:
    return True


def _nothing(_event: str, **_fields: Json) -> None:
    pass
