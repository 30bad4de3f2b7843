"""From a path to the files of a dataset, in one order, each with its format and the keys of its folders.

Called by `opening`. Nothing is opened here but a few first bytes of files whose name does not say what they are.

What counts in a folder: every file at any depth, links followed, but those whose name begins with `.` or `_` (as Spark
and Hive have it) and files that writers leave beside data (checksums, descriptions of the dataset, DVC's
pointers). A folder that `datasets` of Hugging Face saved holds Arrow streams, and its state.json says which.
Something in a folder that is neither known nor ignored is an error, because a partition passed over in
silence would be judged as if it were not there.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from seatrial.data.mistaken import HEAD, as_data
from seatrial.data.reading import hugging_face
from seatrial.data.reading.faults import refused, unopened
from seatrial.data.reading.identity import data_of, refuse_absent, refuse_lfs_pointer
from seatrial.data.reading.records import Format, Partition

ENDINGS = {
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".parq": Format.PARQUET,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".tab": Format.CSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".arrow": Format.ARROW,
    ".arrows": Format.ARROW,
    ".feather": Format.ARROW,
    ".ipc": Format.ARROW,
}
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""How Hive writes a key that is null."""
PACKED = (".gz",)
_PACKED_TEXT = (Format.CSV, Format.JSONL)
_BESIDE = (".crc", ".md5", ".sha256", ".dvc", ".md", ".lock", ".yaml", ".yml", "~")
_DEEPEST = 64
_KNOWN = "Parquet, CSV, TSV, JSONL and Arrow (file or stream)"
_CONVERT = f"Seatrial reads {_KNOWN}; write the data in one of them."


def partitions_of(path: Path, shown: str) -> tuple[Partition, ...]:
    """The files of a dataset. Raises EvidenceError where there are none, or where they cannot be one dataset."""
    path, shown = data_of(path), shown.removesuffix(".dvc")
    refuse_absent(path, shown)
    status = _status(path, shown)
    if stat.S_ISREG(status.st_mode):
        return (_partition(path, shown, status.st_size, ()),)
    if not stat.S_ISDIR(status.st_mode):
        raise _no_file(shown)
    hugging_face.refuse_splits(path, shown)
    found = tuple(_folder(path, shown))
    if not found:
        raise refused("this folder has no data files", shown, step=_CONVERT)
    _refuse_mixed(found, shown)
    return found


def _folder(root: Path, shown: str) -> Iterator[Partition]:
    named = hugging_face.files_of(root, shown)
    entries = [(name, root / name) for name in named] if named is not None else sorted(_walk(root, "", (), shown))
    for name, path in entries:
        file = f"{shown.rstrip('/')}/{name}"
        status = _status(path, file)
        if not stat.S_ISREG(status.st_mode):
            raise _no_file(file)
        yield _partition(path, file, status.st_size, tuple(_keys(name)))


def _partition(path: Path, shown: str, size: int, keys: tuple[tuple[str, str], ...]) -> Partition:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise refused("the name of this file is not UTF-8", shown, step="Rename it (mv).") from error
    try:
        refuse_lfs_pointer(path, shown, size)
    except OSError as error:
        raise unopened(error, shown) from error
    return Partition(path=path, shown=shown, format=_format(path, shown), size=size, keys=keys)


def _walk(folder: Path, below: str, above: tuple[tuple[int, int], ...], shown: str) -> Iterator[tuple[str, Path]]:
    """Files by their path below the dataset. A folder that lies in itself (by links) is not entered again."""
    file = f"{shown.rstrip('/')}/{below}".rstrip("/")
    try:
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        if here in above or len(above) > _DEEPEST:
            return
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise unopened(error, file) from error
    for entry in entries:
        name = below + entry.name
        if is_left_out(entry.name):
            continue
        if _is_folder(entry, f"{shown.rstrip('/')}/{name}"):
            yield from _walk(folder / entry.name, f"{name}/", (*above, here), shown)
        else:
            yield name, folder / entry.name


def _is_folder(entry: os.DirEntry[str], shown: str) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:  # a link that leads to itself
        raise unopened(error, shown) from error


def is_left_out(name: str) -> bool:
    """Whether a file or folder of this name, in a folder of data, is no part of the data."""
    return (
        name.startswith((".", "_"))
        or name in hugging_face.DESCRIPTIONS
        or name.lower().endswith(_BESIDE)
        or name.endswith("~")
    )


def _keys(name: str) -> Iterator[tuple[str, str]]:
    """`day=2026-01-01/part-0.parquet` says that `day` is `2026-01-01`, as Hive writes it."""
    for folder in name.split("/")[:-1]:
        key, equals, value = folder.partition("=")
        if equals and key:
            yield unquote(key), unquote(value)


# -- what a file is -------------------------------------------------------------------


def _format(path: Path, shown: str) -> Format:
    """By the ending of its name; by its first bytes where the ending says nothing."""
    name = path.name.lower()
    packed = next((ending for ending in PACKED if name.endswith(ending)), "")
    ending = Path(name.removesuffix(packed)).suffix
    known = ENDINGS.get(ending)
    if known is not None and packed and known not in _PACKED_TEXT:
        raise refused(
            f"a packed {known.value} file cannot be read; the format packs its own columns",
            shown,
            step=f"Unpack it ({packed}) first.",
        )
    return known or _format_by_bytes(path, shown)


def _format_by_bytes(path: Path, shown: str) -> Format:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise unopened(error, shown) from error
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff", b"FEA1")):
        return Format.ARROW
    mistake = as_data(head, shown)
    if mistake is not None:
        raise refused(mistake.message, shown, step=mistake.next_step)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return Format.JSONL
    what = f"its name ends in `{path.suffix}`" if path.suffix else "its name has no ending"
    raise refused(
        f"it is not clear how to read this: {what}, and it does not begin like a known format",
        shown,
        step=f"{_CONVERT} If it is one of them, give it the ending (.csv, .jsonl, .parquet, .arrow).",
    )


def _refuse_mixed(found: tuple[Partition, ...], shown: str) -> None:
    counts = Counter(partition.format for partition in found)
    if len(counts) > 1:
        most = counts.most_common(1)[0][0]
        odd = next(partition for partition in found if partition.format is not most)
        raise refused(
            f"files of several formats are in one folder: this is {odd.format.value}, most are {most.value}",
            odd.shown,
            step="Keep one format per dataset, or name the files apart.",
        )
    names = tuple(key for key, _ in found[0].keys)
    for partition in found:
        theirs = tuple(key for key, _ in partition.keys)
        if theirs != names or len(set(theirs)) != len(theirs):
            raise refused(
                f"the folders give this file the keys {_list(theirs)}, others {_list(names)}",
                partition.shown,
                step=f"Lay all files of {shown} out in folders of the same keys, each named once.",
            )


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "(none)"


def _status(path: Path, shown: str) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise unopened(error, shown) from error


def _no_file(shown: str) -> Exception:
    return refused(
        "this is neither a plain file nor a folder",
        shown,
        step="Name a file or a folder, not a pipe, a socket or a device.",
    )
