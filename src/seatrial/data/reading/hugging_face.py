"""Folders that `datasets` of Hugging Face saved: Arrow streams, and JSON that says which of them are the dataset.

Called by `listing`. A selection of rows, which such a folder may also be, is refused: its rows are indices into files
with other rows, and reading those would judge what nobody selected.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from seatrial.data.reading.faults import refused, unopened

DESCRIPTIONS = frozenset({"dataset_info.json", "state.json", "dataset_dict.json", "dataset_infos.json"})
_T = TypeVar("_T")


class _DataFile(msgspec.Struct):
    filename: str


class _State(msgspec.Struct):
    data_files: list[_DataFile] = msgspec.field(name="_data_files", default_factory=list)
    indices: list[_DataFile] | None = msgspec.field(name="_indices_data_files", default=None)


def refuse_splits(root: Path, shown: str) -> None:
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


def files_of(root: Path, shown: str) -> list[str] | None:
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
