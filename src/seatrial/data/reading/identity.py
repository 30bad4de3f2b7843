"""What a file of a dataset is known by, and what stands for data that is kept elsewhere.

Called by whoever remembers profiles (`identity`), and by `listing` where a pointer of DVC or Git LFS may lie in the
place of data. The identity of a file is the digest of its bytes, also where DVC keeps it: whether a file is what its
pointer promises is only known after reading it, and one digest of all files is simpler than two. What the
pointer itself promises is `promised`, for the history of a dataset whose data is not here.
"""

from __future__ import annotations

from pathlib import Path

from seatrial import digest
from seatrial.data.reading.faults import refused, unopened
from seatrial.data.reading.records import Partition

_SUFFIX = ".dvc"


def identity(partition: Partition) -> str:
    """The digest of a partition's bytes, `b3:...`. What its path adds to each row is not in it."""
    try:
        return digest.of_file(partition.path)
    except OSError as error:
        raise unopened(error, partition.shown) from error


def promised(path: Path) -> str | None:
    """What DVC's pointer says about a file or folder, `dvc:md5:...`; None where there is no pointer beside it.

    `path` is that of the data, or of the pointer itself.
    """
    from seatrial.pipeline import contents  # reads YAML, which data without a pointer does not need

    data = data_of(path)
    try:
        with data.with_name(data.name + _SUFFIX).open("rb") as file:
            found = contents.parse_dvc(file.read(contents.MOST_DVC_BYTES), data.name)
    except OSError:
        return None
    return None if found is None else found.identity


def data_of(path: Path) -> Path:
    """The data that a path names: a pointer `x.dvc` stands for `x` beside it."""
    return path.with_name(path.name.removesuffix(_SUFFIX)) if path.name.endswith(_SUFFIX) else path


def refuse_absent(path: Path, shown: str) -> None:
    """Raise the EvidenceError for data that is not here, but in DVC's storage."""
    if not path.exists() and (known := promised(path)) is not None:
        raise refused(
            f"the data is not here, only DVC's pointer to it ({known})", shown, step=f"Run: dvc pull {shown}{_SUFFIX}"
        )


def refuse_lfs_pointer(path: Path, shown: str, size: int) -> None:
    """Raise the EvidenceError for a file that is a pointer of Git LFS instead of the data."""
    from seatrial.pipeline import pointers  # as above

    if size < pointers.LFS_MAX_BYTES and (found := pointers.read_lfs(path.read_bytes())) is not None:
        raise refused(
            f"the data is not here, only Git LFS's pointer to it ({found.size} bytes)",
            shown,
            step=f"Run: git lfs pull --include {shown}",
        )
