"""All tables and all kinds of corruption. Nobody who tunes Seatrial may add to this list or take from it."""

from __future__ import annotations

from benchmarks.data.broken_rows import ROWS
from benchmarks.data.broken_texts import TEXTS
from benchmarks.data.broken_times import TIMES
from benchmarks.data.broken_values import VALUES
from benchmarks.data.broken_vectors import VECTORS
from benchmarks.data.customers import CUSTOMERS
from benchmarks.data.digits import DIGITS
from benchmarks.data.events import EVENTS
from benchmarks.data.kinds import Kind
from benchmarks.data.roles import Table
from benchmarks.data.sensors import SENSORS

TABLES: tuple[Table, ...] = (CUSTOMERS, SENSORS, EVENTS, DIGITS)
KINDS: tuple[Kind, ...] = (*VALUES, *TEXTS, *TIMES, *ROWS, *VECTORS)
