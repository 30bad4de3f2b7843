"""The commit since which a stage fails: its suspects are tested, each in a scratch tree, until one is left.

Called by `seatrial bisect`. Only commits that reach the stage are tested: at any other it comes to the same as at the
one before. Passes are in the cache; failures, which a cache does not hold, are remembered with the tree they were
seen in, so that the same question costs nothing the second time.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from seatrial.digest import of_record
from seatrial.errors import ConfigError, UsageError
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.stage_at_commit import ActsOutsideError, StageRun, StageThere, run_there, scratch_place, stage_at
from seatrial.flows.suspects import SuspectRequest, Suspects, find_suspects
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.bisection import Range, Seen, left, next_test, still_to_test
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.outcome import Did
from seatrial.pipeline.suspects import Suspect

_FAILED = "stage-failed/1"
_CHEAP = 60.0
"""Seconds. A stage that takes less is asked twice about the commit that is to be blamed."""


class Ended(StrEnum):
    """What a search came to."""

    FOUND = "found"
    RANGE = "range"
    """Several commits are left: those between could not be tested, or `--steps` were used up."""
    NO_SUSPECT = "no_suspect"
    FAILS_AT_GOOD = "fails_at_good"
    PASSES_AT_BAD = "passes_at_bad"
    UNSURE = "unsure"
    """Asked again, the stage did not do the same."""


class Tested(Struct, frozen=True, kw_only=True):
    """One commit at which the stage was tried. `number` is the suspect's, 0 for the good commit; `known` when it was
    not run now."""

    number: int
    commit: str
    seen: Seen
    reason: str = ""
    known: bool = False
    log: str | None = None
    seconds: float = 0.0


class Bisected(Struct, frozen=True, kw_only=True):
    """The end of a search. `blamed` are the suspects that are left, one when it was found; `confirmed` how often the
    first bad one and the commit before it were asked again and did the same."""

    found: Suspects
    ended: Ended
    run: str = ""
    folder: Path | None = None
    blamed: tuple[Suspect, ...] = ()
    tested: tuple[Tested, ...] = ()
    confirmed: int = 0


def bisect(
    workspace: Workspace, policy: ProjectPolicy, request: SuspectRequest, *, steps: int | None, confirm: int | None
) -> Bisected:
    """Raises what `find_suspects` raises, and UsageError for a stage with effects."""
    found = find_suspects(workspace, policy, request)
    if not found.suspects:
        return Bisected(found=found, ended=Ended.NO_SUSPECT)
    run = workspace.new_run()
    folder = workspace.cache.runs / run
    events = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
    try:
        events.add("bisect_started", run=run, stage=found.stage, suspects=len(found.suspects), commits=found.commits)
        with scratch_place(workspace) as place:
            search = _Search(workspace, found, run, folder, events, place)
            ended, blamed = search.search(steps)
            confirmed = 0
            if ended is Ended.FOUND:
                times = (1 if search.slowest < _CHEAP else 0) if confirm is None else confirm
                confirmed = search.confirm(blamed[0], times)
                ended = ended if confirmed == times else Ended.UNSURE
        events.add("bisect_ended", ended=ended.value, blamed=[one.commit for one in blamed], tested=len(search.tested))
    finally:
        events.close()
        workspace.cache.memory.save()
    return Bisected(
        found=found,
        ended=ended,
        run=run,
        folder=folder,
        blamed=blamed,
        tested=tuple(search.tested),
        confirmed=confirmed,
    )


class _Search:
    """The tests of one search."""

    def __init__(
        self, workspace: Workspace, found: Suspects, run: str, folder: Path, events: EventLog, place: Path
    ) -> None:
        self._workspace = workspace
        self._found = found
        self._run = run
        self._folder = folder
        self._events = events
        self._place = place
        self.tested: list[Tested] = []

    @property
    def slowest(self) -> float:
        return max((one.seconds for one in self.tested), default=0.0)

    def search(self, steps: int | None) -> tuple[Ended, tuple[Suspect, ...]]:
        """Test both ends, then halve what is left."""
        suspects = self._found.suspects
        count, seen = len(suspects), dict[int, Seen]()
        if self._test(0, self._found.ends.good).seen is Seen.FAILED:
            return Ended.FAILS_AT_GOOD, ()
        seen[count] = self._test(count, suspects[-1].commit).seen
        if seen[count] is Seen.PASSED:
            return Ended.PASSES_AT_BAD, ()
        done = 0
        while (number := next_test(count, seen)) is not None and (steps is None or done < steps):
            self._events.add(
                "bisect_step", left=len(_within(suspects, left(count, seen))), to_go=still_to_test(count, seen)
            )
            seen[number] = self._test(number, suspects[number - 1].commit).seen
            done += 1
        still = left(count, seen)
        blamed = _within(suspects, still)
        return (Ended.FOUND if still.is_one and seen.get(still.last) is Seen.FAILED else Ended.RANGE), blamed

    def confirm(self, culprit: Suspect, times: int) -> int:
        """How often, of so many times, the stage failed at the first bad commit and passed at the one before."""
        for turn in range(times):
            for commit, wanted in ((culprit.parent, Seen.PASSED), (culprit.commit, Seen.FAILED)):
                if self._test(-1, commit, fresh=True, turn=turn + 1).seen is not wanted:
                    return turn
        return times

    def _test(self, number: int, commit: str, *, fresh: bool = False, turn: int = 0) -> Tested:
        name = f"{commit[:12]}{f'-{turn}' if turn else ''}"
        try:
            there = stage_at(self._workspace, commit, self._found.stage, self._found.ends.tier, self._place)
        except ActsOutsideError:
            raise
        except (ConfigError, UsageError) as error:
            return self._noted(Tested(number=number, commit=commit, seen=Seen.UNTESTABLE, reason=str(error)))
        known = None if fresh else self._known_failure(there)
        if known is not None:
            return self._noted(Tested(number=number, commit=commit, seen=Seen.FAILED, reason=known, known=True))
        done = run_there(
            self._workspace, there, run=self._run, folder=self._folder / name, events=self._events, fresh=fresh
        )
        return self._noted(self._judged(number, there, done, name))

    def _judged(self, number: int, there: StageThere, done: StageRun, name: str) -> Tested:
        if done.failed:
            first = done.failed[0]
            self._workspace.cache.memory.remember(
                _FAILED, self._failure_key(there), json.dumps({"reason": first.reason, "run": self._run})
            )
            return Tested(
                number=number,
                commit=there.commit,
                seen=Seen.FAILED,
                reason=f"{first.cell}: {first.reason}",
                log=f"{name}/{first.log}" if first.log else None,
                seconds=done.seconds,
            )
        if done.passed:
            if self._known_failure(there):
                self._workspace.cache.memory.remember(_FAILED, self._failure_key(there), "")  # it does not always fail
            known = all(cell.did is Did.REUSED for cell in done.cells)
            return Tested(number=number, commit=there.commit, seen=Seen.PASSED, known=known, seconds=done.seconds)
        kept = next((cell for cell in (*done.stuck, *done.cells) if cell.did is not Did.RAN), None)
        why = f"{kept.cell} {kept.did}: {kept.reason}" if kept is not None else "nothing was run"
        return Tested(number=number, commit=there.commit, seen=Seen.UNTESTABLE, reason=why)

    def _known_failure(self, there: StageThere) -> str | None:
        text = self._workspace.cache.memory.fact(_FAILED, self._failure_key(there))
        return None if not text else str(json.loads(text)["reason"])

    def _failure_key(self, there: StageThere) -> str:
        tree = self._workspace.git.tree(there.commit)
        return of_record(_FAILED, [tree, [[one.cell.name, one.input_digest] for one in there.cells]])

    def _noted(self, tested: Tested) -> Tested:
        self.tested.append(tested)
        self._events.add(
            "commit_tested",
            commit=tested.commit,
            seen=tested.seen.value,
            reason=tested.reason,
            known=tested.known,
        )
        return tested


def _within(suspects: tuple[Suspect, ...], still: Range) -> tuple[Suspect, ...]:
    return suspects[still.first - 1 : still.last]
