"""Gate sets in a project: the base's gates beside a change's own, observing, test cases, recipes, worn test sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CONFIG, GATES, PARAMS, Repo, new_repo, with_production

STRICT = GATES.replace("accuracy: {min: 0.6}", "accuracy: {min: 0.95}")
LOOSE = GATES.replace("max_degradation: 0.01", "max_degradation: 0.3")


def _model(document: Any) -> Any:
    (model,) = document["models"]
    return model


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return with_production(tmp_path / "p")


def test_a_change_of_gates_is_judged_under_both_and_held_where_only_its_own_let_it_through(repo: Repo) -> None:
    """The branch makes the model worse and the margin wider: its own gates pass, those of main fail, and a person
    decides."""
    repo.git("checkout", "-q", "-b", "loosen")
    repo.write("gates.yaml", LOOSE)
    repo.set_params(("skill: 0.9", "skill: 0.8"))
    repo.commit("wider margins")
    model = _model(repo.run(code=3))

    assert (model["verdict"], model["decision"]) == ("PASS", "hold")
    assert (model["under_base"]["verdict"], model["under_base"]["decision"]) == ("FAIL", "block")
    assert model["under_base"]["label"].startswith("main at ")
    text = " ".join(repo.seatrial("report").out.split())
    assert "This change alters the gates. Under those of main at " in text
    assert "What only the changed gates let through is held for a person." in text


def test_stricter_gates_of_a_change_decide_by_themselves(repo: Repo) -> None:
    """What the base would let through does not soften the change's own verdict."""
    repo.git("checkout", "-q", "-b", "tighten")
    repo.write("gates.yaml", STRICT)
    repo.commit("a higher limit")
    model = _model(repo.run(code=1))

    assert (model["verdict"], model["decision"]) == ("FAIL", "block")
    assert model["under_base"]["verdict"] == "PASS"


def test_gates_that_a_change_leaves_alone_are_judged_once(repo: Repo) -> None:
    """Neither a comment in the file nor another set makes a second judgement."""
    repo.git("checkout", "-q", "-b", "other")
    repo.write("gates.yaml", "# the limits\n" + GATES + "nightly: {performance: {accuracy: {min: 0.1}}}\n")
    repo.set_params(("skill: 0.9", "skill: 0.91"))
    repo.commit("a comment")

    assert _model(repo.run())["under_base"] is None


def test_on_main_itself_nothing_is_held(repo: Repo) -> None:
    """What is on main was reviewed; its own gates decide."""
    repo.write("gates.yaml", LOOSE)
    repo.set_params(("skill: 0.9", "skill: 0.8"))
    repo.commit("wider margins")

    assert _model(repo.run())["under_base"] is None


def test_a_set_that_observes_reports_and_lets_through(repo: Repo) -> None:
    """The verdict stays what it is; the decision is a warning, and the exit code 0."""
    repo.write("gates.yaml", STRICT.replace("promote:\n", "promote:\n  mode: observe\n"))
    repo.commit("only observe")
    model = _model(repo.run())

    assert (model["verdict"], model["decision"]) == ("FAIL", "warn")


def test_test_cases_are_part_of_the_gates_and_read_from_the_work_tree(repo: Repo) -> None:
    """A case names a row of the predictions; changing what it expects changes the verdict and runs no stage."""
    gates = GATES.replace("promote:\n", "promote:\n  behavioral: {test_cases: cases.csv}\n")
    repo.write("gates.yaml", gates)
    rows = {line.split(",")[0]: line.split(",")[2] for line in repo.read("outputs/rows.csv").splitlines()[1:]}
    repo.write("cases.csv", f"id,expected\n0,{rows['0']}\n")
    repo.commit("a case")
    assert _model(repo.run())["verdict"] == "PASS"

    repo.write("cases.csv", "id,expected\n0,nothing\n")
    repo.commit("another case")
    document = repo.run(code=1)

    assert set(repo.did(document).values()) == {"reused"}
    assert [one["name"] for one in _model(document)["findings"] if one["verdict"] == "FAIL"] == ["behavioral.pass_rate"]


