"""Whether a measurement, or a vote, is of the very models that are judged: asked before anything is compared.

A measurement is kept with the version that it was made for, and what it was compared with may have been replaced since:
figures of a model that nobody serves any more would then pass for the holder's. A record that does not say what ran is
taken as it is, for whoever wrote it by hand. Votes are a stage's, whose file names no model: which one held the place
of the baseline is on a project's own account, and where that does not say, nothing may be concluded.
"""

from __future__ import annotations

from typing import TypeAlias

from seatrial.evidence.preference_records import Preferences
from seatrial.evidence.timing_records import Measurement
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Present, VotedAgainst

Refused: TypeAlias = tuple[Reason, str]

_STEP = "`seatrial run` measures both anew"
_LETTERS = 12
"""Of a digest, in a message: its prefix and enough to tell it from others."""


def of_another_candidate(measurement: Measurement | None, artifact: str | None) -> Refused | None:
    """Why the candidate's figures are of another model; None where they are not, or nobody knows."""
    seen = None if measurement is None else measurement.candidate.artifact
    if measurement is None or seen is None or artifact is None or seen == artifact:
        return None
    message = (
        f"{measurement.source.path} is of the model {_short(seen)}, and the candidate is {_short(artifact)}; {_STEP}"
    )
    return Reason.OTHER_CANDIDATE, message


def of_another_baseline(measurement: Measurement | None, baseline: Present) -> Refused | None:
    """Why the baseline's figures are of another model than the one compared with; None as above."""
    other = None if measurement is None else measurement.baseline
    seen, held = None if other is None else other.artifact, baseline.evidence.artifact
    if measurement is None or seen is None or held is None or seen == held:
        return None
    message = (
        f"{measurement.source.path} compares with the model {_short(seen)}, and {baseline.label} is {_short(held)}: "
        f"it has changed since, or another baseline was meant; {_STEP}"
    )
    return Reason.OTHER_BASELINE, message


def of_other_votes(
    preferences: Preferences | None, voted: VotedAgainst | None, held: str | None, label: str
) -> Refused | None:
    """Why votes are about another model than the baseline whose digest is `held`; None where they are not, or where
    nobody keeps account."""
    if preferences is None or voted is None or held is None or voted.artifact == held:
        return None
    path, now = preferences.source.path, f"{label} is {_short(held)}"
    stage = (preferences.source.stage or "STAGE").partition("[")[0]
    ask = f"have the judge compare with it: seatrial cache forget {stage} && seatrial run"
    if voted.artifact is None:
        message = f"which model {path} compares with is not known, and {now}; {ask}"
    else:
        message = f"{path} compares with the model {_short(voted.artifact)}, and {now}: it has changed since; {ask}"
    return Reason.OTHER_BASELINE, message


def _short(digest: str) -> str:
    return f"{digest[:_LETTERS]}..."
