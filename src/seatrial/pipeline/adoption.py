"""What becomes of a result that was just made where others share theirs.

Called by the executor after a result is stored here and before its locks are given back. If another machine
stored a result of the same key first, that one counts: its outs replace those that were just made, so
that whatever reads them has the same key on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.pipeline.cache import Cache
from seatrial.pipeline.cell_keys import shared_outs
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outs import Outs
from seatrial.pipeline.results import StageResult
from seatrial.store.blobs import CorruptBlobError


def share(cache: Cache, outs: Outs, cell: Cell, paths: Mapping[str, str], result: StageResult) -> StageResult:
    """Offer a result to other machines. The one that counts, with its outs at `paths` and in the local cache."""
    if cache.shared is None:
        return result
    counts = cache.shared.offer(result, shared_outs(cell))
    if counts is result:
        return result
    try:
        _lay_out(outs, paths, result, counts)
    except CorruptBlobError:  # damaged between its arrival and now: what was made here is as good
        _lay_out(outs, paths, counts, result)
        return result
    cache.results.discard(result.action_key)
    cache.results.put(counts)
    return counts


def _lay_out(outs: Outs, paths: Mapping[str, str], before: StageResult, after: StageResult) -> None:
    for name, out in after.outs.items():
        if out != before.outs[name]:
            outs.restore(out, paths[name])
