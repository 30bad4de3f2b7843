"""The start of a cell's command: old outs removed, inputs stamped, secrets taken, the process begun.

Called by the executor while it holds the cell's locks. All that can refuse a command comes before
its outs are touched.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import EXHAUSTED
from seatrial.pipeline import key
from seatrial.pipeline.cell_keys import CellKeys
from seatrial.pipeline.command import Layout, command_environment, command_line, write_parameters
from seatrial.pipeline.grant import Grant
from seatrial.pipeline.holders import OWNER, marked_environment, owner_mark, owner_note
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.outs import Outs
from seatrial.pipeline.parameters import used_parameters
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.secret_values import handed_down, secret_values
from seatrial.pipeline.select import Action, describe
from seatrial.pipeline.session import Session
from seatrial.pipeline.telling import Telling
from seatrial.pipeline.tracing import Begun, Tracing
from seatrial.pipeline.watch import Stamps, Watch
from seatrial.process import group, masking
from seatrial.store.locks import Held


class Running(Struct, kw_only=True):
    """A cell whose command runs. `deadline` is on the monotonic clock; `pressed` once it was asked to end, `ended`
    once it has.

    `replaces` when it runs although a result is stored under its key. `secrets` are what must not be written
    down: those it was given, and those that what it reads may hold.
    """

    planned: PlannedCell
    parts: dict[str, Json]
    action_key: str
    layout: Layout
    child: group.Child
    held: Held
    log: Path
    reason: str
    changed: tuple[key.Change, ...]
    deadline: float | None
    produced: Mapping[str, CellOutcome]
    stamps: Stamps
    begun: Begun
    secrets: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1
    replaces: bool = False
    pressed: bool = False
    ended: group.Ended | None = None

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name != "secrets"]

    def __repr__(self) -> str:
        return f"Running({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"


class Beginning(Struct, frozen=True, kw_only=True):
    """A cell that has to run, and what it was given for it. `why` is told where nothing changed."""

    planned: PlannedCell
    parts: dict[str, Json]
    action_key: str
    layout: Layout
    held: Held
    done: Mapping[str, CellOutcome]
    grant: Grant
    attempt: int
    why: str | None


class Starting:
    """Starts commands of one run."""

    def __init__(
        self, session: Session, keys: CellKeys, outs: Outs, watch: Watch, telling: Telling, tracing: Tracing
    ) -> None:
        self._session = session
        self._keys = keys
        self._outs = outs
        self._watch = watch
        self._telling = telling
        self._tracing = tracing

    def start(self, begin: Beginning) -> Running | CellOutcome:
        """Start a command. Raises StageError when it may not or cannot be, OSError when the machine is exhausted."""
        cell, layout, host = begin.planned.cell, begin.layout, self._session.host
        secrets = secret_values(cell, host.environ)
        hidden = {**handed_down(cell, host.policy, host.environ, begin.done), **secrets}
        named = _file_name(cell.name) if used_parameters(cell) else "+none"  # one file for all who use none
        params = f"{self._session.folder}/params/{named}.json"
        taken = begin.planned.inputs.taken
        arguments = command_line(cell, layout, host, taken)
        mark = owner_mark()
        environment = {
            **command_environment(cell, layout, host, params, secrets, ours=bool(taken)),
            **begin.grant.environment,
            **marked_environment(mark),
        }
        traced = f"{_file_name(cell.name)}+{begin.attempt}"
        command, variables = self._tracing.command(cell, traced, arguments, environment)
        last = self._session.cache.results.last_of(cell.name)
        changed = self._keys.changes(last, begin.planned, begin.parts) if last is not None else ()
        reason = _reason(begin, changed, known=last is not None)
        log = Path(f"{self._session.folder}/logs/{_file_name(cell.name)}.log")
        self._telling.started(cell, begin.action_key, reason, changed, last, begin.attempt)
        begin.held.note({})
        for out in cell.outs:
            made = last.outs.get(out.name) if last is not None else None
            self._telling.set_aside(cell, self._outs.clear(layout.outs[out.name], out, made))
        write_parameters(cell, host.policy, params)
        stamps = self._watch.stamps(begin.planned.inputs)
        begun = self._tracing.begin(traced, arguments[0], environment)
        try:
            if begin.attempt > 1:
                _separate(log, begin.attempt)
            child = group.start(
                command,
                folder=host.root,
                environment=variables,
                log=log,
                keep=(*begin.held.descriptors, *begin.grant.descriptors),
                mark=f"{OWNER}={mark}",
                mask=masking.forms(hidden.values()),
                carrier=self._session.carrier,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
            if isinstance(error, OSError) and error.errno in EXHAUSTED:
                raise  # the machine's trouble and not the command's
            why = error.strerror if isinstance(error, OSError) else "it holds a NUL character"
            refusal = f"the command {arguments[0]} cannot be started: {why}"
            return self._telling.failed(cell, refusal, log=log, changed=changed, attempt=begin.attempt)
        try:
            begin.held.note(owner_note(child, self._session.run))
        except BaseException:  # nobody would wait for it, and its locks are about to be given back
            group.end_now(child)
            raise
        return Running(
            planned=begin.planned,
            parts=begin.parts,
            action_key=begin.action_key,
            layout=layout,
            child=child,
            held=begin.held,
            log=log,
            reason=reason,
            changed=changed,
            deadline=time.monotonic() + cell.spec.timeout if cell.spec.timeout is not None else None,
            produced=begin.done,
            stamps=stamps,
            begun=begun,
            secrets=hidden,
            attempt=begin.attempt,
            replaces=begin.why is not None,
        )


def _reason(begin: Beginning, changed: tuple[key.Change, ...], *, known: bool) -> str:
    again = f", attempt {begin.attempt}" if begin.attempt > 1 else ""
    return f"{_first_reason(begin, changed, known=known)}{again}"


def _first_reason(begin: Beginning, changed: tuple[key.Change, ...], *, known: bool) -> str:
    if changed:
        return describe(changed)
    if begin.why is not None:
        return begin.why
    if known:
        return "its result was damaged"
    # What a plan says of a cell that it means to run holds; one that was to be reused has lost its result.
    return begin.planned.reason if begin.planned.action is Action.RUN else "no earlier result"


def _separate(log: Path, attempt: int) -> None:
    """One file has the output of all attempts."""
    with log.open("ab") as file:
        file.write(f"[seatrial: attempt {attempt}]\n".encode())


def _file_name(cell: str) -> str:
    return "".join(character if character.isalnum() or character in "._-=," else "_" for character in cell)
