"""A stage that judges data, from outside: its verdict is the run's, and nothing unknown is a pass."""

from __future__ import annotations

import pytest

from tests.support.cli import Repo
from tests.support.people import DRIFT, checked, keep_with_dvc, parquet, people, repo

__all__ = ["repo"]


@pytest.fixture
def drifting(repo: Repo) -> Repo:
    """The same project, judging its data by what it was like; there is no data yet."""
    repo.write("seatrial.yaml", DRIFT.replace("people.csv", "people.parquet"))
    parquet(repo.root / "data/old.parquet", 5000)
    return repo


def test_data_that_keeps_its_contract_passes(repo: Repo) -> None:
    document = repo.run()

    assert repo.did(document) == {"check": "ran", "train": "ran"}
    assert (checked(document)["verdict"], checked(document)["rows"]) == ("PASS", 400)


def test_data_that_breaks_it_blocks_and_what_needs_it_does_not_run(repo: Repo) -> None:
    """Exit 1 with the broken rule, its line and the row; no stage that would train on it is started."""
    repo.write("data/people.csv", people(age=999))

    document = repo.run(code=1)

    assert repo.did(document) == {"check": "failed", "train": "blocked"}
    assert checked(document)["verdict"] == "FAIL"
    report = repo.read(f".seatrial/runs/{document['run']}/report.md")
    assert "`contract.yaml:5`" in report
    assert "Rows for contract.range" in report
    assert "999" in report
    assert not (repo.root / "outputs/model.txt").exists()


def test_nothing_changed_so_the_check_is_reused_and_counts(repo: Repo) -> None:
    repo.run()

    document = repo.run()

    assert repo.did(document) == {"check": "reused", "train": "reused"}
    assert checked(document)["verdict"] == "PASS"


def test_too_few_rows_hold_the_run_and_still_hold_when_reused(drifting: Repo) -> None:
    """What needs the data runs all the same, so that somebody can look at it."""
    parquet(drifting.root / "data/people.parquet", 12, seed=5)

    first, second = drifting.run(code=3), drifting.run(code=3)

    assert drifting.did(first) == {"check": "ran", "train": "ran"}
    assert checked(first)["verdict"] == checked(second)["verdict"] == "INCONCLUSIVE"
    assert drifting.did(second)["check"] == "reused"


def test_what_the_check_drew_is_drawn_in_the_page_of_the_run(drifting: Repo) -> None:
    """Over the reference, and when the check is reused as well."""
    parquet(drifting.root / "data/people.parquet", 400, seed=5)

    first, second = drifting.run(code=None), drifting.run(code=None)
    page = drifting.read(f".seatrial/runs/{first['run']}/report.html")

    assert {(plot["kind"], plot["of"]) for plot in first["plots"]} == {("drift", "check")}
    assert all(plot["bars"]["reference"] for plot in first["plots"])
    assert page.count("<svg") == len(first["plots"])
    assert second["plots"] == first["plots"]


def test_data_that_cannot_be_read_is_an_error(repo: Repo) -> None:
    """Exit 2, and the reason in the report; never a pass."""
    repo.write("data/people.csv", b"id,age\n1,2,3,4\n")

    document = repo.run(code=2)

    assert checked(document)["verdict"] == "ERROR"
    assert repo.did(document) == {"check": "failed", "train": "blocked"}


def test_on_github_the_contracts_lines_are_annotated_beside_a_clean_output(repo: Repo) -> None:
    """On standard error, which GitHub reads too; what is sensitive is masked there as well."""
    repo.write("data/people.csv", people(age=999))
    repo.environ["GITHUB_ACTIONS"] = "true"

    said = repo.seatrial("run", "--json", code=1)

    assert "::error file=contract.yaml,line=5,title=FAIL%3A contract.range age in people::" in said.err
    assert said.out.startswith("{")
    assert "::error" not in said.out


def test_rows_and_statistics_of_sensitive_columns_are_masked_in_report_and_store(repo: Repo) -> None:
    repo.write("data/people.csv", people(age=999))

    document = repo.run(code=1)

    folder = f".seatrial/runs/{document['run']}"
    page = repo.read(f"{folder}/report.html")
    text = repo.read(f"{folder}/report.md") + page + str(document["checks"]) + str(document["plots"])
    assert "***" in text
    assert "***" in page
    assert "<code>n7</code>" not in text
    assert ">n7<" not in text
    assert "'n7'" not in text
    assert "`n7`" not in text


def test_what_lies_in_the_tree_is_not_what_judges(repo: Repo) -> None:
    """A folder of the project named as a library, and sources of its own, reach no built-in stage."""
    repo.write("polars.py", "raise SystemExit('the wrong polars')\n")
    repo.write("sitecustomize.py", "raise SystemExit('the wrong start')\n")

    document = repo.run("check")

    assert repo.did(document) == {"check": "ran"}


