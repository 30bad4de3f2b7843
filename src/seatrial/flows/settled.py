"""What a run with nothing to do rests on, checked in one loop, and what such a run leaves behind.

After a run whose cells all ended made and stored, or reused, `settling.py` writes a *memo*: stamps of
everything its plan rested on (configuration, sources, outs, blobs, results, interpreter), what git
said, and the report that the same run would give again. While all of it holds, `seatrial run` need
not read the configuration, plan or look up anything: `cli/settled.py` calls `recall`, `holds` and
`replay`, in this order, and takes the ordinary way at the first doubt.

Nothing is ever decided here. The memo says what an ordinary run found, and is believed only while
nothing it looked at has moved; so losing it, or refusing it, costs time alone. Subtle: this file is
all that such a run loads, so it uses neither records nor paths: the import of msgspec, or of pathlib,
takes longer than its whole work.
"""

# ruff: noqa: PTH103, PTH116, PTH120, PTH123  (pathlib costs more than the whole of this)
from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from seatrial import __version__, digest
from seatrial.change import git_process
from seatrial.store import atomic, glances, stamps

SCHEMA = 2
FOLDER = ".seatrial/settled"
LAST = "last-run.json"
"""In the cache's folder."""

# Stand-ins of the very width of what replaces them, so that text which was laid out with them stays laid out.
RUN = "7" + "z" * 25
BEGUN = "2999-12-31T23:59:59.001Z"
ENDED = "2999-12-31T23:59:59.002Z"
SECONDS = 987654321.125
TOOK = 0.07
TOOK_IN_ALL = "0.07 s in all"

MOST_TO_READ = 16 << 20
"""Bytes of restless files that are read again; for more, the ordinary way has a better memory."""
_TAKING = {
    "--tier": "tier",
    "-t": "tier",
    "--set-param": "set-param",
    "-S": "set-param",
    "--jobs": "jobs",
    "-j": "jobs",
}
"""Options with a value. Short ones are taken only with a blank before it."""
_CONSULTED = ("HOME", "PATH", "VIRTUAL_ENV", "XDG_CONFIG_HOME")
_CONSULTED_PREFIXES = ("GIT_", "SEATRIAL_")


class Memo(NamedTuple):
    """A memo as it was written. Paths are absolute; `header` and `texts` are described where they are made."""

    file: str
    header: Mapping[str, Any]
    followed: bytes
    plain: bytes
    texts: Mapping[str, bytes]


class Asked(NamedTuple):
    """A request as `seatrial run` takes it: `words` in one order and spelling, and how the answer is wanted."""

    words: tuple[str, ...]
    overridden: Mapping[str, str]
    as_json: bool


class Replayed(NamedTuple):
    """A settled run: its name, its report's facts as JSON text, and what to print."""

    run: str
    facts: str
    terminal: str


def understood(words: Sequence[str]) -> Asked | None:
    """What stands behind `seatrial run`; None for anything that is not known here to be harmless."""
    tier: tuple[str, ...] = ()
    set_params: list[str] = []
    stages: list[str] = []
    as_json = False
    left = list(words)
    while left:
        option, equals, value = left.pop(0).partition("=")
        if equals and not option.startswith("--"):
            option, equals, value = option + equals + value, "", ""
        if not option.startswith("-"):
            stages.append(option)
        elif option == "--json" and not equals:
            as_json = True
        elif option in _TAKING and (equals or left):
            value = value if equals else left.pop(0)
            match _TAKING[option]:
                case "tier":
                    tier = ("--tier", value)
                case "jobs" if not value.isascii() or not value.isdigit() or int(value) == 0:
                    return None
                case "set-param":
                    set_params.append(value)
        else:
            return None
    overridden = dict(one.split("=", 1) for one in set_params if "=" in one)
    if len(overridden) != len(set_params):
        return None  # a mistake, which the ordinary way explains
    typed = [word for one in set_params for word in ("--set-param", one)]
    return Asked(("seatrial", "run", *tier, *typed, *stages), overridden, as_json)


