"""What a dataset is compared with: a profile from a file, or raw data that is profiled first.

Called by `checking`. The reference chooses the binning, once, and the current data is counted in it. Columns
that only the current data has, or has as another kind, are given bins of their own beside: no comparison looks
at them, but leakage does, and a picture.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from seatrial.data.asked import Asked
from seatrial.data.mistaken import HEAD, as_data, is_profile
from seatrial.data.policy import STORED_HASHES
from seatrial.data.profile.binning import choose_binning
from seatrial.data.profile.freezing import refrozen
from seatrial.data.profile.records import Binning, Profile
from seatrial.data.profile.serial import MOST_BYTES, read_profile
from seatrial.data.profiling import Plan, profiled
from seatrial.data.reading.batches import spread
from seatrial.data.reading.faults import unopened
from seatrial.data.reading.identity import refuse_absent
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.plain import first_bytes, read_plain
from seatrial.data.reading.records import Dataset
from seatrial.data.seen import Say, known
from seatrial.digest import Json, of_record
from seatrial.errors import EvidenceError, Place, UsageError
from seatrial.replacing import replace

SPREAD_ROWS = 50_000
"""Rows, evenly spread over all files, that choose bins."""


class Baseline(Struct, frozen=True, kw_only=True):
    """A reference. `notes` tell how it was read."""

    shown: str
    profile: Profile
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What it is: its files, wherever they lie, and its bins."""
        parts: list[Json] = [list(part) for part in sorted(self.profile.parts)]
        return of_record("data-reference/1", [self.profile.binning.digest, parts])


def baseline(path: Path, asked: Asked, say: Say) -> Baseline:
    """The reference at a path: a profile where it is a .json file or says that it is one, else data.

    Raises UsageError where nothing is there, EvidenceError for what cannot be read or has no rows.
    """
    shown = asked.reference_shown or str(path)
    if not path.exists():
        refuse_absent(path, shown)
        raise UsageError(
            f"the reference {shown} does not exist",
            next_step="name a profile that `--save-profile` wrote, or a file or folder of data",
        )
    if path.is_file() and (path.suffix == ".json" or _says_profile(path)):
        found = Baseline(shown=shown, profile=_read(path, shown))
    else:
        dataset = open_dataset(path, shown=shown)
        it = known(dataset, asked.at_once(len(dataset.partitions)), say)
        plan = Plan(it=it, binning=own_binning(dataset, asked.contract.id, say), asked=asked, rules=False)
        found = Baseline(shown=shown, profile=profiled(plan, say).profile, notes=dataset.notes)
    if not found.profile.rows:
        raise EvidenceError(
            f"the reference {shown} has no rows, so there is nothing to compare with",
            place=Place(file=shown),
            next_step="name a reference with rows",
        )
    return found


def _says_profile(path: Path) -> bool:
    """By its first bytes; a file that cannot be opened is told by whoever reads it as data."""
    try:
        return is_profile(first_bytes(path, HEAD))
    except OSError:
        return False


def _read(path: Path, shown: str) -> Profile:
    try:
        data = read_plain(path, MOST_BYTES)
    except OSError as error:
        raise unopened(error, shown) from error
    mistake = None if is_profile(data[:HEAD]) else as_data(data[:HEAD], shown, what="no profile")
    if mistake is not None:
        raise EvidenceError(mistake.message, place=Place(file=shown), next_step=mistake.next_step)
    return read_profile(data, file=shown)


def own_binning(dataset: Dataset, ids: Collection[str], say: Say) -> Binning:
    """The binning that a dataset chooses for itself. `ids`: columns that are declared to name rows."""
    say(f"{dataset.shown}: choosing bins")
    some = spread(_lasting(dataset), SPREAD_ROWS)
    if not some.rows:
        some = spread(dataset, SPREAD_ROWS)
    return choose_binning(dataset.columns, some.frame, ids, rows=some.rows)


def _lasting(dataset: Dataset) -> Dataset:
    """The first files, as many as the largest power of two among their number.

    Bins chosen from all files would be others with each file that is added, and every profile that is remembered
    would be worth nothing. So they are others only when the number of files has doubled, and still rest on half of
    the files at least.
    """
    files = dataset.partitions
    return replace(dataset, partitions=files[: 1 << (len(files).bit_length() - 1)]) if files else dataset


def binning_for(dataset: Dataset, reference: Profile, say: Say) -> Binning:
    """The reference's binning, with bins for what it does not know.

    It keeps the reference's digest, because every column that is compared is binned the same.
    """
    before = {name: column.column for name, column in reference.columns.items()}
    strange = tuple(
        column for column in dataset.columns if column.name not in before or column.kind is not before[column.name].kind
    )
    if not strange:
        return reference.binning
    say(f"{dataset.shown}: choosing bins for new columns")
    added = choose_binning(strange, spread(dataset, SPREAD_ROWS).frame)
    return Binning(
        columns={**reference.binning.columns, **added.columns},
        digest=reference.binning.digest,
        left_out=tuple(dict.fromkeys((*reference.binning.left_out, *added.left_out))),
        aside=reference.binning.aside,
    )


def to_keep(profile: Profile) -> Profile:
    """A profile as it may become the reference of others: with the digest of the bins that it has, no more no less, and
    with as many digests of rows as are worth their place in a file."""
    sample = replace(
        profile.sample,
        hashes=profile.sample.hashes[:STORED_HASHES],
        bare_hashes=profile.sample.bare_hashes[:STORED_HASHES],
    )
    return replace(profile, binning=refrozen(profile.binning, profile.columns), sample=sample)
