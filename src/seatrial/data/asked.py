"""What one check is asked, and what that needs: the order that `checking` carries out.

Made by `cli/check.py` and by whoever checks a dataset for a stage.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from seatrial.data.claims import Severity
from seatrial.data.codes import Check as Name
from seatrial.data.codes import Reason
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract
from seatrial.verdict import Verdict

MOST_AT_ONCE = 4
"""Files read at once where nobody says how many."""


class Asked(Struct, frozen=True, kw_only=True):
    """What to check, and against what.

    `reference` is a profile or data, which people call `reference_shown`, `save_profile` where the profile of the data
    is written if it has rows, `examples` how many rows are shown of one finding, `cache` a folder that remembers
    profiles, `jobs` how many files are read at once.
    `pictures`: statistics and distributions are wanted, so a profile is made in any case.
    """

    path: Path
    shown: str | None = None
    reference: Path | None = None
    reference_shown: str | None = None
    contract: Contract = Contract()
    save_profile: Path | None = None
    examples: int = 5
    cache: Path | None = None
    jobs: int | None = None
    pictures: bool = False

    @property
    def has_rules(self) -> bool:
        """Whether the contract demands anything of rows; roles of columns and limits on drift are no demands."""
        contract = self.contract
        roles_only = Contract(
            file=contract.file,
            label=contract.label,
            prediction=contract.prediction,
            cluster=contract.cluster,
            id=contract.id,
            max_leakage=contract.max_leakage,
            max_near_duplicate_share=contract.max_near_duplicate_share,
            drift=contract.drift,
            on_inconclusive=contract.on_inconclusive,
            places=contract.places,
        )
        return contract != roles_only

    @property
    def needs_profile(self) -> bool:
        """Whether anything is asked that rules alone do not answer."""
        contract = self.contract
        limits = (contract.label, contract.prediction, contract.max_leakage, contract.max_near_duplicate_share)
        wanted = (self.reference, self.save_profile, *limits)
        return self.pictures or not self.has_rules or any(each is not None for each in wanted)

    def at_once(self, files: int) -> int:
        """How many files are read side by side: each holds some batches in memory."""
        return max(1, min(self.jobs or min(MOST_AT_ONCE, len(os.sched_getaffinity(0))), files))

    @property
    def nothing(self) -> bool:
        """Whether there is nothing that the data could be held against."""
        contract = self.contract
        limits = (contract.label, contract.max_leakage, contract.max_near_duplicate_share)
        asked = (self.reference, self.save_profile, *limits)
        return not self.has_rules and all(each is None for each in asked)


def unanswered(asked: Asked, rows: int) -> tuple[DataFinding, ...]:
    """Why a check of nothing is no pass: nothing was asked, or there was nothing to ask it of."""
    found: list[DataFinding] = []
    if not rows and not asked.has_rules:  # a contract says so itself
        found.append(_error(Name.NO_ROWS, "the dataset has no rows", "look at what writes the dataset", rows))
    if asked.nothing:
        step = f"write a contract with `seatrial check {asked.path} --infer --output contract.yaml`, "
        found.append(
            _error(
                Name.NOTHING_ASKED,
                "nothing was asked of the data: there is neither a contract nor a reference",
                f"{step}or name what the data was like before with --reference",
                rows,
            )
        )
    return tuple(found)


def _error(name: Name, message: str, step: str, rows: int) -> DataFinding:
    return DataFinding(
        check=name,
        column=None,
        verdict=Verdict.ERROR,
        severity=Severity.ERROR,
        reason=Reason.NOT_LOOKED_AT,
        message=message,
        next_step=step,
        n=rows,
    )
