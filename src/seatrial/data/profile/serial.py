"""A profile as one JSON file, and back; called by whoever stores a reference.

The outline is for people: names, rows, counts. Long rows of numbers are packed (zlib, then base64) where nobody
reads them one by one. Reading is strict and executes nothing: another version, a missing, unknown or mistyped
field, a size above its limit, or counts that do not add up are an EvidenceError. The same profile gives the same
bytes.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from seatrial.data.policy import SAMPLE_ROWS
from seatrial.data.profile import limits
from seatrial.data.profile.coherence import incoherence
from seatrial.data.profile.records import SCHEMA, Profile, SampledValues
from seatrial.errors import EvidenceError, Place

MOST_BYTES: Final = 128 << 20
"""Of a file; one that is larger is no profile."""
_MOST_UNPACKED: Final = 64 << 20
_KIND: Final = "dataset profile"
_LEVEL: Final = 9
_SHOWN_FLOATS: Final = 16
_AGAIN: Final = "Make it again: `seatrial check DATA --save-profile FILE`."


def write_profile(profile: Profile) -> bytes:
    """The file of a profile."""
    value = msgspec.to_builtins(profile, builtin_types=(bytes,))
    for binning in value["binning"]["columns"].values():
        binning["edges"] = _floats(binning["edges"])
        binning["projections"] = [_floats(edges) for edges in binning["projections"]]
        own = [_floats(direction) for direction in binning.pop("directions")]
        binning |= {"directions": own} if own else {}
    sample = value["sample"]
    sample["hashes"] = _packed(_deltas(profile.sample.hashes))
    same = profile.sample.bare_hashes == profile.sample.hashes
    sample["bare_hashes"] = None if same else _packed(_deltas(profile.sample.bare_hashes))
    sample["codes"] = _packed(_turned(profile.sample.codes, len(profile.sample.columns)))
    first = profile.sample.digests == profile.sample.hashes[: len(profile.sample.digests)]
    sample["digests"] = None if first else _packed(_deltas(profile.sample.digests))
    once = all(count == 1 for count in profile.sample.counts)
    sample["counts"] = len(profile.sample.counts) if once else profile.sample.counts
    for column in value["columns"].values():
        column["distinct"] = _packed(column["distinct"])
        column["groups"] = _packed(np.asarray(column["groups"], dtype="<i8").tobytes()) if column["groups"] else ""
        if column["sampled"]:
            sampled = profile.columns[column["column"]["name"]].sampled
            column["sampled"] = _packed_values(sampled) if sampled is not None else None
        if column["near"] is not None:
            column["near"]["keys"] = _packed(_deltas(column["near"]["keys"]))
        for part in [name for name, content in column.items() if content is None or content == ""]:
            del column[part]
    value["pairs"]["sums"] = _packed(np.asarray(profile.pairs.sums, dtype="<i8").tobytes())
    columns = value.pop("columns")
    outline = [f'"kind": {_json(_KIND)}', *(f'"{name}": {_json(part)}' for name, part in value.items())]
    rows = ",\n".join(f"{_json(name)}: {_json(column)}" for name, column in columns.items())
    outline.append(f'"columns": {{\n{rows}\n}}')
    return ("{" + ",\n".join(outline) + "}\n").encode()


def read_profile(data: bytes, *, file: str) -> Profile:
    """The profile in a file. Raises EvidenceError, naming `file`, for anything that `write_profile` did not write."""
    try:
        profile = _profile(_outline(data))
        wrong = incoherence(profile)
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error, RecursionError) as error:
        raise _unusable(str(error), file) from error
    if wrong is not None:
        raise _unusable(wrong, file)
    return profile


def _unusable(why: str, file: str) -> EvidenceError:
    return EvidenceError(f"this is no profile that can be used: {why}", place=Place(file=file), next_step=_AGAIN)


def _outline(data: bytes) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES >> 20} MiB")
    value = msgspec.json.decode(data)
    if not isinstance(value, dict) or value.pop("kind", None) != _KIND:
        raise ValueError("it is something else")
    if value.get("schema") != SCHEMA:
        raise ValueError(f"it has version {value.get('schema')}, and this Seatrial reads version {SCHEMA}")
    return value


def _profile(value: dict[str, Any]) -> Profile:
    sample = value["sample"]
    sample["hashes"] = _from_deltas(_unpacked(sample["hashes"]))
    bare = sample["bare_hashes"]
    sample["bare_hashes"] = sample["hashes"] if bare is None else _from_deltas(_unpacked(bare))
    sample["codes"] = _turned_back(_unpacked(sample["codes"]), len(sample["columns"]))
    once, first = sample["counts"], sample["digests"]
    sample["counts"] = [1] * min(once, SAMPLE_ROWS) if isinstance(once, int) else once
    sample["digests"] = sample["hashes"][: len(sample["counts"])] if first is None else _from_deltas(_unpacked(first))
    for column in value["columns"].values():
        column["distinct"] = _unpacked(column["distinct"]) if column.get("distinct") else b""
        if column.get("sampled"):
            column["sampled"] = _unpacked_values(column["sampled"])
        if column.get("near") is not None:
            column["near"]["keys"] = _from_deltas(_unpacked(column["near"]["keys"]))
        if column.get("groups"):
            groups = np.frombuffer(_unpacked(column["groups"]), dtype="<i8")
            column["groups"] = groups.reshape(limits.GROUPS, limits.GROUP_BINS).tolist()
    for binning in value["binning"]["columns"].values():
        binning["edges"] = _from_floats(binning["edges"])
        binning["projections"] = [_from_floats(edges) for edges in binning["projections"]]
        binning["directions"] = [_from_floats(direction) for direction in binning.get("directions", ())]
    value["pairs"]["sums"] = np.frombuffer(_unpacked(value["pairs"]["sums"]), dtype="<i8").tolist()
    profile = msgspec.convert(value, Profile, builtin_types=(bytes,))
    _refuse_unknown(value, msgspec.to_builtins(profile, builtin_types=(bytes,)))
    return profile


def _refuse_unknown(value: dict[str, Any], known: dict[str, Any]) -> None:
    """Records pass over what they do not know; a file of this version holds nothing of that kind."""
    for name, content in value.items():
        if name not in known:
            raise ValueError(f"it has a field `{name}`, which is unknown")
        if isinstance(content, dict):
            _refuse_unknown(content, known[name])


def _packed_values(sampled: SampledValues) -> dict[str, object]:
    once = all(count == 1 for count in sampled.counts)
    return {
        "digests": _packed(_deltas(sampled.digests)),
        "counts": len(sampled.counts) if once else sampled.counts,
    }


def _unpacked_values(value: dict[str, Any]) -> dict[str, Any]:
    counts = value["counts"]
    once = [1] * min(counts, SAMPLE_ROWS) if isinstance(counts, int) else counts
    return {**value, "digests": _from_deltas(_unpacked(value["digests"])), "counts": once}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, _LEVEL)).decode()


def _unpacked(text: str) -> bytes:
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(base64.b64decode(text, validate=True), _MOST_UNPACKED)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("packed figures are cut off or too many")
    return data


def _floats(values: Sequence[float]) -> list[float] | str:
    """Few floats as they are, many packed: their digits would be half of the file."""
    return list(values) if len(values) <= _SHOWN_FLOATS else _packed(np.asarray(values, dtype="<f8").tobytes())


def _from_floats(values: object) -> object:
    return np.frombuffer(_unpacked(values), dtype="<f8").tolist() if isinstance(values, str) else values


def _deltas(hashes: Sequence[int]) -> bytes:
    """Ascending numbers as differences, all first bytes first: what the numbers have in common packs well."""
    values = np.asarray(hashes, dtype=np.uint64)
    return _turned(np.diff(values, prepend=np.uint64(0)).astype(">u8").tobytes(), 8)


def _from_deltas(data: bytes) -> list[int]:
    values = np.frombuffer(_turned_back(data, 8), dtype=">u8").astype(np.uint64)
    hashes: list[int] = np.cumsum(values, dtype=np.uint64).tolist()
    return hashes


def _turned(rows: bytes, width: int) -> bytes:
    """A matrix of bytes, column by column."""
    return np.frombuffer(rows, dtype=np.uint8).reshape(-1, width).T.tobytes() if width else b""


def _turned_back(data: bytes, width: int) -> bytes:
    return np.frombuffer(data, dtype=np.uint8).reshape(width, -1).T.tobytes() if width else b""