def test_neither_code_nor_environment_of_the_project_is_in_its_key(repo: Repo) -> None:
    """What cannot change the verdict judges nothing again; what can, does."""
    repo.run()
    repo.write("pyproject.toml", "[tool.pytest.ini_options]\n")
    repo.write("conftest.py", "import numpy\n")
    repo.edit("seatrial.yaml", ("project: tiny\n", "project: tiny\nsources: [steps]\n"))
    installed = next(repo.python.parents[1].glob("lib/*/site-packages")) / "odd-1.0.dist-info"
    installed.mkdir()
    installed.joinpath("METADATA").write_text("Name: odd\nVersion: 1.0\n")
    try:
        assert repo.actions()["check"] == "reuse"
    finally:
        installed.joinpath("METADATA").unlink()
        installed.rmdir()
    repo.edit("contract.yaml", ("max: 120", "max: 130"))
    assert repo.actions()["check"] == "run"


def test_other_data_of_the_contract_is_opened_and_counted_from_its_folder(repo: Repo) -> None:
    repo.write("rules/people.yaml", "disjoint: {with: ../data/test.csv, on: id}\n")
    repo.write("data/test.csv", "id,age,name\n1000,3,x\n")
    repo.edit("seatrial.yaml", ("contract.yaml", "rules/people.yaml"))
    assert checked(repo.run())["verdict"] == "PASS"
    repo.write("data/test.csv", "id,age,name\n7,3,x\n")

    document = repo.run(code=1)

    assert checked(document)["verdict"] == "FAIL"


def test_history_shows_what_became_of_rows_and_columns_in_80_columns(repo: Repo) -> None:
    repo.run()
    table = people(450).replace("id,age,name", "id,age,name,city").splitlines()
    repo.write("data/people.csv", "\n".join([table[0], *(f"{line},Bern" for line in table[1:])]) + "\n")
    repo.run()
    repo.run()

    text = repo.seatrial("check", "--history", "people").out
    document = repo.seatrial("check", "--history", "--json").json

    assert "1 -> 2: +50 rows; added city (String)" in text
    assert max(map(len, text.splitlines())) <= 80
    first, second = document["datasets"]["people"]
    assert first["first_seen"][:16].replace("T", " ") in text
    assert (first["rows"], first["change"], second["rows"]) == (400, None, 450)
    assert second["change"] == {"rows": 50, "added": {"city": "String"}, "removed": {}, "retyped": {}}
    assert second["looks"] == 1


def test_pointer_of_dvc_is_part_of_the_history(repo: Repo) -> None:
    """The data's own digest is too: a pointer is a promise."""
    md5 = keep_with_dvc(repo, people())

    repo.run()

    [version] = repo.seatrial("check", "--history", "--json").json["datasets"]["people"]
    assert version["pointer"] == f"dvc:md5:{md5}"
    assert version["identity"].startswith("b3:")
    (repo.root / "data/people.csv").unlink()
    said = repo.seatrial("check", "people", code=2)
    assert "dvc pull data/people.csv.dvc" in said.err


def test_what_is_inconclusive_only_warns_where_the_contract_says_so(drifting: Repo) -> None:
    drifting.edit("seatrial.yaml", ("reference: data/old.parquet", "reference: data/old.parquet, contract: c.yaml"))
    drifting.write("c.yaml", "on_inconclusive: warn\n")
    parquet(drifting.root / "data/people.parquet", 12, seed=5)

    document = drifting.run(code=0)

    assert (checked(document)["verdict"], checked(document)["decision"]) == ("INCONCLUSIVE", "warn")


def test_verdict_of_another_machine_counts_when_the_run_is_collected(repo: Repo) -> None:
    """A part judges nothing by itself; the collected run has its check."""
    repo.seatrial("run", "--id", "7", "--stage", "check", "--stage", "train")

    document = repo.run("--collect", "7")

    assert checked(document)["verdict"] == "PASS"


def test_plan_names_the_data_that_changed(repo: Repo) -> None:
    repo.run()
    repo.write("data/people.csv", people(age=99))

    document = repo.seatrial("plan", "--json").json

    row = next(each for each in document["stages"] if each["name"] == "check")
    assert row["action"] == "run"
    assert [change["part"] for change in row["changed"]] == ["deps.data"]


def test_datasets_of_a_project_are_judged_by_name(repo: Repo) -> None:
    """As the stage would, with the same verdict and into the same history."""
    repo.run()

    [found] = repo.seatrial("check", "--json").json["datasets"]

    assert (found["name"], found["verdict"]) == ("people", "PASS")
    [version] = repo.seatrial("check", "--history", "--json").json["datasets"]["people"]
    assert version["looks"] == 1
