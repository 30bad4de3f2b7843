"""Which records a listing of a shared state names, and what in it is foreign. Pure.

Called by `object_state.py`. Anything unexplained among the records is an error: an empty answer would
mean "first model" to whoever asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from seatrial.errors import Place, StateError
from seatrial.store.objects import Meta

_RECORD = re.compile(r"records/([a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*)/([0-9]{8})\.json\Z")
_FORMAT = "records/+format.json"


class Streams(Struct, frozen=True, kw_only=True):
    """Records by stream and number."""

    records: Mapping[str, Mapping[int, Meta]]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self.records))


def arrange(listing: Iterable[Meta], address: str) -> Streams:
    """The records of a listing below `records/`. Raises StateError for anything else in it."""
    records: dict[str, dict[int, Meta]] = {}
    for meta in listing:
        found = _RECORD.match(meta.key)
        if found:
            records.setdefault(found[1], {})[int(found[2])] = meta
        elif meta.key != _FORMAT:
            raise StateError(
                "this does not belong into Seatrial's state; it was put here by something else, or by a newer Seatrial",
                place=Place(file=f"{address}/{meta.key}"),
                next_step="move it elsewhere, or upgrade Seatrial",
            )
    return Streams(records=records)
