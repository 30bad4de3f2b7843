"""JUnit XML: how many tests passed, and what the others said.

Called by the flows for outs declared `as: junit`. There is no standard, only habits: the counts in attributes
are wrong in many files, so the test cases themselves are counted, and whatever is not plainly a pass (a
failure outside any case, a case that was not run) is not counted as one. A file without tests is an
error: nothing was checked.

Subtle: the file may come from anybody's code. A DTD is refused at its first token, so no entity is ever defined,
let alone expanded; depth and size are capped. expat is driven directly because only it tells lines and the
start of a DTD.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final
from xml.parsers import expat

from msgspec import Struct, field

from seatrial.errors import EvidenceError, Place
from seatrial.evidence import reading
from seatrial.evidence.records import TestCase, Tests

MAX_BYTES: Final = 256 * reading.MIB
MAX_DEPTH: Final = 64
LONGEST_MESSAGE: Final = 1_000
_REWRITE = "Let the test runner write it again (pytest: --junitxml FILE)."
_NOT_RUN: Final = {"notrun", "disabled", "skipped", "suppressed"}
_BROKEN: Final = {"fail": "failure", "failed": "failure", "failure": "failure", "error": "error"}
_OUTCOMES: Final = ("failure", "error", "skipped")


def read_junit(path: Path, *, shown: str | None = None, action: str | None = None, stage: str | None = None) -> Tests:
    """The tests in a JUnit XML file, counted case by case.

    `shown` is the path in messages and in the source, `action` and `stage` say what made the file. Raises
    EvidenceError for XML that is broken, hostile or no JUnit, and when there is not one test.
    """
    file = reading.shown_as(path, shown)
    data = reading.read_bytes(path, file=file, limit=MAX_BYTES)
    if not data.strip():
        raise EvidenceError("this file is empty", place=Place(file=file), next_step=_REWRITE)
    count = _Count(file=file)
    count.parse(data)
    if count.passed + count.failed + count.errors + count.skipped == 0:
        raise EvidenceError(
            "there is not one test in this file, so nothing was checked",
            place=Place(file=file),
            next_step="Check which tests the runner selected (pytest: --collect-only).",
        )
    return Tests(
        source=reading.source_of(data, file=file, action=action, stage=stage),
        passed=count.passed,
        failed=count.failed,
        errors=count.errors,
        skipped=count.skipped,
        seconds=count.seconds,
        troubles=tuple(count.troubles),
    )


class _Case(Struct):
    """A test case, or a failure outside any, while its element is open."""

    name: str
    depth: int
    outcome: str | None = None
    message: str = ""


class _Count(Struct):
    """Counts while the parser calls back; elements are told by their names without namespace prefixes."""

    file: str
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    seconds: float = 0.0
    troubles: list[TestCase] = field(default_factory=list)
    _parser: expat.XMLParserType = field(default_factory=expat.ParserCreate)
    _open: list[str] = field(default_factory=list)
    _suites: list[str] = field(default_factory=list)
    _case: _Case | None = None
    _text_depth: int | None = None

    def parse(self, data: bytes) -> None:
        parser = self._parser
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise EvidenceError(
                f"this is not valid XML: {expat.ErrorString(error.code)}",
                place=Place(file=self.file, line=error.lineno, column=error.offset + 1),
                next_step=f"The runner may have been stopped while it wrote. {_REWRITE}",
            ) from error
        except (LookupError, ValueError) as error:  # pyexpat's own words for encodings it cannot do
            raise EvidenceError(
                f"this XML has an encoding that cannot be read: {error}",
                place=Place(file=self.file, line=1),
                next_step="Write it as UTF-8.",
            ) from error

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        raise self._refused(f"a document type ({name}) is declared, and those are not read: {_WHY_NO_DTD}")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if not self._open and name not in ("testsuites", "testsuite"):
            raise self._refused(f"this is not a JUnit file: its outermost element is `{name[:40]}`")
        if len(self._open) >= MAX_DEPTH:
            raise self._refused(f"elements are nested deeper than {MAX_DEPTH} levels")
        parent = self._open[-1] if self._open else ""
        self._open.append(name)
        match name:
            case "testsuite":
                self._suites.append(attributes.get("name", ""))
            case "testcase":
                self._start_case(attributes)
            case "failure" | "error" | "skipped":
                self._start_outcome(name, parent, attributes)
            case _:
                pass

    def _start_case(self, attributes: dict[str, str]) -> None:
        if self._case is not None:
            raise self._refused("a test case lies inside another one")
        suite, name = attributes.get("classname", ""), attributes.get("name", "")
        self._case = _Case(name=".".join(filter(None, (suite, name))) or "(no name)", depth=len(self._open))
        self.seconds += self._time(attributes.get("time", ""))
        for key in ("status", "result"):
            word = attributes.get(key, "").lower()
            if word in _NOT_RUN:
                self._case.outcome = "skipped"
            elif word in _BROKEN:
                self._case.outcome = _BROKEN[word]

    def _start_outcome(self, name: str, parent: str, attributes: dict[str, str]) -> None:
        if self._case is None:  # a suite that broke before or after its cases
            if name == "skipped":
                return
            self._case = _Case(name=self._suites[-1] if self._suites else "(no name)", depth=len(self._open))
        elif parent != "testcase":
            return
        known = self._case.outcome
        more_telling = known is None or _OUTCOMES.index(name) < _OUTCOMES.index(known)
        if more_telling or (name == known and not self._case.message):
            self._case.outcome = name
            self._case.message = attributes.get("message", "").strip()[:LONGEST_MESSAGE]
            self._text_depth = None if self._case.message else len(self._open)

    def _text(self, data: str) -> None:
        if self._text_depth == len(self._open) and self._case is not None:
            room = LONGEST_MESSAGE - len(self._case.message)
            self._case.message += data[: max(room, 0)]

    def _end(self, _tag: str) -> None:
        depth = len(self._open)
        name = self._open.pop()
        if depth == self._text_depth:
            self._text_depth = None
        if name == "testsuite":
            self._suites.pop()
        if self._case is not None and depth == self._case.depth:
            self._close(self._case)
            self._case = None

    def _close(self, case: _Case) -> None:
        match case.outcome:
            case None:
                self.passed += 1
                return
            case "skipped":
                self.skipped += 1
                return
            case "failure":
                self.failed += 1
            case _:
                self.errors += 1
        self.troubles.append(TestCase(name=case.name, outcome=case.outcome, message=case.message.strip()))

    def _time(self, text: str) -> float:
        """Seconds; some runners write thousands separators, some leave the attribute empty."""
        text = text.replace(",", "").strip()
        if not text:
            return 0.0
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if not math.isfinite(seconds) or seconds < 0:
            raise self._refused(f"the time {text[:40]!r} of a test is not a number of seconds")
        return seconds

    def _refused(self, message: str) -> EvidenceError:
        place = Place(file=self.file, line=self._parser.CurrentLineNumber, column=self._parser.CurrentColumnNumber + 1)
        return EvidenceError(message, place=place, next_step=_REWRITE)


_WHY_NO_DTD: Final = "entities in it can make a small file expand without end"
