"""`behavioral:` and `preference:` in a gate set: what is read, and every mistake with its place."""

from __future__ import annotations

import pytest

from seatrial.config.gate_rules import behavioral, preference
from seatrial.config.node import Node, Notes
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import ConfigError
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.preference.policy import Orders, PreferenceRule


def node(text: str) -> Node:
    source = parse_yaml(text.encode(), "g.yaml")
    return Node(source, (), source.value, Notes())


def behavioral_rule(text: str) -> Behavioral:
    at = node(text)
    rule = behavioral.read(at)
    at.notes.raise_all()
    return rule


def preference_rule(text: str) -> PreferenceRule:
    at = node(text)
    rule = preference.read(at)
    at.notes.raise_all()
    return rule


def test_the_customary_form_is_read_with_its_defaults() -> None:
    """As it is passed around: a file, and all of it must pass."""
    rule = behavioral_rule("test_cases: tests/critical_cases.csv\nmin_pass_rate: 1.0\n")

    assert rule.test_cases == ("tests/critical_cases.csv",)
    assert (rule.min_pass_rate, rule.confidence, rule.repeats, rule.case_pass_rate, rule.max_degradation) == (
        1.0, None, 1, 0.5, None,
    )  # fmt: skip


def test_every_key_of_the_behavioral_gate_is_read() -> None:
    """Several files, and all limits."""
    rule = behavioral_rule(
        "{test_cases: [a.csv, b.yaml], min_pass_rate: 0.9, confidence: 0.9, repeats: 30, case_pass_rate: 0.8,"
        " max_degradation: 0.02, alpha: 0.1, power: 0.9}"
    )

    assert rule.test_cases == ("a.csv", "b.yaml")
    assert (rule.min_pass_rate, rule.confidence, rule.repeats, rule.case_pass_rate) == (0.9, 0.9, 30, 0.8)
    assert (rule.max_degradation, rule.alpha, rule.power) == (0.02, 0.1, 0.9)
    assert rule.case_alpha == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("[a]", "g.yaml:1:1: ", "a mapping with the keys"),
        ("{min_pass_rate: 1}", "g.yaml:1:1: ", "`test_cases` is missing"),
        ("{test_case: a.csv}", "g.yaml:1:2 test_case: ", "unknown key `test_case`"),
        ("{test_cases: }", "g.yaml:1:", "a file of test cases is empty"),
        ("{test_cases: []}", "g.yaml:1:", "names no file"),
        ("{test_cases: [a.csv, a.csv]}", "g.yaml:1:22 test_cases[1]: ", "stands twice"),
        ("{test_cases: a.txt}", "g.yaml:1:14 test_cases: ", "is no file of test cases"),
        ("{test_cases: ../a.csv}", "g.yaml:1:14 test_cases: ", "leaves its folder"),
        ("{test_cases: /a.csv}", "g.yaml:1:14 test_cases: ", "is absolute"),
        ("{test_cases: 1}", "g.yaml:1:14 test_cases: ", "must be text"),
        ("{test_cases: a.csv, min_pass_rate: 1.5}", "g.yaml:1:36 min_pass_rate: ", "from 0 to 1"),
        ("{test_cases: a.csv, min_pass_rate: 95%}", "g.yaml:1:36 min_pass_rate: ", "must be a number"),
        ("{test_cases: a.csv, min_pass_rate: 0}", "g.yaml:1:36 min_pass_rate: ", "could never fail"),
        ("{test_cases: a.csv, confidence: 0.95}", "g.yaml:1:21 confidence: ", "no number of cases shows"),
        ("{test_cases: a.csv, min_pass_rate: 0.9, confidence: 95}", "g.yaml:1:53 confidence: ", "between 0.5 and 1"),
        ("{test_cases: a.csv, repeats: 0}", "g.yaml:1:30 repeats: ", "whole number from 1"),
        ("{test_cases: a.csv, repeats: 2.5}", "g.yaml:1:30 repeats: ", "whole number from 1"),
        ("{test_cases: a.csv, repeats: 4}", "g.yaml:1:30 repeats: ", "takes 5 repeats, all passing"),
        ("{test_cases: a.csv, repeats: 28, case_pass_rate: 0.9}", "g.yaml:1:30 repeats: ", "takes 29 repeats"),
        ("{test_cases: a.csv, case_pass_rate: 0.9}", "g.yaml:1:21 case_pass_rate: ", "asked several times"),
        ("{test_cases: a.csv, repeats: 9, case_pass_rate: 1}", "g.yaml:1:49 case_pass_rate: ", "between 0 and 1"),
        ("{test_cases: a.csv, max_degradation: 0}", "g.yaml:1:38 max_degradation: ", "between 0 and 1"),
        ("{test_cases: a.csv, alpha: 0.1}", "g.yaml:1:21 alpha: ", "means nothing without `max_degradation`"),
    ],
)
def test_mistakes_of_the_behavioral_gate_have_a_place_and_a_next_step(text: str, where: str, message: str) -> None:
    """Also where each value is fine alone and nothing could meet them together."""
    with pytest.raises(ConfigError) as caught:
        behavioral_rule(text)

    assert any(str(each).startswith(where) and message in each.message for each in caught.value.problems), [
        str(each) for each in caught.value.problems
    ]
    assert all(problem.next_step for problem in caught.value.problems)


