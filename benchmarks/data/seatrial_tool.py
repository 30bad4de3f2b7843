"""Seatrial as one of the tools: asked in this process, through the function behind `seatrial check`.

    Seatrial              two paths, and the roles that nobody can guess: label, prediction, id, as the peers are told
    Seatrial, two paths   nothing else
    Seatrial, contract    also the contract that `seatrial check --infer` writes for the reference, as it writes it

The reference is raw data each time; its profile is remembered, as `seatrial check` remembers it.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import seatrial
from benchmarks.data.asking import timed
from benchmarks.data.cases import digest_of
from benchmarks.data.roles import Table
from benchmarks.data.scoring import Answer
from seatrial.config.contract import load_contract
from seatrial.data.asked import Asked
from seatrial.data.checking import check
from seatrial.data.comparing import inferred
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract
from seatrial.replacing import replace
from seatrial.verdict import Verdict

SOURCE = Path(seatrial.__file__).parent
LOADED = digest_of([*sorted(SOURCE.glob("data/**/*.py")), *sorted(SOURCE.glob("stats/**/*.py")),
                    *sorted(SOURCE.glob("config/contract*.py")), Path(__file__)])  # fmt: skip
"""Taken at once: what is edited during a long run is not what answers."""
NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
"""When the files are checked: after all their rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seatrial:
    """One way to call it."""

    name: str
    roles: bool = True
    contract: bool = False
    flat: bool = False

    def made_with(self) -> str:
        """Its answers depend on everything in `data/` and `stats/`, on the contract's reader, and on the options."""
        return f"{LOADED} {self.roles} {self.contract}"

    def answers(self, table: Table, reference: Path, files: Sequence[Path]) -> Iterator[Answer]:
        """In the order of the files."""
        contract = self._contract(table, reference)
        for file in files:
            yield answer(Asked(path=file, reference=reference, contract=contract, examples=0, jobs=1,
                                cache=reference.parent / "remembered"))  # fmt: skip

    def _contract(self, table: Table, reference: Path) -> Contract:
        contract = Contract()
        if self.contract:
            contract = load_contract(_inferred(reference, reference.stat().st_mtime_ns).encode(), "contract.yaml")
        if not self.roles:
            return contract
        roles = table.roles
        return replace(contract, label=roles.label, prediction=roles.prediction, id=roles.ids[:1])


WAYS = (
    Seatrial(name="Seatrial"),
    Seatrial(name="Seatrial, two paths", roles=False),
    Seatrial(name="Seatrial, contract", contract=True),
)


@lru_cache(maxsize=2)
def _inferred(reference: Path, _modified: int) -> str:
    return inferred(Asked(path=reference, jobs=1), lambda _: None)


def answer(asked: Asked) -> Answer:
    """What one check says; an exception is an answer too."""
    begun = time.process_time()
    try:
        findings = check(asked, now=NOW).findings
    except Exception as error:  # noqa: BLE001 - a peer's crash is an answer, and so is ours
        return Answer(error=f"{type(error).__name__}: {error}", cpu=timed(begun))
    said = {verdict: _alarms(findings, verdict) for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)}
    return Answer(alarms=said[Verdict.FAIL], unsure=said[Verdict.INCONCLUSIVE], cpu=timed(begun))


def _alarms(findings: Sequence[DataFinding], verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """Notes are none."""
    return tuple(sorted({(str(finding.check), finding.column or "") for finding in findings
                         if finding.verdict is verdict and finding.severity != "info"}))  # fmt: skip
