"""What `selection:`, `merge_with_debt` and a budget that puts off become, and how mistakes in them are told."""

from __future__ import annotations

import pytest

from seatrial.errors import ConfigError
from seatrial.flows.policy import MergeWithDebt
from seatrial.pipeline.policy import Budget, Over, SelectionPolicy
from tests.unit.config.conftest import LoadFiles, Mistakes

STAGES = "stages: {unit: {cmd: x}, lint: {cmd: y}}\n"


def test_a_project_that_says_nothing_has_the_defaults(load_files: LoadFiles) -> None:
    """Ten minutes are dear, nothing is irrelevant, everything that is selected is the fallback."""
    loaded = load_files(f"project: p\ntiers: {{pr: {{budget: 5m}}}}\n{STAGES}")

    assert loaded.policy.pipeline.selection == SelectionPolicy(dear=600.0, irrelevant={}, fallback=None)
    assert loaded.policy.tiers["pr"].budget == Budget(time=300.0, over=Over.DEFER)
    assert loaded.policy.tiers["pr"].merge_with_debt is MergeWithDebt.ALLOW


def test_every_key_is_read_and_told_with_its_place(load_files: LoadFiles) -> None:
    """By `config --show` too."""
    text = "project: p\nselection:\n  dear: 2m\n  irrelevant: {'docs/**': nobody runs them}\n  fallback: [unit]\n"
    loaded = load_files(f"{text}tiers: {{pr: {{merge_with_debt: queue}}}}\n{STAGES}")
    shown = {origin.key: (origin.value, origin.where) for origin in loaded.origins()}

    selection = loaded.policy.pipeline.selection
    assert (selection.dear, selection.irrelevant, selection.fallback) == (
        120.0,
        {"docs/**": "nobody runs them"},
        ("unit",),
    )
    assert str(selection.places["docs/**"]) == "seatrial.yaml:4:16 selection.irrelevant.docs/**"
    assert loaded.policy.tiers["pr"].merge_with_debt is MergeWithDebt.QUEUE
    assert shown["selection.dear"] == (120.0, "seatrial.yaml:3:3")
    assert shown["selection.irrelevant"] == ({"docs/**": "nobody runs them"}, "seatrial.yaml:4:3")
    assert shown["selection.fallback"] == (["unit"], "seatrial.yaml:5:3")
    assert shown["tiers.pr.merge_with_debt"] == ("queue", "seatrial.yaml:6:14")


def test_defaults_are_shown_as_such(load_files: LoadFiles) -> None:
    """What is nothing is left out."""
    shown = {
        one.key: (one.value, one.where) for one in load_files(f"project: p\ntiers: {{pr: {{}}}}\n{STAGES}").origins()
    }

    assert shown["selection.dear"] == (600.0, "default")
    assert shown["tiers.pr.merge_with_debt"] == ("allow", "default")
    assert "selection.fallback" not in shown


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("selection: {dear: soon}", "seatrial.yaml:2:19 selection.dear: dear must be a positive time"),
        ("selection: {dera: 5m}", "seatrial.yaml:2:13 selection.dera: unknown key `dera`"),
        (
            "selection: 5m",
            "seatrial.yaml:2:12 selection: a mapping with the keys dear, fallback, irrelevant was expected",
        ),
        ("selection: {fallback: [untit]}", "seatrial.yaml:2:24 selection.fallback[0]: there is no stage `untit`"),
        ("selection: {fallback: unit}", "seatrial.yaml:2:23 selection.fallback: a list of stages was expected"),
        ("selection: {fallback: [unit, unit]}", "seatrial.yaml:2:30 selection.fallback[1]: `unit` stands twice"),
        (
            "selection: {irrelevant: {'../x': no}}",
            "seatrial.yaml:2:26 selection.irrelevant.../x: the glob `../x` leaves",
        ),
        ("selection: {irrelevant: {'[z-a]': no}}", "the glob `[z-a]` cannot be read"),
        (
            "selection: {irrelevant: {docs: ''}}",
            "seatrial.yaml:2:32 selection.irrelevant.docs: the reason of docs is empty",
        ),
        ("selection: {irrelevant: [docs]}", "a mapping of reasons by glob was expected here, not a list"),
        (
            "tiers: {t: {merge_with_debt: blok}}",
            "seatrial.yaml:2:30 tiers.t.merge_with_debt: merge_with_debt cannot be `blok`",
        ),
        (
            "tiers: {t: {budget: {time: 5m, over: defr}}}",
            "seatrial.yaml:2:38 tiers.t.budget.over: over cannot be `defr`",
        ),
    ],
)
def test_a_mistake_is_told_once_where_it_stands(mistakes: Mistakes, written: str, said: str) -> None:
    """With the nearest word, or what to write."""
    (line,) = mistakes(f"project: p\n{written}\n{STAGES}")

    assert said in line


@pytest.mark.parametrize(
    ("written", "step"),
    [
        ("selection: {dera: 5m}", "did you mean `dear`?"),
        ("selection: {fallback: [untit]}", "did you mean `unit`?"),
        ("tiers: {t: {merge_with_debt: blok}}", "did you mean `block`?"),
        ("tiers: {t: {budget: {time: 5m, over: defr}}}", "did you mean `defer`?"),
    ],
)
def test_the_nearest_word_is_named(load_files: LoadFiles, written: str, step: str) -> None:
    """So that nobody has to look it up."""
    with pytest.raises(ConfigError) as caught:
        load_files(f"project: p\n{written}\n{STAGES}")

    assert [problem.next_step for problem in caught.value.problems] == [step]
