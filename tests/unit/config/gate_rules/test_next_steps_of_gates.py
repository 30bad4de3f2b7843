"""What a mistake in a gates file is told to become, and that it then is none."""

from __future__ import annotations

import pytest

from seatrial.config.gates import load_gates
from seatrial.errors import ConfigError

SET = "promote:\n  "


def _steps(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_gates(text.encode(), "gates.yaml")
    return [problem.next_step or "" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("before", "wrong", "step"),
    [
        ("behavioral: {test_cases: c.csv, min_pass_rate: %s}", "95%", "write 0.95"),
        ("fairness: {protected_attributes: [g], max_disparity: %s}", "5 %", "write 0.05"),
        ("performance: {accuracy: {min: %s}}", '"90%"', "write 0.9"),
        ("performance: {accuracy: {min: %s}}", '"0.9"', "write it without quotes"),
        ("preference: {margin: %s}", "nan%", "write a number such as 0.9"),
        ("preference: {margin: %s}", "five", "write a number such as 0.9"),
    ],
)
def test_a_share_that_is_written_as_per_cent_is_told_as_a_number(before: str, wrong: str, step: str) -> None:
    assert _steps(f"{SET}{before % wrong}\n") == [step]
    if "such as" not in step:
        value = step.removeprefix("write ") if step != "write it without quotes" else wrong.strip('"')
        load_gates(f"{SET}{before % value}\n".encode(), "gates.yaml")


@pytest.mark.parametrize(
    ("before", "wrong", "step", "right"),
    [
        ("calibration: {max_error: 0.1, bins: %s}", "1.5", "write e.g. 15", "15"),
        ("recipe: {max_degradation: 0.1, seeds: %s}", "1.5", "write e.g. 3", "3"),
        ("recipe: {max_degradation: 0.1, lower_is_better: %s}", "yes", "write `lower_is_better: true`", "true"),
        ("recipe: {max_degradation: 0.1, lower_is_better: %s}", "Off", "write `lower_is_better: false`", "false"),
        (
            "recipe: {max_degradation: 0.1, lower_is_better: %s}",
            "3",
            "write `lower_is_better: true` or `lower_is_better: false`",
            "true",
        ),
    ],
)
def test_what_is_proposed_is_taken(before: str, wrong: str, step: str, right: str) -> None:
    assert _steps(f"{SET}{before % wrong}\n") == [step]
    load_gates(f"{SET}{before % right}\n".encode(), "gates.yaml")


@pytest.mark.parametrize("key", ["regresion", "Regression", "regresssion"])
def test_a_flat_file_with_a_mistyped_kind_is_told_the_kind(key: str) -> None:
    """It is not taken for a set of that name, whose rule would then be made of unknown kinds."""
    assert _steps(f"{key}: {{max_degradation: 0.05}}\n") == ["did you mean `regression`?"]


def test_a_set_that_is_called_nearly_like_a_kind_is_a_set() -> None:
    sets = load_gates(
        b"latency2: {latency: {p99_ms: 50}}\nregressions: {regression: {max_degradation: 0.01}}\n", "g.yaml"
    )

    assert list(sets) == ["latency2", "regressions"]