def test_a_file_of_cases_that_is_not_there_is_an_error_with_its_name(repo: Repo) -> None:
    repo.write("gates.yaml", GATES.replace("promote:\n", "promote:\n  behavioral: {test_cases: cases.csv}\n"))
    repo.commit("no such file")
    model = _model(repo.run(code=2))

    assert model["verdict"] == "ERROR"
    assert "cases.csv" in model["findings"][0]["message"]


CASES = GATES.replace("promote:\n", "promote:\n  behavioral: {test_cases: cases.csv}\n")


def test_test_cases_that_a_change_alters_are_judged_as_the_base_has_them_too(repo: Repo) -> None:
    """Not a word of the gates is changed; what a case of main demands, the branch no longer does. A person decides."""
    rows = {line.split(",")[0]: line.split(",")[2] for line in repo.read("outputs/rows.csv").splitlines()[1:]}
    repo.write("gates.yaml", CASES)
    repo.write("cases.csv", "id,expected\n0,nothing\n")
    repo.commit("a case that fails")
    repo.git("checkout", "-q", "-b", "easier")
    repo.write("cases.csv", f"id,expected\n0,{rows['0']}\n")
    repo.commit("an easier case")
    model = _model(repo.run(code=3))

    assert (model["verdict"], model["decision"]) == ("PASS", "hold")
    assert (model["under_base"]["verdict"], model["under_base"]["decision"]) == ("FAIL", "block")
    assert [one["name"] for one in model["under_base"]["findings"] if one["verdict"] == "FAIL"] == [
        "behavioral.pass_rate"
    ]


def test_other_margins_leave_the_test_cases_of_the_base_as_they_are(repo: Repo) -> None:
    """The rules differ and the cases too: each set is judged with its own, and the branch's stricter case fails."""
    rows = {line.split(",")[0]: line.split(",")[2] for line in repo.read("outputs/rows.csv").splitlines()[1:]}
    repo.write("gates.yaml", CASES)
    repo.write("cases.csv", f"id,expected\n0,{rows['0']}\n")
    repo.commit("a case")
    repo.git("checkout", "-q", "-b", "stricter")
    repo.write("gates.yaml", CASES.replace("max_degradation: 0.01", "max_degradation: 0.02"))
    repo.write("cases.csv", "id,expected\n0,nothing\n")
    repo.commit("a stricter case")
    model = _model(repo.run(code=1))

    assert (model["verdict"], model["under_base"]["verdict"]) == ("FAIL", "PASS")


def test_test_cases_behind_a_link_are_those_of_the_base_too(repo: Repo) -> None:
    """The link stays as it is and its target is changed; a change elsewhere makes no second judgement."""
    rows = {line.split(",")[0]: line.split(",")[2] for line in repo.read("outputs/rows.csv").splitlines()[1:]}
    repo.write("gates.yaml", CASES)
    repo.write("tests/cases.csv", "id,expected\n0,nothing\n")
    (repo.root / "cases.csv").symlink_to("tests/cases.csv")
    repo.commit("a case that fails, behind a link")
    repo.git("checkout", "-q", "-b", "easier")
    repo.write("steps/note.txt", "nothing")
    repo.commit("nothing of the gates")
    assert _model(repo.run(code=1))["under_base"] is None

    repo.write("tests/cases.csv", f"id,expected\n0,{rows['0']}\n")
    repo.commit("an easier case")
    model = _model(repo.run(code=3))
    assert (model["verdict"], model["under_base"]["verdict"]) == ("PASS", "FAIL")


