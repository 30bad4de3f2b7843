"""What a gate set asks of a served model: how it is measured, and what is not made because an out brings it."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.errors import StageError
from seatrial.evidence.policy import OutKind
from seatrial.flows.asking_plan import Cases, Held, Times, cases_of, held_of, times_of
from seatrial.flows.measuring import told
from seatrial.flows.policy import ServingPolicy
from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.codes import Kind
from seatrial.gates.contract.policy import ContractRule, Score
from seatrial.gates.latency.policy import Figure, Latency, Limit
from seatrial.gates.margin import Margin
from seatrial.gates.memory.policy import Memory
from seatrial.gates.policy import GateSet
from seatrial.serving.policy import Command, Server, Timing

SERVING = ServingPolicy(server=Server(behind=Command(cmd="x"), warm_up=7, concurrency=2), starts=4)
TENTH = Margin(value=0.1, relative=True)


def asked(**gates: object) -> GateSet:
    return GateSet(name="promote", **gates)  # type: ignore[arg-type]  # gates by their names


def test_the_latency_gate_says_how_to_measure_and_the_model_how_often_to_start() -> None:
    rule = Latency(limits={Figure.P50: Limit(value=1.0)}, requests=200, warm_up=3, concurrency=8, cold_starts=5)

    assert times_of(asked(latency=rule, memory=Memory(max=1)), SERVING, ()) == Times(
        kinds=(Kind.LATENCY, Kind.MEMORY),
        timing=Timing(requests=200, warm_up=3, concurrency=8, starts=4),
        compare=False,
    )


def test_a_limit_on_cold_starts_says_how_often_to_start() -> None:
    rule = Latency(limits={Figure.COLD_START: Limit(value=1.0)}, cold_starts=9)

    found = times_of(asked(latency=rule), SERVING, ())

    assert found is not None
    assert found.timing.starts == 9


def test_memory_alone_is_measured_as_the_model_says() -> None:
    assert times_of(asked(memory=Memory(max=1)), SERVING, ()) == Times(
        kinds=(Kind.MEMORY,), timing=Timing(requests=None, warm_up=7, concurrency=2, starts=4), compare=False
    )


@pytest.mark.parametrize(
    "gates", [{"latency": Latency(max_increase={Figure.P50: TENTH})}, {"memory": Memory(max_increase=TENTH)}]
)
def test_an_increase_needs_the_baseline_beside_it(gates: dict[str, object]) -> None:
    found = times_of(asked(**gates), SERVING, ())

    assert found is not None
    assert found.compare


def test_what_an_out_brings_is_not_made_again() -> None:
    """Timings and their record belong together."""
    gates = asked(
        latency=Latency(), memory=Memory(max=1), behavioral=Behavioral(test_cases=("c.csv",)), contract=ContractRule()
    )

    assert times_of(gates, SERVING, (OutKind.TIMINGS,)) is None
    assert times_of(gates, SERVING, (OutKind.MEASUREMENT,)) is None
    assert cases_of(gates, (OutKind.ANSWERS,)) is None
    assert held_of(gates, (OutKind.CONTRACT,)) is None
    assert times_of(gates, SERVING, (OutKind.ANSWERS,)) is not None


def test_a_set_that_asks_for_nothing_starts_nothing() -> None:
    assert (times_of(asked(), SERVING, ()), cases_of(asked(), ()), held_of(asked(), ())) == (None, None, None)


def test_cases_and_contract_are_asked_as_their_rules_say() -> None:
    gates = asked(
        behavioral=Behavioral(test_cases=("c.csv",), repeats=5, max_degradation=0.1),
        contract=ContractRule(score=Score(path="a.b", min=0)),
    )

    assert cases_of(gates, ()) == Cases(files=("c.csv",), repeats=5, compare=True)
    assert held_of(gates, ()) == Held(score="a.b")


def test_a_failure_is_one_line_with_the_log_and_its_end(tmp_path: Path) -> None:
    """What happened, where to look, and the last lines, whether the error brought them or not."""
    log = tmp_path / "the-candidate.log"
    log.write_text("one\ntwo\n\nthree\nfour\n")
    died = StageError("the candidate died; the last lines of its log:\nthree\nfour", next_step=f"look at {log}")
    wrong = StageError("the candidate did not answer", next_step="Ask it by hand")
    elsewhere = StageError("there is nothing to ask", next_step="name `requests:`")

    assert told(died, tmp_path) == f"the candidate died; look at {log}; its last lines: three / four"
    end = f"look at {log}; its last lines: two / three / four"
    assert told(wrong, tmp_path) == f"the candidate did not answer; ask it by hand; {end}"
    assert told(elsewhere, tmp_path) == "there is nothing to ask; name `requests:`"
