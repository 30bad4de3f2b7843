"""The outs of two runs of one cell, file by file. Called by `twice`.

Both are taken out of the store, so that what is compared is what would have been kept. Equal digests are
equal bytes; only what differs is looked at.
"""

from __future__ import annotations

from pathlib import Path

from seatrial.evidence.file_comparison import compare_files
from seatrial.evidence.sameness import FileComparison, Sameness, Spot
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.policy import OutSpec
from seatrial.store.blobs import Artifact, BlobStore

_ABSENT = "(no such file)"


def compare_outs(
    cell: Cell, one: CellOutcome, other: CellOutcome, blobs: BlobStore, scratch: Path
) -> tuple[FileComparison, ...]:
    """Every file of every out; one row for an out that is equal as a whole."""
    if one.result is None or other.result is None:
        return ()
    specs = {out.name: out for out in cell.spec.outs}
    found: list[FileComparison] = []
    for out in cell.outs:
        first, second = one.result.outs[out.name], other.result.outs[out.name]
        if first == second:
            found.append(FileComparison(path=out.path, sameness=Sameness.EQUAL))
        else:
            found += _compare(specs[out.name], out.path, first, second, blobs, scratch / out.name)
    return tuple(found)


def _compare(
    spec: OutSpec, path: str, first: Artifact, second: Artifact, blobs: BlobStore, scratch: Path
) -> list[FileComparison]:
    left, right = scratch / "first", scratch / "second"
    blobs.checkout(first, left)
    blobs.checkout(second, right)
    if left.is_file() and right.is_file():
        return [_compare_entry(spec, path, left, right)]
    names = sorted({str(file.relative_to(top)) for top in (left, right) for file in _entries(top)})
    return [
        _compare_entry(spec, f"{path}/{name}" if name != "." else path, left / name, right / name) for name in names
    ]


def _entries(top: Path) -> list[Path]:
    """All that a folder holds; the file itself where there is no folder."""
    return [top] if top.is_file() else [entry for entry in top.rglob("*") if entry.is_symlink() or not _full(entry)]


def _full(entry: Path) -> bool:
    """A folder that holds something is compared by what it holds."""
    return entry.is_dir() and any(entry.iterdir())


def _compare_entry(spec: OutSpec, shown: str, left: Path, right: Path) -> FileComparison:
    kinds = _kind(left), _kind(right)
    if kinds[0] != kinds[1] or kinds[0] in ("an empty folder", _ABSENT) or left.is_symlink():
        same = kinds[0] == kinds[1] and not left.is_symlink()
        texts = (str(left.readlink()), str(right.readlink())) if kinds == ("a link", "a link") else kinds
        if same or texts[0] == texts[1]:
            return FileComparison(path=shown, sameness=Sameness.EQUAL)
        spot = Spot(place="the whole entry", first=texts[0], second=texts[1])
        return FileComparison(path=shown, sameness=Sameness.DIFFERENT, spot=spot)
    modes = tuple("executable" if file.stat().st_mode & 0o100 else "not executable" for file in (left, right))
    if modes[0] != modes[1]:
        spot = Spot(place="mode", first=modes[0], second=modes[1])
        return FileComparison(path=shown, sameness=Sameness.DIFFERENT, spot=spot)
    ids = frozenset({spec.columns.id}) if spec.columns is not None else frozenset()
    return compare_files(left, right, shown=shown, tolerance=spec.tolerance, exact=ids)


def _kind(path: Path) -> str:
    if path.is_symlink():
        return "a link"
    if path.is_dir():
        return "a folder" if _full(path) else "an empty folder"
    return "a file" if path.is_file() else _ABSENT
