"""Versions of a dataset as its user sees them: their history, and an old one as what today's data is compared with."""

from __future__ import annotations

import shutil

import pytest

from tests.support.cli import Repo
from tests.support.people import keep_with_dvc, people, repo

__all__ = ["repo"]


def test_history_tells_what_came_went_and_came_back(repo: Repo) -> None:
    """Three tables, the second of which is refused, and then the first again; all of it in 80 columns."""
    first = keep_with_dvc(repo, people())
    repo.run()
    keep_with_dvc(repo, people(300, age=999))
    repo.run(code=1)
    repo.write("data/people.csv", people(460))  # behind a pointer that says something else
    repo.run()
    keep_with_dvc(repo, people())
    repo.run()

    text = repo.seatrial("check", "--history", "people").out
    one, two, three = repo.seatrial("check", "--history", "--json").json["datasets"]["people"]

    assert max(map(len, text.splitlines())) <= 80
    assert "2: FAIL by contract.range age" in text
    assert text.splitlines()[-1].startswith("now: version 1, back since ")
    assert [line.split()[-1] for line in text.splitlines()[2:5]] == [
        f"dvc:md5:{first}"[:15], two["pointer"][:15], three["identity"][:15]
    ]  # fmt: skip
    assert (one["current"], one["looks"]) == (True, 2)
    assert one["columns"] == {"age": "Int64", "id": "Int64", "name": "String"}
    assert (two["current"], two["why"], two["change"]["rows"]) == (False, ["contract.range age"], -100)
    assert (three["pointer"], three["change"]["rows"]) == (None, 160)
    assert one["last_seen"] > three["last_seen"]


def test_an_old_version_is_what_data_is_compared_with(repo: Repo) -> None:
    """By its profile, which the records keep: neither its rows nor the cache are there any more."""
    repo.run()
    repo.write("data/people.csv", people(400, seed=1).replace("n", "m").replace("mame", "name"))
    repo.run()
    before = repo.seatrial("check", "--history", "--json").json
    shutil.rmtree(repo.root / ".seatrial")

    found = repo.seatrial("check", "people", "--reference", "people@1", "--json", code=None).json["datasets"][0]
    of_file = repo.seatrial("check", "data/people.csv", "--reference", "people@1", "--json", code=None).json
    itself = repo.seatrial("check", "people", "--reference", "people@2", "--json").json["datasets"][0]

    assert (found["reference"], of_file["reference"]) == ("people@1", "people@1")
    assert {"contract.range", "drift.shift"} <= {each["check"] for each in found["findings"]}
    assert "contract.range" not in {each["check"] for each in of_file["findings"]}
    assert any("the very same as the reference" in note for note in itself["notes"])
    assert repo.seatrial("check", "--history", "--json").json == before  # a question leaves no record


@pytest.mark.parametrize(
    ("asked", "expected", "step"),
    [
        ("people@7", "dataset people has no version 7; its versions are 1 alone", "seatrial check --history people"),
        ("people@0", "people@0 names no version of a dataset", "people@1"),
        ("people@new", "people@new names no version of a dataset", "people@1"),
        ("poeple@1", "no dataset poeple was ever judged here", "did you mean people@1?"),
    ],
)
def test_version_that_is_not_there_is_a_mistake_that_says_which_are(
    repo: Repo, asked: str, expected: str, step: str
) -> None:
    repo.seatrial("check", "people")

    said = repo.seatrial("check", "people", "--reference", asked, code=2)

    assert expected in said.err
    assert step in said.err


def test_refused_version_has_no_profile_until_somebody_checks_it_by_hand(repo: Repo) -> None:
    repo.write("data/people.csv", people(age=999))
    repo.run(code=1)
    assert "keeps no profile" in repo.seatrial("check", "people", "--reference", "people@1", code=2).err

    repo.seatrial("check", "people", code=1)

    assert "the very same" in repo.seatrial("check", "people", "--reference", "people@1", code=1).out


def test_version_without_data_to_compare_it_with_is_a_mistake(repo: Repo) -> None:
    said = repo.seatrial("check", "--reference", "people@1", code=2)

    assert "seatrial check people --reference people@1" in said.err


def test_places_of_a_contract_are_told_as_they_lie_from_here(repo: Repo) -> None:
    """In the project's root as a stage tells them, and below it so that they can be opened."""
    repo.write("data/people.csv", people(age=999))

    said = repo.seatrial("check", "people", code=1)

    assert "held against contract.yaml" in said.out
    assert "contract.yaml:5:5" in said.out
    assert str(repo.root) not in said.out


def test_columns_of_a_version_are_called_the_same_by_a_stage_and_by_hand(repo: Repo) -> None:
    """Or a look by hand would tell of types that changed, and none did."""
    table = people().replace("id,age,name", "at,age,name").splitlines()
    rows = [
        f"2026-01-01T00:{number // 60 % 60:02d}:{number % 60:02d},{line.partition(',')[2]}"
        for number, line in enumerate(table[1:])
    ]
    repo.write("contract.yaml", "rows: {min: 10}\n")
    repo.write("data/people.csv", "\n".join([table[0], *rows, ""]))
    repo.run()
    repo.write("data/people.csv", "\n".join([table[0], *rows[:-1], ""]))
    repo.seatrial("check", "people")

    _, second = repo.seatrial("check", "--history", "--json").json["datasets"]["people"]

    assert second["change"] == {"rows": -1, "added": {}, "removed": {}, "retyped": {}}
    assert second["columns"]["at"].startswith("Datetime")
