"""How long a served model took to answer, and on what machine: the records that latency and memory are judged by.

Built by the readers `timings` and `measurement`, read by the gates. Plain tuples on purpose: gates sort and
count these numbers and load no table library for it.
"""

from __future__ import annotations

import math

from msgspec import Struct

from seatrial.evidence.records import Source

CANDIDATE, BASELINE = "candidate", "baseline"


class Requests(Struct, frozen=True, kw_only=True):
    """What one model was asked, in the order of asking. All tuples but `cold_ms` are of one length.

    `order` is the position among all requests of both models; `ms` counts for answered requests (`ok`) only.
    `request` says which request was sent, or is None where the file does not. `cold_ms` are the times from starting the
    model to its first answer, one for each start, infinite where that answer never came.
    """

    order: tuple[int, ...]
    ms: tuple[float, ...]
    ok: tuple[bool, ...]
    request: tuple[str, ...] | None = None
    cold_ms: tuple[float, ...] = ()

    @property
    def n(self) -> int:
        return len(self.ms)

    @property
    def failed(self) -> int:
        """How many requests were not answered, first requests after a start included."""
        return self.ok.count(False) + sum(not math.isfinite(ms) for ms in self.cold_ms)

    @property
    def waits(self) -> tuple[float, ...]:
        """The wait of each caller: infinite where no answer came, for to leave it out would make failures look fast."""
        return tuple(ms if ok else math.inf for ms, ok in zip(self.ms, self.ok, strict=True))


class Timings(Struct, frozen=True, kw_only=True):
    """A timings file. Without a baseline, only limits can be judged."""

    source: Source
    candidate: Requests
    baseline: Requests | None = None


class Machine(Struct, frozen=True, kw_only=True):
    """The class of a machine: what has to be the same for two times to be comparable."""

    cpu: str
    cores: int
    memory_bytes: int
    gpu: str | None = None

    def same_class(self, other: Machine) -> bool:
        """Whether times of the two can be compared. Memory counts in GiB: what a system reports differs a little."""
        return (self.cpu, self.cores, self.gpu, self._gib) == (other.cpu, other.cores, other.gpu, other._gib)

    @property
    def _gib(self) -> int:
        return round(self.memory_bytes / 2**30)

    def __str__(self) -> str:
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return f"{self.cpu}, {cores}, {self._gib} GiB, {self.gpu or 'no GPU'}"


class ServedModel(Struct, frozen=True, kw_only=True):
    """What was measured of one model besides its answers. `peak_rss_bytes` has one value for each start, `artifact` is
    the content digest of the model that was started, None where nobody knows what ran."""

    artifact: str | None = None
    machine: Machine | None = None
    peak_rss_bytes: tuple[int, ...] = ()


class Measurement(Struct, frozen=True, kw_only=True):
    """The record beside a timings file: what holds for the whole measurement and has no row.

    `timings` is the digest of the file it belongs to, `concurrency` how many callers waited at a time, `warm_up` how
    many requests were sent to each model before those that count.
    """

    source: Source
    timings: str | None = None
    concurrency: int | None = None
    warm_up: int | None = None
    candidate: ServedModel = ServedModel()
    baseline: ServedModel | None = None
