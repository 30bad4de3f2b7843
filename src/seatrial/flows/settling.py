"""Writes the memo that lets the next run of the same request find out cheaply that nothing has changed.

Called when a run is finished. What can be written down is a run all of whose cells ended made and
stored, or reused, at least one of them, that judged no model, warned of nothing, and rests only on
what stamps can watch. The rest takes the ordinary way each time.

The order makes it right: stamps are taken, restless files read, and only then is everything compared
with what the plan says of it. So whatever changed since the plan was made is noticed now, and
whatever changes from here on is noticed by the check.
"""

# ruff: noqa: PTH116  (a Path for each of thousands of files costs more than looking at them)
from __future__ import annotations

import contextlib
import os
import shlex
import time
from pathlib import Path

from seatrial import digest
from seatrial.change import git_process
from seatrial.change.git import standing_in
from seatrial.errors import SeatrialError
from seatrial.flows import settled
from seatrial.flows.policy import TierPolicy
from seatrial.flows.selection import select_stages
from seatrial.flows.settled_ground import Results, Unsettled, compare, gather
from seatrial.flows.settled_texts import texts
from seatrial.flows.under_way import Run
from seatrial.pipeline.cache import FOLDER
from seatrial.pipeline.outcome import Did, RunOutcome
from seatrial.pipeline.policy import StageSpec, UrlSource
from seatrial.report.facts import RunFacts
from seatrial.store import atomic, stamps


def settle(run: Run, outcome: RunOutcome, facts: RunFacts) -> None:
    """Write the memo of a run, or remove the one that is there: it rests on what is no more."""
    asked = settled.understood(shlex.split(run.request.command)[2:])
    if asked is None:
        return
    file = settled.memo_file(str(run.workspace.git.root), asked.words)
    results = _reusable(run, outcome, facts)
    try:
        if results is not None:
            atomic.write_atomic(file, _memo(run, results, facts, asked), durable=False)
            return
    except (Unsettled, OSError, SeatrialError):
        pass  # it is only a way to be quick
    with contextlib.suppress(OSError):
        Path(file).unlink(missing_ok=True)


def _reusable(run: Run, outcome: RunOutcome, facts: RunFacts) -> Results | None:
    """What the next run would reuse, by cell; None when that run could not be told from this one alone."""
    cells = run.prepared.cells
    fine = (
        not facts.models
        and not facts.checks
        and not facts.warnings
        and facts.next_step is None
        and not run.policy.notify  # what did not arrive is told by the next run
        and (run.tier is None or _plain_tier(run.tier))
        and all(_plain_stage(cell.spec) for cell in cells)
        and {cell.stage for cell in cells} == _asked_for(run)
        and not any(planned.inputs.kept or planned.inputs.addresses for planned in run.prepared.plan.cells)
        and all(outcome.cells[cell.name].did in (Did.RAN, Did.REUSED) for cell in cells)
        # What made everything anew is mostly a fresh clone on a machine that will never run it again.
        and any(outcome.cells[cell.name].did is Did.REUSED for cell in cells)
        and not any(path == FOLDER or path.startswith(f"{FOLDER}/") for path in run.prepared.tree.tracked)
    )
    found = {cell.name: outcome.cells[cell.name].result for cell in cells} if fine else {}
    results = {name: result for name, result in found.items() if result is not None}
    return results if len(results) == len(cells) else None


def _asked_for(run: Run) -> set[str]:
    """The stages of an ordinary run of this request. A run that takes a share of them is no model for it."""
    return set(select_stages(run.policy.pipeline, run.tier, run.request.stages)[0])


def _plain_tier(tier: TierPolicy) -> bool:
    """Whether a tier only selects: a release looks at every input again, and a budget is told of."""
    return tier.budget is None and not tier.refuses_floating


def _plain_stage(spec: StageSpec) -> bool:
    """Whether a stage is reused by what stamps can watch, and whenever they hold."""
    return (
        not (spec.always or spec.effects or spec.secrets or spec.resources.gpus)
        and all(out.cache and not out.persist and out.taken_from is None for out in spec.outs)
        and not any(isinstance(dep.source, UrlSource) for dep in spec.deps or ())
    )


def _memo(run: Run, results: Results, facts: RunFacts, asked: settled.Asked) -> bytes:
    """The memo. Raises Unsettled, OSError or SeatrialError when something moved or cannot be watched."""
    now, root = time.time_ns(), str(run.workspace.git.root)
    ground = gather(run, results)
    followed, plain = list(ground.followed), list(ground.plain)
    taken = stamps.take(followed, os.stat), stamps.take(plain, os.lstat)
    young = [
        path
        for paths, what in ((followed, taken[0]), (plain, taken[1]))
        for path in (paths[place] for place in stamps.restless(what, now))
        if path not in ground.trusted
    ]
    if sum(os.stat(path).st_size for path in young) > settled.MOST_TO_READ:
        raise Unsettled
    restless = {path: stamps.content(path) for path in young}
    compare(run, results, ground, asked.overridden)
    status, outs = git_process.ask(git_process.STATUS, root), run.outs
    # What git tracks, and what it does not know, cannot have changed without a change of this answer.
    if status.code or standing_in(status.out, outs) != run.standing:
        raise Unsettled
    header = {
        "root": root,
        "environ": settled.surroundings(run.workspace.environ),
        "machine": run.workspace.machine,
        "status": digest.of_bytes(settled.standing(status.out)),
        "stages": len(facts.stages),
        "followed": followed,
        "plain": plain,
        "no_file": list(ground.no_file),
        "nothing": list(ground.nothing),
        "restless": restless,
        "folders": {path: mark.hex() for path, mark in ground.folders.items()},
    }
    order = tuple(cell.name for cell in run.prepared.cells)
    return settled.pack(header, {"followed": taken[0], "plain": taken[1], **texts(facts, results, order)})
