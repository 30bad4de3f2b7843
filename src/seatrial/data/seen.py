"""What was found out about a dataset, before it is put together into a result: the seam of `checking` and `comparing`.

Light, because a check of a contract alone passes here too and must not pay for numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
from msgspec import Struct, field

from seatrial import digest
from seatrial.data.findings import DataFinding
from seatrial.data.known_by import identity_of
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.data.reading.identity import identity
from seatrial.data.reading.records import Dataset
from seatrial.data.statistics import ColumnStatistics
from seatrial.errors import some_of
from seatrial.replacing import replace

Say = Callable[[str], None]
"""Is told how far the work is."""


class Seen(Struct, frozen=True, kw_only=True):
    """Rows, findings, and the profiles where some were made. `digests` are those of what it rests on besides the data
    and the contract; `reference` is what people call it."""

    rows: int
    findings: tuple[DataFinding, ...]
    notes: tuple[str, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None
    profile: Profile | None = None
    reference_profile: Profile | None = None
    statistics: tuple[ColumnStatistics, ...] = ()


class Known(Struct, frozen=True, kw_only=True):
    """A dataset with the digests of its files, in their order, and its own."""

    dataset: Dataset
    files: tuple[str, ...]
    identity: str


def known(dataset: Dataset, jobs: int, say: Say) -> Known:
    """The identity of a dataset: what its files hold, with the keys of their paths. Reads every byte once."""
    say(f"{dataset.shown}: reading digests")
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        files = tuple(pool.map(identity, dataset.partitions))
    keys = (partition.keys for partition in dataset.partitions)
    return Known(dataset=dataset, files=files, identity=identity_of(zip(files, keys, strict=True)))


def without_rows(dataset: Dataset, rows: Sequence[int]) -> tuple[str, ...]:
    """A note that names the files that hold no rows beside others that do: a delivery that did not come looks so."""
    empty = [partition.shown for partition, count in zip(dataset.partitions, rows, strict=True) if not count]
    return (f"{some_of(empty)}: no rows",) if 0 < len(empty) < len(rows) else ()


def contract_digest(contract: Contract) -> str:
    """What a contract demands, wherever it is written: by hand and in a stage it is the same contract."""
    bare = replace(
        contract,
        file=None,
        columns={name: replace(rule, places={}) for name, rule in contract.columns.items()},
        unread=tuple(replace(each, place=None) for each in contract.unread),
        places={},
    )
    return digest.of_record("data-contract/1", msgspec.json.decode(msgspec.json.encode(bare)))