def test_test_cases_that_the_base_names_and_lacks_let_nothing_through(repo: Repo) -> None:
    """What main would have said cannot be known; a file that no commit has is nobody's change, and is read here."""
    rows = {line.split(",")[0]: line.split(",")[2] for line in repo.read("outputs/rows.csv").splitlines()[1:]}
    repo.write("gates.yaml", CASES)
    repo.commit("a gate whose file is not there")
    repo.git("checkout", "-q", "-b", "file")
    repo.write("cases.csv", f"id,expected\n0,{rows['0']}\n")
    repo.write(".gitignore", "/data/\n/outputs/\n__pycache__/\n/cases.csv\n")
    repo.commit("made elsewhere")
    assert _model(repo.run())["under_base"] is None

    repo.write(".gitignore", "/data/\n/outputs/\n__pycache__/\n")
    repo.commit("the file")
    model = _model(repo.run(code=3))
    assert (model["verdict"], model["decision"]) == ("PASS", "hold")
    assert model["under_base"]["verdict"] == "ERROR"
    assert "cases.csv" in str(model["under_base"]["findings"])


SEEDS = CONFIG.replace(
    "  evaluate:\n",
    "  seeds:\n"
    "    cmd: python steps/seed.py ${matrix.seed} ${params.train.skill} ${outs.metrics}\n"
    "    matrix: {seed: [0, 1, 2, 3]}\n"
    '    outs: {metrics: {path: "outputs/seeds/${matrix.seed}.json", as: metrics}}\n'
    "  evaluate:\n",
).replace("    input: evaluate", '    recipe: "seeds[*].metrics"\n    input: evaluate')
SEED = """\
import json
import sys

seed, skill, out = sys.argv[1:]
with open(out, "w") as file:
    json.dump({"score": float(skill) + int(seed) / 1000}, file)
"""


def test_a_recipe_is_compared_with_the_seeds_that_a_version_keeps(tmp_path: Path) -> None:
    """Registered with its seeds, a version is a baseline for the recipe of the next."""
    gates = GATES.replace(
        "promote:\n", "promote:\n  recipe: {metric: score, lower_is_better: false, max_degradation: 0.01}\n"
    )
    repo = with_production(tmp_path / "p", {"seatrial.yaml": SEEDS, "gates.yaml": gates, "steps/seed.py": SEED})
    repo.set_params(("skill: 0.9", "skill: 0.893"))
    better = _model(repo.run(code=None))
    repo.set_params(("skill: 0.9", "skill: 0.88"))
    worse = _model(repo.run(code=None))

    found = [next(one for one in model["findings"] if one["kind"] == "recipe") for model in (better, worse)]
    assert [one["verdict"] for one in found] == ["PASS", "FAIL"]
    assert [one["estimate"] for one in found] == pytest.approx([-0.007, -0.02])
    assert found[0]["n"] == 4


def test_seeds_of_metrics_files_are_not_compared_across_test_sets(tmp_path: Path) -> None:
    """The version's rows are made again on the new test set, and its seeds are not: their figures are of the old."""
    gates = GATES.replace(
        "promote:\n", "promote:\n  recipe: {metric: score, lower_is_better: false, max_degradation: 0.01}\n"
    )
    repo = with_production(tmp_path / "p", {"seatrial.yaml": SEEDS, "gates.yaml": gates, "steps/seed.py": SEED})
    repo.set_params(("rows: 1200", "rows: 1300"), ("skill: 0.9", "skill: 0.893"))
    found = {one["kind"]: one for one in _model(repo.run(code=2))["findings"]}

    assert (found["recipe"]["verdict"], found["recipe"]["reason"]) == ("ERROR", "not_comparable")
    assert "another test set" in found["recipe"]["message"]
    assert found["regression"]["n"] == 1300


def test_a_test_set_that_judged_many_candidates_is_warned_about(tmp_path: Path) -> None:
    """Ten different artifacts on the same rows: the report says how far luck goes."""
    gates = GATES.replace("  regression: {max_degradation: 0.01}\n", "")
    repo = new_repo(tmp_path / "p", {"gates.yaml": gates})
    repo.commit()
    said = []
    for number in range(10):
        repo.set_params(("skill: 0.9", f"skill: 0.{81 + number}"))
        said.append([one for one in repo.run()["warnings"] if "judged on the same" in one])

    assert [len(one) for one in said] == [0] * 9 + [1]
    assert said[-1][0].startswith("10 different candidates of tiny were judged on the same 1,200 rows")


