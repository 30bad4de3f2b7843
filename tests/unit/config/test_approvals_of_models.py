"""`approvals:` of a model: what may be said, and every mistake with its place."""

from __future__ import annotations

import pytest

from seatrial.config.load import load
from seatrial.errors import ConfigError
from seatrial.registry.approval_policy import ApprovalRule, KnownBy, Person

HEAD = """\
project: tiny
stages:
  train: {cmd: "python t.py ${outs.model}", outs: {model: m.txt}, deps: []}
models:
  tiny:
    artifact: train.model
    approvals:
"""


def _load(rules: str) -> dict[str, ApprovalRule]:
    text = HEAD + rules
    loaded = load(lambda path: text.encode() if path == "seatrial.yaml" else None)
    return dict(loaded.policy.models["tiny"].approvals)


def _said(rules: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        _load(rules)
    return [str(problem) + f" -> {problem.next_step}" for problem in refused.value.problems]


def test_a_rule_lists_who_may_approve() -> None:
    """One of several names each; the rest has defaults."""
    rules = _load("      production: {from: [ann, [ben, ben@example.org]]}\n")

    assert rules["production"].people == (Person(names=("ann",)), Person(names=("ben", "ben@example.org")))
    assert (rules["production"].min, rules["production"].not_author, rules["production"].expires) == (1, True, None)
    assert rules["production"].known_by == (KnownBy.GITHUB, KnownBy.GITLAB)


def test_every_key_is_read() -> None:
    """As it is written."""
    rules = _load(
        "      production: {min: 2, from: [ann, ben], not_author: false, expires: 7d, known_by: [github, os]}\n"
        "      staging: {from: [ann]}\n"
    )

    assert (rules["production"].min, rules["production"].not_author) == (2, False)
    assert rules["production"].expires == 7 * 86400
    assert rules["production"].known_by == (KnownBy.GITHUB, KnownBy.OS)
    assert list(rules) == ["production", "staging"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("      production: {from: [ann], mins: 1}\n", "unknown key `mins` -> did you mean `min`?"),
        ("      production: {form: [ann]}\n", "unknown key `form` -> did you mean `from`?"),
        ("      production: {min: 1}\n", "`from` is missing"),
        ("      production: {from: []}\n", "nobody is listed, so nothing could ever be approved"),
        ("      production: {from: [[]]}\n", "this person has no name"),
        (
            "      production: {from: ann}\n",
            "not text -> write it in brackets: [ann]",
        ),
        ("      production: {from: ['@ann']}\n", "`@ann` is how one is mentioned -> write `ann`"),
        ("      production: {from: [org/team]}\n", "teams and groups cannot be listed"),
        ("      production: {from: [ann, Ann]}\n", "`Ann` stands twice"),
        ("      production: {from: [ann, [ben, ann]]}\n", "`ann` stands twice"),
        ("      production: {from: [{login: ann}]}\n", "not a mapping"),
        ("      production: {from: [17]}\n", "a name must be text"),
        ('      production: {from: ["a\\u202eb"]}\n', "holds what cannot be printed"),
        ("      production: {from: [ann], min: 2}\n", "2 approvals are asked for, and 1 person is listed"),
        ("      production: {from: [ann], min: 0}\n", "min must be a whole number from 1"),
        ("      production: {from: [ann], expires: never}\n", "expires must be a positive time"),
        ("      production: {from: [ann], not_author: nope}\n", "not_author must be true or false"),
        (
            "      production: {from: [ann], known_by: [githup]}\n",
            "cannot be `githup` -> did you mean `github`?",
        ),
        ("      production: {from: [ann], known_by: []}\n", "no way of knowing a person counts"),
        ("      production: {from: [ann], known_by: [git, git]}\n", "`git` stands twice"),
        ("      main: {from: [ann]}\n", "`main` is the main branch and no alias"),
        ("      '17': {from: [ann]}\n", "`17` cannot name an alias"),
        ("      - production\n", "a mapping of rules by alias was expected here, not a list"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(rules: str, said: str) -> None:
    """One mistake, one message, at the line where it stands."""
    problems = _said(rules)

    assert len(problems) == 1, problems
    assert said in problems[0]
    assert "seatrial.yaml:8" in problems[0]


def test_all_mistakes_are_told_at_once() -> None:
    """Of all rules."""
    problems = _said("      production: {from: [], min: x}\n      staging: {from: [ann], known: [git]}\n")

    assert len(problems) == 3


def test_what_counts_is_the_same_however_it_is_written() -> None:
    """An approval is bound to the rule, not to its order."""
    one = _load("      production: {from: [ann, [ben, ben@x.org]], known_by: [git, github]}\n")["production"]
    other = _load("      production: {known_by: [github, git], from: [[ben@x.org, ben], ann]}\n")["production"]

    assert one.to_json() == other.to_json()
    assert one.to_json() != _load("      production: {from: [ann, ben]}\n")["production"].to_json()
