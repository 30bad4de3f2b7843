"""A model held to its contract: what a real process does is in the record, and the gate says what that comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.errors import UsageError
from seatrial.evidence.contract_records import Form
from seatrial.evidence.contract_report import read_contract_report
from seatrial.gates.contract.judge import judge
from seatrial.gates.contract.policy import ContractRule, Output, Score
from seatrial.replacing import replace
from seatrial.serving.contract import hold_to_contract, write_contract
from seatrial.serving.policy import Preset, Server, Url
from seatrial.serving.running import serve
from seatrial.verdict import Finding, Verdict
from tests.support.serving import QUICK, behind, function, ground, left_behind

INPUTS = [(f"row {at}", at) for at in range(4)]
RULE = ContractRule(output=Output(form=Form.NUMBER), score=Score(min=0, max=10))


def judged(folder: Path, server: Server, rule: ContractRule = RULE) -> dict[str, Finding]:
    """The findings about a model, by their names, by way of the file."""
    record = hold_to_contract(server, ground(folder), INPUTS, model="m", score="" if rule.score else None)
    write_contract(folder / "contract.json", record)
    report = read_contract_report(folder / "contract.json")
    return {finding.name.removeprefix("contract."): finding for finding in judge(rule, report)}


def failing(found: dict[str, Finding]) -> dict[str, str]:
    return {name: str(one.reason) for name, one in found.items() if one.verdict is not Verdict.PASS}


def source(folder: Path, body: str, before: str = "") -> Server:
    """A function of the user; `body` is what it returns for `inputs`."""
    (folder / "model.py").write_text(f"{before}\ndef load(path):\n    return lambda inputs: {body}\n")
    return function("model:load", timeouts=replace(QUICK, request=1.0))


@pytest.mark.parametrize("preset", [Preset.MLFLOW, Preset.V2])
def test_a_model_that_keeps_everything_passes(tmp_path: Path, preset: Preset) -> None:
    found = judged(tmp_path, behind(preset=preset))

    assert list(found) == [
        "loads",
        "answers",
        "output",
        "score",
        "batch",
        "deterministic.repeat",
        "deterministic.restart",
    ]
    assert failing(found) == {}
    assert found["loads"].estimate is not None
    assert 0 < found["loads"].estimate < 20


@pytest.mark.parametrize(
    ("body", "before", "broken"),
    [
        ("[one * 20 for one in inputs]", "", {"score": "above_max"}),
        ("[one - 1 for one in inputs]", "", {"score": "below_min"}),
        ("[float('nan') for one in inputs]", "", {"score": "not_a_number"}),
        ("[[one] for one in inputs]", "", {"output": "wrong_shape"}),
        ("[one / len(inputs) for one in inputs]", "", {"batch": "differs"}),
        (
            "[one + next(noise) for one in inputs]",
            "import itertools\nnoise = itertools.count(0.0, 1e-3)",
            {"batch": "differs", "deterministic.repeat": "differs"},
        ),
        (
            "[one + bias for one in inputs]",
            "import os\nbias = os.getpid() % 97 / 97",
            {"deterministic.restart": "differs"},
        ),
        ("[1 / (one - 2) + 2 for one in inputs]", "", {"answers": "unanswered"}),
        ("[1 for one in inputs][:1]", "", {"batch": "not_looked_at"}),
    ],
)
def test_each_broken_promise_is_found_and_no_other(
    tmp_path: Path, body: str, before: str, broken: dict[str, str]
) -> None:
    found = judged(tmp_path, source(tmp_path, body, before))

    assert failing(found) == broken
    wrong = {name: one.verdict for name, one in found.items() if name in broken}
    expected = {name: Verdict.ERROR if broken[name] == "not_looked_at" else Verdict.FAIL for name in broken}
    assert wrong == expected


def test_a_model_that_does_not_load_fails_and_nothing_else_is_claimed(tmp_path: Path) -> None:
    found = judged(tmp_path, source(tmp_path, "inputs", "raise OSError('no weights')"))

    assert found["loads"].verdict is Verdict.FAIL
    assert "did not load in 2 of 2 starts" in found["loads"].message
    assert "no weights" in found["loads"].message
    assert {str(one.reason) for name, one in found.items() if name != "loads"} == {"not_looked_at"}


def test_one_that_loads_only_sometimes_fails(tmp_path: Path) -> None:
    before = "import os\nif os.path.exists('lock'): raise OSError('locked')\nopen('lock', 'w').close()"

    found = judged(tmp_path, source(tmp_path, "inputs", before))

    assert failing(found) == {"loads": "does_not_load", "deterministic.restart": "not_looked_at"}
    assert "1 of 2 starts" in found["loads"].message


def test_one_that_dies_in_the_middle_is_told_with_its_last_words(tmp_path: Path) -> None:
    found = judged(tmp_path, behind("dies-after-2", preset=Preset.MLFLOW))

    assert found["answers"].verdict is Verdict.FAIL
    assert "2 of 4 inputs are not answered; first row 2" in found["answers"].message
    assert "exit code 7" in found["answers"].message
    assert found["deterministic.repeat"].verdict is Verdict.ERROR


def test_one_that_hangs_is_given_up_after_a_few(tmp_path: Path) -> None:
    server = behind("hangs", preset=Preset.MLFLOW, timeouts=replace(QUICK, request=0.2, stop=0.5))

    found = judged(tmp_path, server)

    assert "was not answered within 0.2 s" in found["answers"].message
    assert found["output"].verdict is Verdict.ERROR


def _tired_after(answered: int) -> str:
    """A function that answers so many requests in all, over every process."""
    return f"""
