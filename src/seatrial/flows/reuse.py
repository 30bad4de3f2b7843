"""How many candidates a test set has judged, from what is recorded anyway: versions, and drafts of runs in the cache.

Called by `run_judging`. `gates/wear.py` has what is made of the number. Versions count wherever they were judged, other
candidates only where this cache saw them: it is a lower bound, and said as one.
"""

from __future__ import annotations

import json

from seatrial.flows.workspace import Workspace
from seatrial.registry.registry import Registry

_MOST_RUNS = 500


def candidates_judged(workspace: Workspace, model: str, test_set: str | None, artifact: str) -> int:
    """Different artifacts of a model that were judged on one test set, `artifact` among them."""
    if test_set is None:
        return 1
    found = {artifact}
    found |= {
        version.artifact.digest for version in Registry(workspace.state).versions(model) if version.test_set == test_set
    }
    runs = sorted((path for path in workspace.cache.runs.glob(f"*/drafts/{model}.json")), reverse=True)
    for path in runs[:_MOST_RUNS]:
        try:
            draft = json.loads(path.read_bytes())
            if draft["test_set"] == test_set:
                found.add(str(draft["artifact"]["digest"]))
        except (OSError, ValueError, LookupError, TypeError):
            continue  # the cache may be damaged or swept meanwhile; what cannot be read is not counted
    return len(found)
