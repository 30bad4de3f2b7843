"""What main has for an alias, and for data, beside what lies in the work tree. Real repositories, no stage is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.errors import ConfigError
from seatrial.flows.base_contracts import contracts_differ
from seatrial.flows.judging import Judged
from seatrial.flows.main_guard import guarded_by_main
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.gates.policy import GateSet
from seatrial.verdict import Decision, Finding, Verdict
from seatrial.wiring import open_workspace
from tests.support.cli import GATES, Repo, new_repo
from tests.support.people import CONFIG, FILES


def judged(decision: Decision, verdict: Verdict, said: str = "it said so") -> Judged:
    finding = Finding(name="gate", kind="performance", metric=None, verdict=verdict, reason="below_min", message=said)
    return Judged(gate_set="promote", verdict=verdict, decision=decision, findings=(finding,), metrics=())


FINE = judged(Decision.ALLOW, Verdict.PASS)
REFUSED = judged(Decision.BLOCK, Verdict.FAIL, "too low")


class Asked:
    """Judges by another set, and keeps what it was asked by."""

    def __init__(self, answer: Judged) -> None:
        self.answer, self.sets = answer, list[GateSet]()

    def __call__(self, gate_set: GateSet, cases_in: Path | None, /) -> Judged:
        self.sets.append(gate_set)
        return self.answer


def here(workspace: Workspace) -> ProjectPolicy:
    def read(path: str) -> bytes | None:
        file = workspace.git.root / path
        return file.read_bytes() if file.is_file() else None

    return workspace.load_policy(read)


def guarded(repo: Repo, own: Judged, asked: Asked, model: str = "tiny") -> Judged:
    with open_workspace(repo.root, listener=lambda _event: None) as workspace:
        policy = here(workspace)
        gate_set = policy.models[model].gates["promote"]
        return guarded_by_main(workspace, policy, model, "production", gate_set, own, asked)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """On a branch whose gates for production are lower than those of main."""
    made = new_repo(tmp_path)
    made.git("checkout", "-q", "-b", "better")
    made.write("gates.yaml", GATES.replace("min: 0.6", "min: 0.1"))
    return made


def test_what_only_the_work_trees_gates_let_through_is_held(repo: Repo) -> None:
    """Whether or not the lower gates are committed, and whatever the branch calls main."""
    for change in (lambda: None, repo.commit, lambda: repo.edit("seatrial.yaml", ("main: main", "main: better"))):
        change()
        asked = Asked(REFUSED)
        held = guarded(repo, FINE, asked)

        assert (held.decision, held.verdict) == (Decision.HOLD, Verdict.INCONCLUSIVE)
        assert held.findings[-1].reason == "not_under_main"
        assert "under the gates that guard production on main at" in held.findings[-1].message
        assert "FAIL gate: too low" in held.findings[-1].message
        assert "0.6" in str(asked.sets)


def test_what_both_let_through_and_what_is_refused_anyway_stays_what_it_is(repo: Repo) -> None:
    assert guarded(repo, FINE, Asked(FINE)) is FINE
    assert guarded(repo, REFUSED, Asked(REFUSED)) is REFUSED


def test_gates_that_are_those_of_main_are_not_asked_twice(repo: Repo) -> None:
    repo.write("gates.yaml", "# a remark\n" + GATES)
    asked = Asked(REFUSED)

    assert guarded(repo, FINE, asked) is FINE
    assert asked.sets == []


def test_a_model_by_another_name_is_held_and_a_second_one_is_not(repo: Repo) -> None:
    """Main guards the one that it knows."""
    whole = repo.read("seatrial.yaml")
    repo.edit("seatrial.yaml", ("models:\n  tiny:", "models:\n  tiny2:"))
    held = guarded(repo, FINE, Asked(FINE), "tiny2")
    assert "it may be the same model under another name" in held.findings[-1].message
    assert held.decision is Decision.HOLD

    model = whole[whole.index("models:\n") + len("models:\n") :]
    repo.write("seatrial.yaml", whole + model.replace("  tiny:", "  tiny2:"))
    assert guarded(repo, FINE, Asked(FINE), "tiny2") is FINE


def test_main_that_is_not_here_is_not_taken_for_none(repo: Repo) -> None:
    repo.commit("lower")
    repo.git("remote", "add", "origin", "https://forge.invalid/tiny.git")
    repo.git("branch", "-D", "-q", "main")

    with pytest.raises(ConfigError, match="what the main branch asks for is not known: main is not in this clone"):
        guarded(repo, FINE, Asked(FINE))


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (("contract.yaml", "max: 120", "max: 121"), True),
        (("seatrial.yaml", "contract: contract.yaml", "contract: other.yaml"), True),
        (("seatrial.yaml", "contract: contract.yaml", "contract: contract.yaml, reference: old.csv"), True),
        (("seatrial.yaml", "path: data/people.csv", "path: data/good.csv"), True),
        (
            ("seatrial.yaml", "  check: {uses: data, with: {dataset: people}}", "  check: {cmd: 'true', outs: [c]}"),
            True,
        ),
        (("seatrial.yaml", "people: {", "folk: {"), True),
        (("seatrial.yaml", "project: tiny", "project: tiny\nmain: main"), False),
        (("steps/count.py", "import sys", "import sys  # args"), False),
    ],
    ids=["bytes", "another contract", "a reference", "other data", "no stage", "another name", "else", "code"],
)
def test_data_that_a_change_judges_otherwise_is_named(
    tmp_path: Path, change: tuple[str, str, str], differs: bool
) -> None:
    """By the objects of two commits alone."""
    repo = new_repo(tmp_path, {"seatrial.yaml": CONFIG, **FILES})
    base = repo.git("rev-parse", "HEAD")
    repo.write("other.yaml", repo.read("contract.yaml"))
    file, old, new = change
    repo.edit(file, (old, new))
    if "folk" in new:
        repo.write(
            "seatrial.yaml",
            repo.read("seatrial.yaml")
            .replace("dataset: people", "dataset: folk")
            .replace("datasets.people", "datasets.folk"),
        )
    head = repo.commit("a change")

    with open_workspace(repo.root, listener=lambda _event: None) as workspace:
        git = workspace.git
        policy, theirs = (workspace.load_policy(lambda path, at=at: git.read_at(at, path)) for at in (base, head))  # type: ignore[misc]
        assert contracts_differ(git, base, head, policy, theirs) == (("people",) if differs else ())
        assert contracts_differ(git, base, head, policy, None) == ("people",)