import os
def counted(inputs):
    with open('asked', 'a') as kept: kept.write('x')
    if os.path.getsize('asked') > {answered}: raise ValueError('tired')
    return inputs
"""


@pytest.mark.parametrize(
    ("answered", "where", "said"),
    [
        (7, "deterministic.repeat", "1 of 4 was not answered the second time; first row 3"),
        (6, "deterministic.repeat", "2 of 4 were not answered the second time; first row 2"),
        (11, "deterministic.restart", "2 of 4 were not answered by the second process; first row 2"),
    ],
)
def test_an_input_that_is_not_answered_again_is_no_pass_of_the_others(
    tmp_path: Path, answered: int, where: str, said: str
) -> None:
    """The function answers so many requests in all, over both processes, and none after."""
    rule = replace(RULE, batch=None)

    found = judged(tmp_path, source(tmp_path, "counted(inputs)", _tired_after(answered)), rule)

    assert found[where].verdict is Verdict.ERROR
    assert f"only {4 - int(said[0])} of 4 inputs" in found[where].message
    assert said in found[where].message
    assert "tired" in found[where].message


def test_one_that_takes_one_input_at_a_time_makes_no_promise_about_several(tmp_path: Path) -> None:
    found = judged(tmp_path, behind())

    assert failing(found) == {"batch": "not_looked_at"}
    assert "one request takes one input" in found["batch"].message
    assert failing(judged(tmp_path, behind(), replace(RULE, batch=None))) == {}


def test_a_server_that_ran_already_was_not_seen_to_load(tmp_path: Path) -> None:
    with serve(behind(preset=Preset.MLFLOW), ground(tmp_path)):
        words = Path(f"/proc/{left_behind()[0]}/cmdline").read_bytes().decode().split("\0")
        port = next(word for word in words if word.isdecimal())
        server = replace(behind(preset=Preset.MLFLOW), behind=Url(url=f"http://127.0.0.1:{port}"))

        found = judged(tmp_path, server)

    assert failing(found) == {"loads": "not_looked_at", "deterministic.restart": "not_looked_at"}


def test_a_part_that_is_not_answered_together_is_no_pass_of_the_others(tmp_path: Path) -> None:
    """Inputs are asked together by 32: the first part is answered, the second is not."""
    server = source(tmp_path, "[one if len(inputs) == 1 or max(inputs) < 32 else 1 / 0 for one in inputs]")

    record = hold_to_contract(server, ground(tmp_path), [(f"row {at}", at) for at in range(40)], model="m")

    batch = record["batch"]
    assert isinstance(batch, dict)
    assert batch["compared"] == 0
    assert "8 inputs were not answered together" in str(batch["why_not"])


def test_a_last_part_of_one_input_is_told_in_the_singular(tmp_path: Path) -> None:
    """Of 33 inputs, after twice each by itself and 32 together."""
    server = source(tmp_path, "counted(inputs)", _tired_after(33 + 33 + 1))

    record = hold_to_contract(server, ground(tmp_path), [(f"row {at}", at) for at in range(33)], model="m")

    batch = record["batch"]
    assert isinstance(batch, dict)
    assert str(batch["why_not"]).startswith("1 input was not answered together: ")


@pytest.mark.parametrize(("inputs", "said"), [([], "no input"), ([("a", 1), ("a", 2)], "two inputs are called a")])
def test_what_cannot_be_asked_is_refused(tmp_path: Path, inputs: list[tuple[str, int]], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        hold_to_contract(behind(), ground(tmp_path), inputs)
