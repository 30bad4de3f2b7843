"""The named fault points: every event of a run and every durable step, as the function that takes it.

Called by `commanding.py`, which kills a command where one of these functions is entered (`call`) or
left (`return`), and by the tests that go through all of them. A test asserts that every point
is reached, so a function that is renamed has to be renamed here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Command = Literal["cold", "tree gone", "other machine", "memo", "part", "register", "promote"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place in Seatrial. `event` narrows `EventLog.add` to one event; `during` is the command that comes there."""

    name: str
    file: str
    function: str
    when: Literal["call", "return"]
    event: str = ""
    during: Command = "cold"


def _before(name: str, where: str, during: Command = "cold", event: str = "") -> Point:
    file, _, function = where.partition(":")
    return Point(name=f"before {name}", file=file, function=function, when="call", during=during, event=event)


def _after(name: str, where: str, during: Command = "cold", event: str = "") -> Point:
    file, _, function = where.partition(":")
    return Point(name=f"after {name}", file=file, function=function, when="return", during=during, event=event)


_LOG = "pipeline/events.py:EventLog.add"
_RESULTS = "pipeline/results.py:ResultStore"
_OBJECTS = "store/folder_objects.py:FolderObjects.put_if_absent"
_APPEND = "store/local_state.py:LocalState.append"

POINTS: tuple[Point, ...] = (
    # -- a cold run, in the order in which it comes there
    _after("the plan is made", "flows/engine.py:prepare"),
    _after("the log is opened", "pipeline/events.py:EventLog.__init__"),
    *(
        point
        for event in ("run_started", "stage_started", "stage_ended", "run_ended")
        for point in (_before(event, _LOG, event=event), _after(event, _LOG, event=event))
    ),
    _after("locks are taken", "store/locks.py:PathLocks.try_acquire"),
    _after("a lease is taken", "store/leases.py:Leases.take"),
    _after("a shared result is looked for", "pipeline/shared_cache.py:SharedCache.fetch"),
    _before("an old out is removed", "pipeline/outs.py:Outs.clear"),
    _after("old outs are removed", "pipeline/outs.py:Outs.clear"),
    _after("parameters are written", "pipeline/command.py:write_parameters"),
    _after("the command is started", "process/group.py:start"),
    _after("its owner is noted", "store/locks.py:Held.note"),
    _before("what it left is ended", "process/group.py:Child._end_rest"),
    _before("its outs are looked at", "pipeline/ending.py:Ending.end"),
    _after("a blob is half stored", "store/atomic.py:write_new"),
    _after("a blob is stored", "store/blobs.py:BlobStore.put_bytes"),
    _after("an out is stored", "store/blobs.py:BlobStore.put_path"),
    _after("outs are stored", "pipeline/outs.py:Outs.collect"),
    _before("the result is stored", f"{_RESULTS}.put"),
    _after("the result is stored", f"{_RESULTS}.put"),
    _before("the pointers are appended", "store/atomic.py:append"),
    _after("the pointers are appended", f"{_RESULTS}.note"),
    _before("the result is offered", "pipeline/shared_cache.py:SharedCache.offer"),
    _before("an object is shared", _OBJECTS),
    _after("an object is shared", _OBJECTS),
    _after("blobs are shared", "store/transfers.py:Transfers.upload"),
    _after("the result is shared", "pipeline/shared_cache.py:SharedCache.offer"),
    _before("locks are given back", "store/locks.py:Held.release"),
    _after("locks are given back", "store/locks.py:Held.release"),
    _after("a lease is given back", "store/leases.py:Taken.release"),
    _after("the memory of files is saved", "store/stat_cache.py:StatCache.save"),
    _after("a model is judged", "flows/run_judging.py:judge"),
    _before("the draft is kept", "flows/registering.py:keep_draft"),
    _after("the draft is kept", "flows/registering.py:keep_draft"),
    _before("the report is written", "flows/facts.py:write_report"),
    _after("the report is written", "flows/facts.py:write_report"),
    _before("the run is recorded", _APPEND),
    _after("the run is recorded", _APPEND),
    # -- a run that restores everything
    _before("an out is restored", "pipeline/outs.py:Outs.restore", "tree gone"),
    _before("an out is handed out", "store/blobs.py:BlobStore.checkout", "tree gone"),
    _before("an out is put in place", "store/blobs.py:_replace", "tree gone"),
    _after("an out is put in place", "store/blobs.py:_replace", "tree gone"),
    _before("a reuse is told", _LOG, "tree gone", "stage_reused"),
    # -- a machine that takes everything from the shared cache
    _before("blobs are brought", "store/transfers.py:Transfers.bring", "other machine"),
    _after("a blob is brought", "store/transfers.py:Transfers._fetch", "other machine"),
    _after("a shared result is taken", "pipeline/shared_cache.py:SharedCache.fetch", "other machine"),
    # -- a run of which a memo is written
    _before("the memo is made", "flows/settling.py:settle", "memo"),
    _after("the memo is made up", "flows/settling.py:_memo", "memo"),
    _after("the memo is written", "flows/settling.py:settle", "memo"),
    # -- a part of a run that several machines share
    _before("the part is recorded", "flows/part_store.py:PartStore.publish", "part"),
    _after("the part is recorded", "flows/part_store.py:PartStore.publish", "part"),
    # -- registering
    _before("bytes are registered", "store/local_state.py:LocalState.keep", "register"),
    _after("a blob is registered", "store/blobs.py:BlobStore._copy_of", "register"),
    _after("bytes are registered", "store/local_state.py:LocalState.keep", "register"),
    _before("the version is recorded", _APPEND, "register"),
    _after("the version is recorded", _APPEND, "register"),
    # -- promotion
    _before("the move is recorded", _APPEND, "promote"),
    _after("the move is recorded", _APPEND, "promote"),
)