def test_all_mistakes_are_told_at_once() -> None:
    """Three keys, three problems."""
    with pytest.raises(ConfigError) as caught:
        behavioral_rule("{test_cases: a.txt, min_pass_rate: 2, repeats: x}")

    assert len(caught.value.problems) == 3


def test_every_key_of_the_preference_gate_is_read() -> None:
    """And the defaults."""
    assert preference_rule("{margin: 0.05}") == PreferenceRule(margin=0.05, place=node("{margin: 0.05}").key_place)
    rule = preference_rule("{margin: 0.1, alpha: 0.01, power: 0.9, orders: any, judge: j@1, min_agreement: 0.8}")

    assert (rule.margin, rule.alpha, rule.power, rule.orders) == (0.1, 0.01, 0.9, Orders.ANY)
    assert (rule.judge, rule.min_agreement) == ("j@1", 0.8)


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("{}", "g.yaml:1:1: ", "`margin` is missing"),
        ("{margn: 0.1}", "g.yaml:1:2 margn: ", "unknown key `margn`"),
        ("{margin: 0}", "g.yaml:1:10 margin: ", "between 0 and 0.5"),
        ("{margin: 0.5}", "g.yaml:1:10 margin: ", "between 0 and 0.5"),
        ("{margin: 0.1, orders: one}", "g.yaml:1:23 orders: ", "cannot be `one`"),
        ("{margin: 0.1, judge: 4}", "g.yaml:1:22 judge: ", "must be text"),
        ("{margin: 0.1, judge: arbiter}", "g.yaml:1:22 judge: ", "names no version"),
        ("{margin: 0.1, judge: 'a@Latest'}", "g.yaml:1:22 judge: ", "or one that changes"),
        ("{margin: 0.1, judge: ''}", "g.yaml:1:22 judge: ", "is empty"),
        ("{margin: 0.1, min_agreement: 1}", "g.yaml:1:30 min_agreement: ", "between 0 and 1"),
        ("{margin: 0.1, alpha: 0.5}", "g.yaml:1:22 alpha: ", "between 0 and 0.5"),
    ],
)
def test_mistakes_of_the_preference_gate_have_a_place_and_a_next_step(text: str, where: str, message: str) -> None:
    """Each with a next step."""
    with pytest.raises(ConfigError) as caught:
        preference_rule(text)

    assert any(str(each).startswith(where) and message in each.message for each in caught.value.problems), [
        str(each) for each in caught.value.problems
    ]
    assert all(problem.next_step for problem in caught.value.problems)
