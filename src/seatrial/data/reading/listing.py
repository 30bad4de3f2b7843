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
from typing import TypeVar
from urllib.parse import unquote

import msgspec

from seatrial.data.reading.faults import refused, unopened
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
PACKED = (".gz", ".zst", ".zlib")
_PACKED_TEXT = (Format.CSV, Format.JSONL)
_BESIDE = (".crc", ".md5", ".sha256", ".dvc", ".md", ".lock", ".yaml", ".yml")
_HF_FILES = frozenset({"dataset_info.json", "state.json", "dataset_dict.json", "dataset_infos.json"})
_DEEPEST = 64
_KNOWN = "Parquet, CSV, TSV, JSONL and Arrow (file or stream)"
_T = TypeVar("_T")
_CONVERT = f"Seatrial reads {_KNOWN}; write the data in one of them."


def partitions_of(path: Path, shown: str) -> tuple[Partition, ...]:
    """The files of a dataset. Raises EvidenceError where there are none, or where they cannot be one dataset."""
    status = _status(path, shown)
    if stat.S_ISREG(status.st_mode):
        return (Partition(path=path, shown=shown, format=_format(path, shown), size=status.st_size),)
    if not stat.S_ISDIR(status.st_mode):
        raise _no_file(shown)
    _refuse_splits(path, shown)
    found = tuple(_folder(path, shown))
    if not found:
        raise refused("this folder has no data files", shown, step=_CONVERT)
    _refuse_mixed(found, shown)
    return found


def _folder(root: Path, shown: str) -> Iterator[Partition]:
    named = _hugging_face(root, shown)
    entries = [(name, root / name) for name in named] if named is not None else sorted(_walk(root, "", (), shown))
    for name, path in entries:
        file = f"{shown.rstrip('/')}/{name}"
        status = _status(path, file)
        if not stat.S_ISREG(status.st_mode):
            raise _no_file(file)
        keys = tuple(_keys(name))
        yield Partition(path=path, shown=file, format=_format(path, file), size=status.st_size, keys=keys)


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
        if _ignored(entry.name):
            continue
        if entry.is_dir():
            yield from _walk(folder / entry.name, f"{name}/", (*above, here), shown)
        else:
            yield name, folder / entry.name


def _ignored(name: str) -> bool:
    return name.startswith((".", "_")) or name in _HF_FILES or name.lower().endswith(_BESIDE) or name.endswith("~")


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
            head = file.read(8)
    except OSError as error:
        raise unopened(error, shown) from error
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff", b"FEA1")):
        return Format.ARROW
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and path.suffix.lower() != ".json":
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


# -- folders of Hugging Face `datasets` -------------------------------------------------


def _refuse_splits(root: Path, shown: str) -> None:
    """A saved DatasetDict holds several datasets, which are judged one by one."""
    described = root / "dataset_dict.json"
    if not described.is_file():
        return
    splits = _json(described, f"{shown}/dataset_dict.json", dict[str, list[str]]).get("splits", [])
    folders = ", ".join(f"{shown.rstrip('/')}/{split}" for split in splits)
    raise refused(
        f"this folder holds {len(splits)} datasets (a saved DatasetDict), not one",
        shown,
        step=f"Name one of them: {folders or 'the folder of a split'}.",
    )


class _DataFile(msgspec.Struct):
    filename: str


class _State(msgspec.Struct):
    data_files: list[_DataFile] = msgspec.field(name="_data_files", default_factory=list)
    indices: list[_DataFile] | None = msgspec.field(name="_indices_data_files", default=None)


def _hugging_face(root: Path, shown: str) -> list[str] | None:
    """The files that state.json of a saved dataset names, in its order; None for any other folder."""
    described = root / "state.json"
    if not (described.is_file() and (root / "dataset_info.json").is_file()):
        return None
    state = _json(described, f"{shown.rstrip('/')}/state.json", _State)
    names = [file.filename for file in state.data_files]
    if state.indices or any("/" in name or name.startswith(".") for name in names):
        raise refused(
            "this saved dataset is a selection of rows, kept as indices into other files",
            shown,
            step="Save it with `dataset.flatten_indices().save_to_disk(...)`.",
        )
    return names


def _json(path: Path, shown: str, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise unopened(error, shown) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise refused(
            f"this description of a dataset cannot be read: {error}", shown, step="Save the dataset again."
        ) from error


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
