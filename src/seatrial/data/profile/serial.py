"""A profile as one JSON file, and back; called by whoever stores a reference.

The outline is for people: names, rows, counts. Long rows of numbers are packed (zlib, then base64) where nobody
reads them one by one. Reading is strict and executes nothing: another version, a missing, unknown or mistyped
field, a size above its limit, or counts that do not add up are an EvidenceError. The same profile gives the same
bytes with the same zlib.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from seatrial.data.mistaken import PROFILE_KIND
from seatrial.data.policy import SAMPLE_ROWS
from seatrial.data.profile import limits
from seatrial.data.profile.coherence import incoherence
from seatrial.data.profile.packing import (
    counted,
    deltas,
    floats,
    from_counted,
    from_deltas,
    from_floats,
    from_wholes,
    packed,
    turned,
    turned_back,
    unpacked,
    wholes,
)
from seatrial.data.profile.records import SCHEMA, Profile, SampledValues
from seatrial.errors import EvidenceError, Place

MOST_BYTES: Final = 128 << 20
"""Of a file; one that is larger is no profile."""
_BINNED: Final = ("numbers", "texts", "times")
_SHOWN_WORDS: Final = 32
_AGAIN: Final = "Make it again: `seatrial check DATA --save-profile FILE`."


def write_profile(profile: Profile) -> bytes:
    """The file of a profile."""
    value = msgspec.to_builtins(profile, builtin_types=(bytes,))
    for binning in value["binning"]["columns"].values():
        binning["edges"] = floats(binning["edges"])
        binning["projections"] = [floats(edges) for edges in binning["projections"]]
        binning["scores"] = wholes(binning["scores"])
        binning["words"] = _words(binning["words"])
        own = [floats(direction) for direction in binning.pop("directions")]
        binning |= {"directions": own} if own else {}
    sample = value["sample"]
    sample["hashes"] = packed(deltas(profile.sample.hashes))
    same = profile.sample.bare_hashes == profile.sample.hashes
    sample["bare_hashes"] = None if same else packed(deltas(profile.sample.bare_hashes))
    sample["codes"] = packed(turned(profile.sample.codes, len(profile.sample.columns)))
    first = profile.sample.digests == profile.sample.hashes[: len(profile.sample.digests)]
    sample["digests"] = None if first else packed(deltas(profile.sample.digests))
    once = all(count == 1 for count in profile.sample.counts)
    sample["counts"] = len(profile.sample.counts) if once else profile.sample.counts
    for column in value["columns"].values():
        column["distinct"] = packed(column["distinct"])
        column["groups"] = packed(np.asarray(column["groups"], dtype="<i8").tobytes()) if column["groups"] else ""
        if column["sampled"]:
            sampled = profile.columns[column["column"]["name"]].sampled
            column["sampled"] = _packed_values(sampled) if sampled is not None else None
        if column["near"] is not None:
            column["near"]["keys"] = packed(deltas(column["near"]["keys"]))
        column["items"]["counts"] = counted(column["items"]["counts"])
        for name in _BINNED:
            if column[name] is not None:
                column[name]["bins"] = wholes(column[name]["bins"])
        for part in [name for name, content in column.items() if content is None or content == ""]:
            del column[part]
    value["pairs"]["sums"] = packed(np.asarray(profile.pairs.sums, dtype="<i8").tobytes())
    columns = value.pop("columns")
    outline = [f'"kind": {_json(PROFILE_KIND)}', *(f'"{name}": {_json(part)}' for name, part in value.items())]
    rows = ",\n".join(f"{_json(name)}: {_json(column)}" for name, column in columns.items())
    outline.append(f'"columns": {{\n{rows}\n}}')
    return ("{" + ",\n".join(outline) + "}\n").encode()


def read_profile(data: bytes, *, file: str) -> Profile:
    """The profile in a file. Raises EvidenceError, naming `file`, for anything that `write_profile` did not write."""
    try:
        profile = _profile(_outline(data))
        wrong = incoherence(profile)
    except KeyError as error:
        raise _unusable(f"it has no field `{error.args[0]}`", file) from error
    except (ValueError, TypeError, AttributeError, zlib.error, RecursionError) as error:
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
    if not isinstance(value, dict) or value.pop("kind", None) != PROFILE_KIND:
        raise ValueError("it is something else")
    if value.get("schema") != SCHEMA:
        raise ValueError(f"it has version {value.get('schema')}, and this Seatrial reads version {SCHEMA}")
    return value


def _profile(value: dict[str, Any]) -> Profile:
    sample = value["sample"]
    sample["hashes"] = from_deltas(unpacked(sample["hashes"]))
    bare = sample["bare_hashes"]
    sample["bare_hashes"] = sample["hashes"] if bare is None else from_deltas(unpacked(bare))
    sample["codes"] = turned_back(unpacked(sample["codes"]), len(sample["columns"]))
    once, first = sample["counts"], sample["digests"]
    sample["counts"] = [1] * min(once, SAMPLE_ROWS) if isinstance(once, int) else once
    sample["digests"] = sample["hashes"][: len(sample["counts"])] if first is None else from_deltas(unpacked(first))
    for column in value["columns"].values():
        column["items"]["counts"] = from_counted(column["items"]["counts"])
        for part in _BINNED:
            if column.get(part) is not None:
                column[part]["bins"] = from_wholes(column[part]["bins"])
        column["distinct"] = unpacked(column["distinct"]) if column.get("distinct") else b""
        if column.get("sampled"):
            column["sampled"] = _unpacked_values(column["sampled"])
        if column.get("near") is not None:
            column["near"]["keys"] = from_deltas(unpacked(column["near"]["keys"]))
        if column.get("groups"):
            groups = np.frombuffer(unpacked(column["groups"]), dtype="<i8")
            column["groups"] = groups.reshape(limits.GROUPS, limits.GROUP_BINS).tolist()
    for binning in value["binning"]["columns"].values():
        binning["edges"] = from_floats(binning["edges"])
        binning["projections"] = [from_floats(edges) for edges in binning["projections"]]
        binning["scores"] = from_wholes(binning["scores"])
        binning["words"] = _from_words(binning["words"])
        binning["directions"] = [from_floats(direction) for direction in binning.get("directions", ())]
    value["pairs"]["sums"] = np.frombuffer(unpacked(value["pairs"]["sums"]), dtype="<i8").tolist()
    profile = msgspec.convert(value, Profile, builtin_types=(bytes,))
    _refuse_unknown(value, msgspec.to_builtins(profile, builtin_types=(bytes,)))
    return profile


def _words(words: Sequence[str]) -> list[str] | str:
    return list(words) if len(words) <= _SHOWN_WORDS else packed(msgspec.json.encode(words))


def _from_words(value: object) -> object:
    return msgspec.json.decode(unpacked(value)) if isinstance(value, str) else value


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
        "digests": packed(deltas(sampled.digests)),
        "counts": len(sampled.counts) if once else sampled.counts,
    }


def _unpacked_values(value: dict[str, Any]) -> dict[str, Any]:
    counts = value["counts"]
    once = [1] * min(counts, SAMPLE_ROWS) if isinstance(counts, int) else counts
    return {**value, "digests": from_deltas(unpacked(value["digests"])), "counts": once}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
