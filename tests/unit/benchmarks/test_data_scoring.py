"""What a tool is credited with: only what it does not say of the same rows undamaged, nor of many clean samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.data.cases import FIRST_DAMAGED, SOURCES, Case, Sample, cases_of, samples_of
from benchmarks.data.catalogue import KINDS, TABLES
from benchmarks.data.keeping import Kept
from benchmarks.data.power import Effect
from benchmarks.data.scoring import (
    Answer,
    Rate,
    by_chance,
    clean_of,
    found,
    misses,
    not_passed,
    overdone,
    scores_of,
    surely_found,
    weakest,
)
from benchmarks.data.shown import Scored, bars, by_nature, each, summary

KIND = KINDS[0]
STRONG = Case(kind=KIND, magnitude=0.2, effect=Effect(unit="sd", size=1.0, floor=0.1), power=1.0)
WEAK = Case(kind=KIND, magnitude=0.02, effect=Effect(unit="sd", size=0.2, floor=0.1), power=0.4)
SMALL = Case(kind=KIND, magnitude=0.002, effect=Effect(unit="sd", size=0.05, floor=0.1), power=0.0)
NULLS, RANGE = ("nulls", "age"), ("range", "age")
CONTROL = Sample(source=1, part=FIRST_DAMAGED)


def _damaged(case: Case) -> Sample:
    return Sample(source=1, part=FIRST_DAMAGED, case=case)


def _clean(part: int) -> Sample:
    return Sample(source=1, part=part)


def test_an_alarm_that_the_undamaged_rows_raise_too_finds_nothing() -> None:
    """Else a tool that always alarms would find everything."""
    answers = {CONTROL: Answer(alarms=(RANGE,)), _damaged(STRONG): Answer(alarms=(RANGE,))}
    assert found(scores_of(answers)) == Rate(part=0, whole=1)

    answers[_damaged(STRONG)] = Answer(alarms=(RANGE, NULLS))
    (score,) = scores_of(answers)
    assert found([score]) == Rate(part=1, whole=1)
    assert set(score.by) == {NULLS}


def test_an_alarm_that_many_clean_samples_raise_finds_nothing() -> None:
    """One that comes and goes by chance would else be credited whenever the control happens to be quiet."""
    noisy = {_clean(part): Answer(alarms=(NULLS,) if part <= 3 else ()) for part in range(1, 11)}
    answers = {**noisy, CONTROL: Answer(), _damaged(STRONG): Answer(alarms=(NULLS,))}
    assert found(scores_of(answers)).part == 0

    calm = {_clean(part): Answer(alarms=(NULLS,) if part <= 2 else ()) for part in range(1, 11)}
    assert found(scores_of({**calm, CONTROL: Answer(), _damaged(STRONG): Answer(alarms=(NULLS,))})).part == 1


def test_what_a_rare_alarm_finds_is_not_surely_found() -> None:
    """It may be chance: clean samples raise it too, only not often."""
    clean = {_clean(part): Answer(alarms=(NULLS,) if part == 1 else ()) for part in range(1, 11)}
    answers = {**clean, CONTROL: Answer(), _damaged(STRONG): Answer(alarms=(NULLS,))}
    scores = scores_of(answers)

    assert (found(scores).part, surely_found(scores).part) == (1, 0)

    answers[_damaged(STRONG)] = Answer(alarms=(NULLS, RANGE))
    assert surely_found(scores_of(answers)) == Rate(part=1, whole=1)


def test_a_tool_that_alarms_at_random_shows_how_much_it_would_find_by_chance() -> None:
    """Twenty rare alarms, one in each clean sample: none is usual, so each would count as found beside another."""
    random = {_clean(part): Answer(alarms=((f"check {part}", "age"),)) for part in range(1, 21)}
    calm = {_clean(part): Answer() for part in range(1, 21)}
    always = {_clean(part): Answer(alarms=(NULLS,)) for part in range(1, 21)}
    lonely = {Sample(source=source, part=1): Answer(alarms=(NULLS,)) for source in (1, 2)}

    assert by_chance({**random, CONTROL: Answer(alarms=(NULLS,))}) == Rate(part=20, whole=20)
    assert by_chance(calm) == Rate(part=0, whole=20)
    assert by_chance(always).part == 0
    assert by_chance(lonely).whole == 0


def test_nothing_is_found_beside_a_control_that_ended_in_an_exception() -> None:
    """Else a tool that fails on the undamaged rows would find everything."""
    answers = {CONTROL: Answer(error="MemoryError: no"), _damaged(STRONG): Answer(alarms=(NULLS,))}

    assert found(scores_of(answers)) == Rate(part=0, whole=1)


def test_strong_forms_of_a_kind_do_not_make_its_weak_form_found() -> None:
    """Of a kind that is asked for twice, the weak form stands for it."""
    weak = Case(kind=KIND, magnitude=0.1, effect=Effect(unit="sd", size=0.5, floor=0.1), power=0.95)
    answers = {CONTROL: Answer(), _damaged(SMALL): Answer(), _damaged(weak): Answer(),
               _damaged(STRONG): Answer(alarms=(NULLS,))}  # fmt: skip
    scores = scores_of(answers)

    assert found(scores) == Rate(part=1, whole=2)
    assert found(weakest(scores)) == Rate(part=0, whole=1)


def test_what_a_rule_can_name_is_told_from_what_only_changes() -> None:
    """A share that was zero, and a schema; all else whole rows have too."""
    effects = [
        Effect(unit="fact", size=1, floor=0), Effect(unit="share", size=0.1, floor=0.005, before=0.0, after=0.1),
        Effect(unit="share", size=0.1, floor=0.005, before=0.1, after=0.2), Effect(unit="sd", size=1, floor=0.1),
    ]  # fmt: skip
    cases = [Case(kind=KIND, magnitude=place, effect=effect, power=1) for place, effect in enumerate(effects)]
    answers = {CONTROL: Answer(), **{_damaged(case): Answer(alarms=(NULLS,)) for case in cases[:3]}}
    one = Scored(tool="T", table="customers", n=500, scores=scores_of(answers), clean=clean_of(answers),
                 chance=by_chance(answers), cpu=0.1)  # fmt: skip

    assert [effect.is_new for effect in effects] == [True, True, False, False]
    assert [cell.strip() for cell in by_nature([one]).splitlines()[2].strip("|").split("|")][3:] == [
        "100 % of 3", "100 % of 1", "100 % of 2", "100 % of 1"]  # fmt: skip


def test_an_exception_and_an_uncertain_answer_find_nothing() -> None:
    """They are counted apart."""
    answers = {
        CONTROL: Answer(),
        _damaged(STRONG): Answer(error="ValueError: no"),
        _damaged(WEAK): Answer(unsure=(NULLS,)),
    }
    strong, weak = scores_of(answers)

    assert (strong.found, strong.errors, strong.unsure) == (0, 1, 0)
    assert (weak.found, weak.errors, weak.unsure) == (0, 0, 1)
    assert misses([strong, weak]) == [strong]


def test_what_cannot_be_shown_is_not_asked_for_but_must_not_pass() -> None:
    """And an alarm below the floor is counted as what it is."""
    answers = {
        CONTROL: Answer(),
        _damaged(STRONG): Answer(alarms=(NULLS,)),
        _damaged(WEAK): Answer(),
        _damaged(SMALL): Answer(alarms=(NULLS,)),
    }
    scores = scores_of(answers)

    assert found(scores) == Rate(part=1, whole=1)
    assert not_passed(scores) == Rate(part=0, whole=1)
    assert overdone(scores) == Rate(part=1, whole=1)


def test_controls_are_not_among_the_clean_samples() -> None:
    """They would be counted once for each tool's repeats, not once for each sample."""
    clean = clean_of(
        {_clean(1): Answer(alarms=(NULLS,)), _clean(2): Answer(unsure=(NULLS,)), CONTROL: Answer(alarms=(RANGE,))}
    )

    assert (clean.tried, clean.alarmed, clean.unsure, clean.errors) == (2, 1, 1, 0)
    assert dict(clean.by) == {NULLS: 1}


