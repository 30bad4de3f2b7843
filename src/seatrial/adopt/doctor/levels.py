"""The maturity level, 0 to 3: none, basic CI, CI and continuous training, full CI/CD/CT. Pure.

The levels and what each asks for are those of the course chapter on CI/CD for machine learning that Seatrial follows;
a level is reached where all it asks for was found, and all that the levels below it ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from seatrial.adopt.doctor import command_words as does
from seatrial.adopt.doctor.facts import Command, Facts
from seatrial.adopt.doctor.outcome import Level, Need, Point, Strength
from seatrial.adopt.doctor.project_words import COMMITS, ci_commands, ci_runs, ci_trainings, testing
from seatrial.adopt.doctor.seatrial_words import run_of

TITLES = ("no CI/CD", "basic CI", "CI and continuous training", "full CI/CD/CT")
_RETRAINS = ("push", "schedule", "repository_dispatch", "workflow_dispatch", "workflow_run")


def level_of(facts: Facts, points: Sequence[Point]) -> Level:
    """The level, with everything that was looked for."""
    needs = tuple(_needs(facts, {point.name: point for point in points}))
    number = 0
    while number < len(TITLES) - 1 and all(need.met for need in needs if need.level == number + 1):
        number += 1
    return Level(number=number, title=TITLES[number], needs=needs)


def _needs(facts: Facts, points: Mapping[str, Point]) -> Iterator[Need]:
    yield _of_ci(1, "code is tested on every commit", _tests(facts))
    yield _of_point(2, "data is tested", points["feature_schema"])
    yield _of_ci(2, "CI trains, without anybody's hands", ci_trainings(facts, *_RETRAINS))
    yield _of_point(3, "the model is judged by gates", points["quality_gate"])
    yield _of_ci(3, "training starts on a schedule", ci_trainings(facts, "schedule"))
    yield _of_ci(3, "training is started by events", ci_trainings(facts, "repository_dispatch"))
    yield _of_ci(3, "a gate decides on promotion, in CI", _promotions(facts))
    yield _of_point(3, "a canary comes before full traffic", points["canary"])
    yield Need(level=3, title="monitoring leads to retraining", met=False, evidence="cannot be seen from here yet")


def _of_point(level: int, title: str, point: Point) -> Need:
    met = point.strength.rank >= Strength.PRESENT.rank
    return Need(level=level, title=title, met=met, evidence=point.evidence[0].where if met and point.evidence else "")


def _of_ci(level: int, title: str, found: Iterator[tuple[str, Command]]) -> Need:
    first = next(found, None)
    return Need(
        level=level, title=title, met=first is not None, evidence=f"{first[0]}:{first[1].line}" if first else ""
    )


def _tests(facts: Facts) -> Iterator[tuple[str, Command]]:
    yield from ci_commands(facts, does.tests, *COMMITS)
    yield from ci_runs(facts, {spec.name for spec in testing(facts)}, *COMMITS)


def _promotions(facts: Facts) -> Iterator[tuple[str, Command]]:
    tiers = facts.project.policy.tiers if facts.project is not None else {}

    def promotes(words: Sequence[str]) -> bool:
        run = run_of(words)
        tier = tiers.get(run.tier) if run is not None and run.judges else None
        return does.core(words)[:3] == ("seatrial", "models", "promote") or (
            tier is not None and tier.on_pass.promote is not None
        )

    yield from ci_commands(facts, promotes)
