"""What a run with nothing to do will leave and print, laid out in advance with stand-ins.

Called by `settling.py`, and reads nothing. Only the run's name, its times and how long it took differ from one such
run to the next; stand-ins of the same width keep their places.
"""

from __future__ import annotations

from seatrial import digest
from seatrial.digest import Json
from seatrial.flows import settled
from seatrial.flows.facts import stage_fact
from seatrial.flows.settled_ground import Results, Unsettled
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.replacing import replace
from seatrial.report.facts import RunFacts
from seatrial.report.markdown import render_markdown
from seatrial.report.serial import to_text
from seatrial.report.terminal import WIDTH, render_terminal


def texts(facts: RunFacts, results: Results, order: tuple[str, ...]) -> dict[str, bytes]:
    """What the next run leaves and prints, with stand-ins for its name, its times and how long it took."""
    reused = {
        name: CellOutcome(cell=name, did=Did.REUSED, reason=f"same inputs as run {result.run}", result=result)
        for name, result in results.items()
    }
    gpus = {stage.name: stage.gpus for stage in facts.stages}
    stages = tuple(stage_fact(reused[name], gpus=gpus.get(name, 0)) for name in order)
    stored = replace(
        facts,
        run=settled.RUN,
        started=settled.BEGUN,
        seconds=settled.SECONDS,
        stages=stages,
        forecast=None,
        selection=None,
    )
    shown = replace(stored, seconds=settled.TOOK)
    laid_out = {
        "report.json": to_text(stored),
        "report.md": render_markdown(shown),
        "terminal": render_terminal(shown, width=WIDTH, color=False),
        "color": render_terminal(shown, width=WIDTH, color=True),
    }
    if any(text.count(settled.RUN) != 1 for text in laid_out.values()) or any(
        laid_out[name].count(settled.TOOK_IN_ALL) != 1 for name in ("report.md", "terminal", "color")
    ):
        raise Unsettled  # somebody's names look like our stand-ins
    plan = [{"cell": name, "action": "reuse", "reason": reused[name].reason} for name in order]
    begun: dict[str, Json] = {
        "at": settled.BEGUN,
        "event": "run_started",
        "run": settled.RUN,
        "command": facts.repeat,
        "commit": facts.commit,
        "dirty": facts.dirty,
        "tier": facts.tier,
        "machine": facts.machine,
        "plan": plan,
    }
    cells: list[Json] = [
        [name, results[name].action_key, results[name].run, results[name].wall, results[name].cpu] for name in order
    ]
    events: list[dict[str, Json]] = [
        begun,
        {"at": settled.BEGUN, "event": "stages_reused", "cells": cells},
        {"at": settled.ENDED, "event": "run_ended", "failed": False, "seconds": settled.SECONDS},
    ]
    log = b"".join(digest.canonical(event) + b"\n" for event in events)
    return {"events": log, **{name: text.encode() for name, text in laid_out.items()}}
