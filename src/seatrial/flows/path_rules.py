"""What a project says about paths that change, beside what its stages are seen to read.

Called where a change is planned, or a stage is explained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.reach import Rules
from seatrial.pipeline.results import ResultStore
from seatrial.pipeline.trace import Trace
from seatrial.process.trace.strace import TRACER as STRACE

_JUDGES = "it says how models are judged, and every run judges anew"


def rules_of(
    policy: ProjectPolicy, results: ResultStore, cells: Iterable[Cell], config_file: str = CONFIG_FILE
) -> Rules:
    """What a project says about paths, and whether every stage was last seen by a tracer that misses nothing.

    The one inside of the interpreter is none: what a library reads by code of its own it does not see.
    """
    said = policy.pipeline.selection
    last = [results.last_of(cell.name) for cell in cells]
    traced = all(one is not None and one.trace is not None and _missed_nothing(one.trace) for one in last)
    return Rules(
        irrelevant=said.irrelevant, compared=compared_files(policy, config_file), fallback=said.fallback, traced=traced
    )


def compared_files(policy: ProjectPolicy, config_file: str = CONFIG_FILE) -> Mapping[str, str]:
    """The files of the configuration, through whose values stages are reached, with what is said of one in which
    nothing changed that counts."""
    compared = {model.gates_file: _JUDGES for model in policy.models.values() if model.gates_file is not None}
    if policy.params_file is not None:
        compared[policy.params_file] = "no value that these stages use differs"
    return compared | {config_file: "what it declares of these stages is the same"}


def _missed_nothing(trace: Trace) -> bool:
    return trace.complete and trace.tracer == STRACE
