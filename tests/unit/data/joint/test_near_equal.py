"""Texts and vectors of the reference that come back with small changes, and those that nearly repeat each other."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
import pytest

from seatrial.data.claims import Severity
from seatrial.data.codes import Reason
from seatrial.data.decide import decide
from seatrial.data.findings import DataFinding
from seatrial.data.joint.near_duplicates import near_repeated
from seatrial.data.joint.near_shared import near_shared
from seatrial.data.policy import Contract, Drift
from seatrial.data.profile.records import NearKeys, Profile
from seatrial.verdict import Verdict
from tests.support.profiled import profile_of
from tests.unit.data.joint.sentences import dressed, sentences, with_a_word_changed

REFERENCE = sentences(5000, 7)
LOGS = sentences(5000, 7, templates=1.0)


def _profiles(reference: list[str], current: list[str]) -> tuple[Profile, Profile]:
    old = pl.DataFrame({"text": reference})
    return profile_of(old), profile_of(pl.DataFrame({"text": current}), reference=old)


def _shared(reference: list[str], current: list[str]) -> DataFinding:
    claims, facts = near_shared(*_profiles(reference, current), Contract())
    return (*decide(claims, q=0.01), *facts)[0]


def _repeated(reference: list[str] | None, current: list[str], contract: Contract | None = None) -> DataFinding:
    old, new = (
        (None, profile_of(pl.DataFrame({"text": current}))) if reference is None else _profiles(reference, current)
    )
    claims, facts = near_repeated(old, new, contract or Contract())
    return (*decide(claims, q=0.01), *facts)[0]


@pytest.mark.parametrize("rows", [500, 5000])
@pytest.mark.parametrize("changed", [with_a_word_changed, lambda texts, _: dressed(texts)])
def test_a_tenth_of_the_texts_taken_over_with_small_changes_is_found(rows: int, changed) -> None:  # type: ignore[no-untyped-def]
    """Of 500 texts, 50 are copies, and of those with a changed word 18 keep their key, where 6 would by chance, because
    one text in ten is made from a template: that is not always enough."""
    found = 0
    for seed in range(10):
        finding = _shared(REFERENCE, sentences(rows - rows // 10, seed + 50) + changed(REFERENCE[: rows // 10], seed))
        found += finding.verdict is Verdict.FAIL

        assert finding.verdict is not Verdict.PASS
        assert finding.column == "text"
        assert 0.01 < finding.details["found"] < 0.15

    assert found >= (6 if rows == 500 else 10)


@pytest.mark.parametrize("rows", [500, 5000])
def test_a_tenth_of_the_texts_repeated_with_other_case_and_punctuation_is_found(rows: int) -> None:
    for seed in range(5):
        texts = sentences(rows - rows // 10, seed + 50)
        finding = _repeated(REFERENCE, texts + dressed(texts[: rows // 10]))

        assert finding.verdict is Verdict.FAIL
        assert finding.estimate == pytest.approx(0.1, abs=0.04)


@pytest.mark.parametrize("templates", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("rows", [500, 5000])
def test_new_texts_of_one_source_are_no_alarm(rows: int, templates: float) -> None:
    """Log lines, all made from templates, are nearly equal by nature: they raise no alarm, and do not pass either."""
    reference = sentences(5000, 7, templates=templates)
    for seed in range(3):
        current = sentences(rows, seed + 900, templates=templates)
        for finding in (_shared(reference, current), _repeated(reference, current)):
            assert finding.verdict is not Verdict.FAIL
            assert templates < 1.0 or finding.severity is Severity.INFO


def test_copies_are_found_among_log_lines_once_they_are_more_than_chance_gives() -> None:
    texts = sentences(5000, 8, templates=0.3)
    reference = sentences(5000, 7, templates=0.3)

    assert _shared(reference, texts).verdict is not Verdict.FAIL
    assert _shared(reference, texts[:3000] + dressed(reference[:2000])).verdict is Verdict.FAIL


def test_a_dataset_that_has_grown_is_told_from_one_that_was_contaminated() -> None:
    finding = _shared(REFERENCE[:1000], dressed(REFERENCE[:1000]) + sentences(300, 4))

    assert (finding.verdict, finding.severity) == (Verdict.PASS, Severity.INFO)
    assert "grown" in finding.message


def _with_keys(profile: Profile, near: NearKeys) -> Profile:
    column = msgspec.structs.replace(profile.columns["text"], near=near)
    return msgspec.structs.replace(profile, columns={"text": column})


def test_a_sample_too_small_to_look_in_says_so_and_what_would_do() -> None:
    """A reference of two million texts, of which one in 250 is kept: of 5,000 texts 20 could be found there."""
    old, new = _profiles(REFERENCE, sentences(5000, 8))
    keys = np.sort(np.random.default_rng(1).integers(0, 2**40 // 250, 8192))
    old = _with_keys(old, NearKeys(count=2_000_000, keys=tuple(keys.tolist())))

    claims, facts = near_shared(old, new, Contract())

    assert claims == ()
    assert (facts[0].verdict, facts[0].severity) == (Verdict.INCONCLUSIVE, Severity.INFO)
    assert "near: 0.8" in (facts[0].next_step or "")


def test_a_limit_of_the_contract_needs_no_reference() -> None:
    texts = sentences(1000, 5, templates=0.0)
    repeated = texts + dressed(texts[:100])

    assert _repeated(None, repeated, Contract(max_near_duplicate_share=0.01)).verdict is Verdict.FAIL
    assert _repeated(None, repeated, Contract(max_near_duplicate_share=0.2)).verdict is Verdict.PASS
    note = _repeated(None, repeated)
    assert (note.verdict, note.severity) == (Verdict.PASS, Severity.INFO)


def test_a_limit_that_no_column_could_break_was_held_by_none() -> None:
    """Numbers and codes are never nearly equal: the rule is undecided, and says so; without it nothing is said."""
    frame = profile_of(pl.DataFrame({"n": range(100), "code": [f"k{place % 7}" for place in range(100)]}))
    claims, (told,) = near_repeated(None, frame, Contract(max_near_duplicate_share=0.01))

    assert claims == ()
    assert (told.verdict, told.severity, told.reason) == (Verdict.INCONCLUSIVE, Severity.ERROR, Reason.NOT_LOOKED_AT)
    assert near_repeated(None, frame, Contract()) == ((), ())


def test_a_column_whose_comparison_is_off_is_left_alone() -> None:
    profiles = _profiles(REFERENCE, dressed(REFERENCE[:500]))

    assert near_shared(*profiles, Contract(drift=Drift(off=True))) == ((), ())


def test_vectors_that_come_again_in_half_precision_are_found() -> None:
    rng = np.random.default_rng(3)
    schema = {"vector": pl.Array(pl.Float64, 64)}
    reference, fresh = rng.normal(size=(3000, 64)), rng.normal(size=(1000, 64))
    copied = np.concatenate([fresh[:900], reference[:100].astype(np.float16).astype(np.float64)])
    frame = pl.DataFrame({"vector": reference}, schema=schema)
    old = profile_of(frame)

    def verdict(matrix: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[Verdict, Verdict]:
        new = profile_of(pl.DataFrame({"vector": matrix}, schema=schema), reference=frame)
        claims, _ = near_shared(old, new, Contract())
        more, _ = near_repeated(old, new, Contract())
        first, second = decide((*claims, *more), q=0.01)
        return first.verdict, second.verdict

    assert verdict(fresh) == (Verdict.PASS, Verdict.PASS)
    assert verdict(copied) == (Verdict.FAIL, Verdict.PASS)
    assert verdict(np.concatenate([fresh[:900], fresh[:100] * 2.0])) == (Verdict.PASS, Verdict.FAIL)
