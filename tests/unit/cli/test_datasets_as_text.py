"""Datasets of a project as they are shown: history in 80 columns, and several checks of which one cannot be made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seatrial.cli.check_datasets import MOST_VERSIONS
from seatrial.cli.main import run_app
from seatrial.flows.dataset_records import record_look
from seatrial.verdict import Decision, Verdict
from tests.support.cli import Repo
from tests.support.people import people
from tests.support.workspaces import judged, opened

__all__ = ["judged"]

WIDE = {f"a_rather_long_name_of_a_column_{number}": "Datetime(time_unit='us', time_zone='UTC')" for number in range(40)}


def seen(repo: Repo, *looks: dict[str, Any]) -> None:
    """Record looks at the dataset `people`."""
    given: dict[str, Any] = {
        "dataset": "people", "identity": "b3:1", "rows": 10, "verdict": Verdict.PASS, "decision": Decision.ALLOW,
        "run": "run-1", "commit": "c1", "columns": {"id": "Int64"}, "against": {}, "profile": None, "pointer": None,
    }  # fmt: skip
    with opened(repo) as (workspace, _):
        for look in looks:
            assert record_look(workspace, **(given | look)) == ()


def typed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    """What a command printed on both outputs."""
    capsys.readouterr()
    ended = run_app(["check", *words])
    said = capsys.readouterr()
    assert ended == code, said.out + said.err
    return said.out, said.err


# -- history ----------------------------------------------------------------------------


def test_dataset_that_was_never_judged_says_how_it_is(judged: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, "--history")[0] == "people: never judged; type seatrial check people\n"
    assert json.loads(typed(capsys, "--history", "--json")[0])["datasets"] == {"people": []}


def test_history_fits_a_terminal_however_wide_its_data_is(judged: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    pointer = "dvc:md5:" + "0" * 32
    seen(
        judged,
        {"rows": 123_456_789_012, "columns": WIDE, "pointer": pointer},
        {"identity": "b3:2", "verdict": Verdict.INCONCLUSIVE, "why": [f"drift.shift {name}" for name in WIDE]},
    )

    text = typed(capsys, "--history")[0]

    assert max(map(len, text.splitlines())) <= 80
    assert "dvc:md5:0000000" in text
    assert "123,456,789,012" in text
    assert "and 37 more" in text


def test_history_says_what_changed_why_and_what_the_data_is_now(
    judged: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    seen(
        judged,
        {},
        {"identity": "b3:2", "rows": 4, "columns": {"id": "String", "x": "Int64"}},
        {
            "identity": "b3:3",
            "rows": 4,
            "columns": {"x": "Int64"},
            "verdict": Verdict.FAIL,
            "why": ["contract.range x"],
        },
        {"identity": "b3:2", "rows": 4, "columns": {"id": "String", "x": "Int64"}},
    )

    lines = typed(capsys, "--history", "people")[0].splitlines()
    document = json.loads(typed(capsys, "--history", "people", "--json")[0])["datasets"]["people"]

    assert lines[5:8] == [
        "1 -> 2: -6 rows; added x (Int64); retyped id (Int64, now String)",
        "2 -> 3: as many rows; removed id",
        "3: FAIL by contract.range x",
    ]
    assert lines[8].startswith("now: version 2, back since ")
    assert [version["current"] for version in document] == [False, True, False]
    assert [version["why"] for version in document] == [[], [], ["contract.range x"]]


def test_newest_version_is_what_the_data_is_without_saying_so(judged: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    seen(judged, {}, {"identity": "b3:2"})

    assert "now:" not in typed(capsys, "--history")[0]


def test_of_very_many_versions_the_newest_are_shown_and_the_others_counted(
    judged: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    count = MOST_VERSIONS + 5
    seen(judged, *({"identity": f"b3:{number}", "rows": number} for number in range(1, count + 1)))

    text = typed(capsys, "--history")[0]
    document = json.loads(typed(capsys, "--history", "--json")[0])

    assert text.startswith(f"people (the last {MOST_VERSIONS} of {count}; --json has all)\n")
    assert "5 -> 6" not in text
    assert "6 -> 7" in text
    assert len(document["datasets"]["people"]) == count


def test_names_of_columns_cannot_command_a_terminal(judged: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    seen(judged, {}, {"identity": "b3:2", "columns": {"\x1b[2J": "Int64"}, "why": ["x \x1b[2J"]})

    assert "\x1b" not in typed(capsys, "--history")[0]


# -- several checks ---------------------------------------------------------------------


def two_datasets(repo: Repo) -> None:
    """A second dataset before `people`, which cannot be read."""
    repo.edit("seatrial.yaml", ("datasets:\n", "datasets:\n  bad: {path: data/bad.csv, contract: contract.yaml}\n"))
    repo.write("data/bad.csv", b"id,age\n1,2,3\n")


def test_dataset_that_cannot_be_read_is_told_among_the_others(judged: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    two_datasets(judged)

    out, err = typed(capsys, code=2)
    bad, good = json.loads(typed(capsys, "--json", code=2)[0])["datasets"]

    assert out.startswith("bad: ERROR: it could not be judged\n\npeople: PASS: ")
    assert "error: data/bad.csv:2" in err
    assert (bad["name"], bad["verdict"], bad["decision"]) == ("bad", "ERROR", "block")
    assert bad["findings"][0]["place"]["file"] == "data/bad.csv"
    assert (good["name"], good["verdict"]) == ("people", "PASS")


def test_broken_rule_of_another_dataset_outweighs_what_cannot_be_read(
    judged: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1: something is known to be wrong."""
    two_datasets(judged)
    judged.write("data/people.csv", people(age=999))

    typed(capsys, code=1)


def test_the_only_one_that_is_asked_for_fails_as_any_command_does(
    judged: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    two_datasets(judged)

    document = json.loads(typed(capsys, "bad", "--json", code=2)[0])

    assert document["error"]["problems"][0]["file"] == "data/bad.csv"


# -- what has no sense in a project -----------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("people", "--contract", "contract.yaml"), "--contract needs a file to check"),
        (("people", "--reference", "data/people.csv"), "--reference needs a file to check"),
        (("--report", "x.html"), "--report needs a file to check"),
        (("--reference", "people@1"), "which data is to be compared with people@1?"),
        (("people", "--reference", "people@1"), "no dataset people was ever judged here; none has a record yet"),
        (("--history", "--reference", "people@1"), "--reference needs a file to check"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(
    judged: Repo, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    assert expected in typed(capsys, *words, code=2)[1]


def test_what_is_there_and_called_like_a_version_is_a_file(judged: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    judged.write("people@1/part.csv", people(500, seed=2))

    out, _ = typed(capsys, "data/people.csv", "--reference", "people@1")

    assert "held against people@1" in out