def test_an_anchor_stops_what_no_single_step_does(tmp_path: Path) -> None:
    """Each model loses less than the margin against production; the third has lost more in all than is allowed."""
    margins = "{max_degradation: 0.015, anchor: {max_degradation: 0.025, alias: first-good}}"
    files = {
        "gates.yaml": GATES.replace("{max_degradation: 0.01}", margins),
        "params.yaml": PARAMS.replace("1200", "6000"),
    }
    repo = new_repo(tmp_path / "p", files)
    repo.commit()
    repo.run(code=None)
    first = repo.register()
    repo.promote(first, "--first", to="first-good")
    repo.promote(first, "--first")
    seen = []
    for skill in ("0.89", "0.88", "0.87"):
        repo.write("params.yaml", files["params.yaml"].replace("0.9", skill))
        repo.commit(f"skill {skill}")
        document = repo.run(code=None)
        seen.append(
            {one["name"]: one["verdict"] for one in _model(document)["findings"] if "regression" in one["name"]}
        )
        if _model(document)["decision"] == "allow":
            repo.promote(repo.register())

    assert [one["regression.accuracy"] for one in seen] == ["PASS", "PASS", "PASS"]
    assert [one["regression.anchor.accuracy"] for one in seen] == ["PASS", "PASS", "FAIL"]
    assert repo.aliases() == {"first-good": 1, "production": 3}


def test_an_anchor_that_nobody_holds_is_an_error_with_the_command_to_type(repo: Repo) -> None:
    margins = "{max_degradation: 0.03, anchor: {max_degradation: 0.05}}"
    repo.write("gates.yaml", GATES.replace("{max_degradation: 0.01}", margins))
    repo.commit("an anchor")
    found = {one["name"]: one for one in _model(repo.run(code=2))["findings"]}["regression.anchor.accuracy"]

    assert (found["verdict"], found["reason"]) == ("ERROR", "no_baseline")
    assert "seatrial models promote tiny@N --to anchor --first" in found["message"]


ASK = """\
import csv, json, sys

with open(sys.argv[1]) as cases, open(sys.argv[2], "w") as answers:
    for case in csv.DictReader(cases):
        answers.write(json.dumps({"id": case["id"], "answer": "yes"}) + "\\n")
"""
ASKED = CONFIG.replace(
    "  evaluate:\n",
    "  ask:\n"
    "    cmd: python steps/ask.py ${deps.cases} ${outs.answers}\n"
    "    deps: {cases: cases.csv, model: train.model}\n"
    "    outs: {answers: {path: outputs/answers.jsonl, as: answers}}\n"
    "  evaluate:\n",
).replace("    input: evaluate", "    evidence: [ask.answers]\n    input: evaluate")


def test_a_change_that_adds_a_case_is_not_held_for_answering_it(tmp_path: Path) -> None:
    """The base knows nothing of the new case and judges the answers to its own; one that it knows is still asked."""
    files = {"seatrial.yaml": ASKED, "gates.yaml": CASES, "steps/ask.py": ASK, "cases.csv": "id,expected\na,yes\n"}
    repo = with_production(tmp_path / "p", files)
    repo.git("checkout", "-q", "-b", "more")
    repo.write("cases.csv", "id,expected\na,yes\nb,yes\n")
    repo.commit("one more case")
    model = _model(repo.run())
    assert (model["verdict"], model["decision"], model["under_base"]["verdict"]) == ("PASS", "allow", "PASS")

    repo.write("cases.csv", "id,expected\nb,yes\n")
    repo.commit("and without the first")
    model = _model(repo.run(code=3))
    assert (model["verdict"], model["decision"], model["under_base"]["verdict"]) == ("PASS", "hold", "ERROR")
    assert "cases_unanswered" in str(model["under_base"]["findings"])
