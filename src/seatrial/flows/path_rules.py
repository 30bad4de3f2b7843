"""What a project says about paths that change, beside what its stages are seen to read.

Called where a change is planned, or a stage is explained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.reach import Rules
from seatrial.pipeline.results import ResultStore
from seatrial.pipeline.trace import Trace
from seatrial.process.trace.strace import TRACER as STRACE

_JUDGES = "it says how models are judged, and every run judges anew"


def rules_of(
    policy: ProjectPolicy, results: ResultStore, cells: Iterable[PlannedCell], config_file: str = CONFIG_FILE
) -> Rules:
    """What a project says about paths, and which cells were last seen, with the inputs they have now, by a tracer that
    misses nothing.

    The one inside of the interpreter is none: what a library reads by code of its own it does not see. A run with other
    inputs says nothing either: other code opens other files.
    """
    said = policy.pipeline.selection
    return Rules(
        irrelevant=said.irrelevant,
        compared=compared_files(policy, config_file),
        fallback=said.fallback or None,  # an empty list would make the unknown harmless
        watched=frozenset(planned.cell.name for planned in cells if _is_watched(planned, results)),
    )


def _is_watched(planned: PlannedCell, results: ResultStore) -> bool:
    last = results.last_of(planned.cell.name)
    same = last is not None and last.input_digest == planned.input_digest
    return same and last is not None and last.trace is not None and _missed_nothing(last.trace)


def compared_files(policy: ProjectPolicy, config_file: str = CONFIG_FILE) -> Mapping[str, str]:
    """The files of the configuration, through whose values stages are reached, with what is said of one in which
    nothing changed that counts."""
    compared = {model.gates_file: _JUDGES for model in policy.models.values() if model.gates_file is not None}
    if policy.params_file is not None:
        compared[policy.params_file] = "no value that these stages use differs"
    return compared | {config_file: "what it declares of these stages is the same"}


def _missed_nothing(trace: Trace) -> bool:
    return trace.complete and trace.tracer == STRACE
