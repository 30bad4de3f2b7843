"""What a file of a dataset is known by, so that its profile is found again.

Called by whoever remembers profiles. The identity is the digest of the bytes. The md5 that a DVC pointer promises
beside a file is not taken instead: whether the file is what was promised is only known after reading it.
"""

from __future__ import annotations

from seatrial import digest
from seatrial.data.reading.faults import unopened
from seatrial.data.reading.records import Partition


def identity(partition: Partition) -> str:
    """The digest of a partition's bytes, `b3:...`. What its path adds to each row is not in it."""
    try:
        return digest.of_file(partition.path)
    except OSError as error:
        raise unopened(error, partition.shown) from error
