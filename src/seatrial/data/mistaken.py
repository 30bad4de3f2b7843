"""A file that was given for another: a profile as the contract, a contract as the data, data as the contract.

Each of the three places reads one form and would tell everything that is wrong with a file of another form, one key
at a time. So each asks here first: what a file is shows in its name and first bytes, and where it belongs is one
sentence. Called by `config/contract.py`, `baseline` and `reading/listing`.

What is subtle: this only words a refusal, and what nobody recognises is left to the reader of that place. A contract
whose name ends like that of data is taken for data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from seatrial.verdict import Verdict

PROFILE_KIND = "dataset profile"
"""What the file of a profile says of itself, under `kind`."""
HEAD = 4096
"""Bytes from the beginning that are enough to recognise a file."""

_TABLES = {
    ".parquet": "a Parquet file",
    ".pq": "a Parquet file",
    ".parq": "a Parquet file",
    ".csv": "a CSV file",
    ".tsv": "a TSV file",
    ".tab": "a TSV file",
    ".jsonl": "a JSONL file",
    ".ndjson": "a JSONL file",
    ".arrow": "an Arrow file",
    ".arrows": "an Arrow file",
    ".feather": "an Arrow file",
    ".ipc": "an Arrow file",
}
_MAGIC = {
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"\xff\xff\xff\xff": "an Arrow file",
    b"FEA1": "an Arrow file",
    b"\x1f\x8b": "a packed file (gzip)",
    b"PK\x03\x04": "a packed file (zip)",
}
_PROFILE = re.compile(rb'\{\s*"kind":\s*"' + PROFILE_KIND.encode() + b'"')
_RESULT = re.compile(rb'\{\s*"schema_version":\s*\d+,\s*"datasets?":')
_VERDICTS = b"(?:" + "|".join(Verdict).encode() + b")"
_PAGE = re.compile(
    rb'<!doctype html>\s*<html lang="en"><head><meta charset="utf-8">'
    rb'(?:<meta (?!name="generator")[^>]*>)*<title>' + _VERDICTS + b": "
)
_MARKDOWN = re.compile(b"## " + _VERDICTS + b": decision [a-z]+, ")
_LEADING = b"\xef\xbb\xbf \r\n\t"


class Mistake(Struct, frozen=True, kw_only=True):
    """What a file is instead, and where it belongs."""

    message: str
    next_step: str


def is_profile(head: bytes) -> bool:
    """Whether a file says of itself that it is the profile of a dataset."""
    return _PROFILE.match(head.lstrip(_LEADING)) is not None


def as_contract(head: bytes, name: str) -> Mistake | None:
    """Why a file is no contract; None for one that may be, good or bad."""
    if is_profile(head):
        return _profile_as_contract(name)
    if is_result(head):
        return _result("no contract")
    what = next((what for magic, what in _MAGIC.items() if head.startswith(magic)), None) or _table_by_name(name)
    if what is None:
        return None
    return Mistake(
        message=f"this is {what}, which holds data, and no contract",
        next_step=f"check it with: seatrial check {name} --contract contract.yaml; "
        f"`seatrial check {name} --infer --output contract.yaml` writes a contract that it keeps",
    )


def document_as_contract(value: Mapping[str, object], name: str) -> Mistake | None:
    """The same of a file that was parsed already."""
    if value.get("kind") == PROFILE_KIND:
        return _profile_as_contract(name)
    return _result("no contract") if "schema_version" in value and {"dataset", "datasets"} & value.keys() else None


def _profile_as_contract(name: str) -> Mistake:
    return Mistake(
        message="this is the profile of a dataset, no contract",
        next_step=f"give it to --reference: seatrial check DATA --reference {name}; in seatrial.yaml, to `reference:`",
    )


def as_data(head: bytes, name: str, *, what: str = "no data") -> Mistake | None:
    """Why a file in no known format is no data (or `what` else it was to be); None where that cannot be told."""
    if is_profile(head):
        return Mistake(
            message=f"this is the profile of a dataset, {what}",
            next_step=f"give it to --reference, and name the data that is to be compared with it: "
            f"seatrial check DATA --reference {name}; a folder of data holds nothing else",
        )
    if is_result(head):
        return _result(what)
    lowered = name.lower()
    if lowered.endswith((".yaml", ".yml")):
        return Mistake(
            message=f"this is a YAML file, {what}",
            next_step=f"give a contract to --contract: seatrial check DATA --contract {name}",
        )
    if lowered.endswith(".json"):
        return _of_json(head, name, what)
    return None


def _of_json(head: bytes, name: str, what: str) -> Mistake | None:
    start = head.lstrip(_LEADING)[:1]
    records = "data in JSON has one record a line, in a file that ends in .jsonl"
    if start == b"[":
        return Mistake(
            message=f"this is one JSON array, {what} that can be read", next_step=f"{records}: rewrite it so"
        )
    if start == b"{":
        return Mistake(
            message=f"this is one JSON document, {what} that can be read",
            next_step=f"give a contract to --contract: seatrial check DATA --contract {name}; {records}",
        )
    return None


def is_result(head: bytes) -> bool:
    """Whether a file is what a check wrote with `--json` or as a record."""
    return _RESULT.match(head.lstrip(_LEADING)) is not None


def is_page(head: bytes) -> bool:
    """Whether a file is the page that a check wrote as `--report FILE.html`."""
    return _PAGE.match(head.lstrip(_LEADING)) is not None


def is_markdown(head: bytes) -> bool:
    """Whether a file is what a check wrote as `--report FILE.md`."""
    return _MARKDOWN.match(head.lstrip(_LEADING)) is not None


def _result(what: str) -> Mistake:
    return Mistake(
        message=f"this is the result of a check, as `--json` or `--report` wrote it, {what}",
        next_step="a profile is what --reference takes: seatrial check DATA --save-profile FILE writes one",
    )


def _table_by_name(name: str) -> str | None:
    lowered = name.lower().removesuffix(".gz")
    return next((what for ending, what in _TABLES.items() if lowered.endswith(ending)), None)