def memo_file(root: str, words: Iterable[str]) -> str:
    """Where the memo of a request lies; `words` are the request as `seatrial run` takes it, normalised."""
    name = digest.of_record(f"settled/{SCHEMA}", list(words))
    return f"{root}/{FOLDER}/{name.removeprefix(digest.PREFIX)[:32]}"


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that can change what a plan finds. What stages are given is not in their keys."""
    return {
        name: value for name, value in environ.items() if name in _CONSULTED or name.startswith(_CONSULTED_PREFIXES)
    }


def machine() -> str:
    """`linux x86_64, 2 cores`: enough to judge a timing, nothing that identifies a person."""
    system = os.uname()
    return f"{system.sysname.lower()} {system.machine}, {os.cpu_count() or 1} cores"


def pack(header: Mapping[str, Any], parts: Mapping[str, bytes]) -> bytes:
    """A memo as bytes: the digest of all the rest, the header in one line, then the parts."""
    sizes = {name: len(part) for name, part in parts.items()}
    line = json.dumps({**header, "schema": SCHEMA, "version": __version__, "parts": sizes})
    body = line.encode() + b"\n" + b"".join(parts.values())
    return digest.of_bytes(body).encode() + b"\n" + body


def recall(file: str) -> Memo | None:
    """The memo in a file; None when there is none, or it is damaged, or another version wrote it."""
    try:
        with open(file, "rb") as opened:
            data = opened.read()
        seal, _, body = data.partition(b"\n")
        if digest.of_bytes(body).encode() != seal:
            return None
        line, _, rest = body.partition(b"\n")
        header = json.loads(line)
        if header["schema"] != SCHEMA or header["version"] != __version__:
            return None
        parts, place = {}, 0
        for name, size in header["parts"].items():
            parts[name] = rest[place : place + size]
            place += size
        return Memo(file, header, parts.pop("followed"), parts.pop("plain"), parts)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def holds(memo: Memo, root: str, environ: Mapping[str, str]) -> bool:
    """Whether everything the memo rests on is as it was."""
    header = memo.header
    if header["root"] != root or header["environ"] != surroundings(environ) or header["machine"] != machine():
        return False
    try:
        if not _untouched(memo):
            return False
        status = git_process.ask(git_process.STATUS, root)
        return status.code == 0 and digest.of_bytes(standing(status.out)) == header["status"]
    except (OSError, ValueError):  # TimeoutError is an OSError
        return False


def standing(status: bytes) -> bytes:
    """What git's status says of commit and files; the name of the branch does not count."""
    commit = (git_process.committed(status) or "").encode()
    return b"\0".join([commit, *git_process.differences(status)])


def _untouched(memo: Memo) -> bool:
    header = memo.header
    followed, plain = header["followed"], header["plain"]
    if stamps.take(followed, os.stat) != memo.followed or stamps.take(plain, os.lstat) != memo.plain:
        return False
    if any(map(stamps.is_file, header["no_file"])) or any(map(os.path.lexists, header["nothing"])):
        return False
    restless = header["restless"]
    if sum(os.stat(path).st_size for path in restless) > MOST_TO_READ:
        return False
    if any(stamps.content(path) != was for path, was in restless.items()):
        return False
    # Last, because it takes longest. Where it fails, the ordinary way need not look at the same folders once more.
    return all(glances.take_and_keep(path).mark.hex() == mark for path, mark in header["folders"].items())


def calm(memo: Memo, now_ns: int) -> None:
    """Write the memo anew without the files that were restless when it was written and are quiet by now.

    Their content was just looked at, and is what the memo says.
    """
    header = memo.header
    if not header["restless"]:
        return
    young = {
        paths[place]
        for paths, taken in ((header["followed"], memo.followed), (header["plain"], memo.plain))
        for place in stamps.restless(taken, now_ns)
    }
    still = {path: was for path, was in header["restless"].items() if path in young}
    if len(still) < len(header["restless"]):
        parts = {"followed": memo.followed, "plain": memo.plain, **memo.texts}
        atomic.write_atomic(memo.file, pack({**header, "restless": still}, parts), durable=False)


def replay(memo: Memo, folder: str, run: str, *, begun_ns: int, seconds: float, color: bool) -> Replayed:
    """Leave what an ordinary run leaves in its folder: log and report. Raises OSError."""
    from seatrial.report.numbers import duration  # with `math`, and only when there is something to say

    took = duration(seconds) + TOOK_IN_ALL.removeprefix("0.07 s")
    begun, ended = iso(begun_ns), iso(begun_ns + int(seconds * 1e9))
    swaps = (
        (RUN, run), (BEGUN, begun), (ENDED, ended), (repr(SECONDS), repr(round(seconds, 6))), (TOOK_IN_ALL, took)
    )  # fmt: skip

    def filled(name: str) -> bytes:
        text = memo.texts[name]
        for old, new in swaps:
            text = text.replace(old.encode(), new.encode())
        return text

    os.makedirs(folder)
    log = os.open(f"{folder}/events.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(log, filled("events"))
        os.fsync(log)
    finally:
        os.close(log)
    facts = filled("report.json")
    atomic.write_atomic(f"{folder}/report.md", filled("report.md"), durable=False)
    atomic.write_atomic(f"{folder}/report.json", facts, durable=False)
    atomic.write_atomic(f"{os.path.dirname(os.path.dirname(folder))}/{LAST}", last_run(run, facts), durable=False)
    return Replayed(run, facts.decode(), filled("color" if color else "terminal").decode())


def last_run(run: str, report: bytes) -> bytes:
    """Which run was the last, and what it reported, as the file `LAST` says it. Written once no stage runs any more:
    what a stage wrote beside the real runs is none of them."""
    return json.dumps({"report": digest.of_bytes(report), "run": run}).encode()


def iso(instant_ns: int) -> str:
    """An instant in the form that records use (`clock.iso` wants a datetime, whose import is not free)."""
    seconds, rest = divmod(instant_ns, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest // 1_000_000:03d}Z"