def test_a_rate_shows_the_exact_interval() -> None:
    """No alarm in 300 samples does not mean that there is none: the upper end is 3.689 / 300."""
    lower, upper = Rate(part=0, whole=300).interval

    assert lower == 0
    assert upper == pytest.approx(1 - 0.025 ** (1 / 300))
    assert str(Rate(part=0, whole=0)) == "-"


def test_every_source_has_its_share_and_every_damaged_sample_its_control() -> None:
    """Parts are never used twice within a source."""
    cases = cases_of(TABLES[0], KINDS[:2], 500)
    planned = list(samples_of(cases, clean=25, repeats=12))
    samples = [sample for _, some in planned for sample in some]

    assert len({source for source, _ in planned}) == SOURCES
    assert len(samples) == len({sample.key for sample in samples}) == 25 + 12 * (1 + len(cases))
    controls = {(sample.source, sample.part) for sample in samples if sample.is_control}
    assert {(sample.source, sample.part) for sample in samples if sample.case} == controls
    assert sum(sample.case is None and not sample.is_control for sample in samples) == 25


def test_answers_are_kept_for_what_they_were_made_with(tmp_path: Path) -> None:
    """Another version of the tool or of the tables is asked again; a torn last line is no answer."""
    answer = Answer(alarms=(NULLS,), unsure=(RANGE,), error=None, cpu=0.5)
    Kept(tmp_path, "tool", "version 1").add("1/1000/clean", answer)
    with (tmp_path / "tool.jsonl").open("a") as file:
        file.write('{"key": "1/1001/clean", "made_wi')

    assert Kept(tmp_path, "tool", "version 1").answers == {"1/1000/clean": answer}
    assert Kept(tmp_path, "tool", "version 2").answers == {}


def test_tables_and_bars_say_what_was_counted() -> None:
    """A bar is met by the counts themselves; one alarm in ten clean samples is more than one in a hundred."""
    answers = {CONTROL: Answer(), _damaged(STRONG): Answer(alarms=(NULLS,)), _damaged(WEAK): Answer(),
               **{_clean(part): Answer(alarms=(RANGE,) if part == 1 else ()) for part in range(1, 11)}}  # fmt: skip
    one = Scored(tool="T", table="customers", n=500, scores=scores_of(answers), clean=clean_of(answers),
                 chance=by_chance(answers), cpu=0.1)  # fmt: skip

    assert "100.0 % (1 of 1;" in summary([one])
    assert [line.split("|")[3].strip() for line in each([one]).splitlines()[2:]] == ["+", "(-)"]
    assert [bar.met for bar in bars([one], "T")] == [True, False]
    assert bars([one], "another") == []
