"""A model that could not be asked is an ERROR of each gate that needed its answers, under a name of that gate."""

from __future__ import annotations

import pytest

from seatrial.gates.behavioral.policy import Behavioral
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.contract.policy import ContractRule
from seatrial.gates.evidence import Evidence, LeftOut
from seatrial.gates.judge import judge
from seatrial.gates.latency.policy import Figure, Latency, Limit
from seatrial.gates.margin import Margin
from seatrial.gates.memory.policy import Memory
from seatrial.gates.policy import GateSet
from seatrial.verdict import Verdict

SETS = {
    "latency.failed.max": GateSet(name="s", latency=Latency(limits={Figure.P50: Limit(value=5.0)})),
    "memory.max": GateSet(name="s", memory=Memory(max=1, max_increase=Margin(value=1.0))),
    "memory.max_increase": GateSet(name="s", memory=Memory(max_increase=Margin(value=1.0))),
    "contract.loads": GateSet(name="s", contract=ContractRule()),
    "behavioral.pass_rate": GateSet(name="s", behavioral=Behavioral(test_cases=("cases.jsonl",))),
}


@pytest.mark.parametrize("name", SETS)
def test_it_has_the_name_of_a_finding_that_the_gate_has_where_it_can_judge(name: str) -> None:
    kind = Kind(name.partition(".")[0])
    (finding,) = judge(SETS[name], Evidence(unserved={kind: "it never became ready"}), LeftOut())

    assert (finding.name, finding.kind) == (name, kind)
    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.NOT_SERVED)
    assert finding.message == "it never became ready"
