"""What becomes of a result that was just made where another machine stored one of the same key first.

Called by `sharing.py` in the loop of the run, before the result's locks are given back. The one that was
stored first counts: its outs replace those that were just made, so that whatever reads them has the same key
on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.pipeline.cache import Cache
from seatrial.pipeline.outs import Outs
from seatrial.pipeline.results import StageResult
from seatrial.store.blobs import CorruptBlobError


def adopt(cache: Cache, outs: Outs, paths: Mapping[str, str], result: StageResult, counts: StageResult) -> StageResult:
    """Put `counts`, whose blobs are in the local cache, in the place of `result`, whose outs are at `paths`.
    The one that then holds."""
    try:
        _lay_out(outs, paths, result, counts)
    except CorruptBlobError:  # damaged between its arrival and now: what was made here is as good
        _lay_out(outs, paths, counts, result)
        return result
    cache.results.discard(result.action_key)
    cache.results.put(counts)
    cache.results.unshared.remove(counts.action_key)
    return counts


def _lay_out(outs: Outs, paths: Mapping[str, str], before: StageResult, after: StageResult) -> None:
    for name, out in after.outs.items():
        if out != before.outs[name]:
            outs.restore(out, paths[name])
