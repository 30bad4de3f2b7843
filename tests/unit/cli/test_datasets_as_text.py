"""Datasets of a project as they are shown: history in 80 columns, and several checks of which one cannot be made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from seatrial.cli.check import check
from seatrial.cli.check_datasets import MOST_VERSIONS
from seatrial.cli.main import run_app
from seatrial.flows.dataset_records import record_look
from seatrial.verdict import Decision, Verdict
from tests.support.cli import Repo
from tests.support.people import people
from tests.support.workspaces import judged, opened

__all__ = ["judged"]

ROOT = Path(__file__).parents[3]
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
    assert "held against contract.yaml\n" in out  # as it lies from here, and not where the work tree lies
    assert (bad["name"], bad["verdict"], bad["decision"]) == ("bad", "ERROR", "block")
    assert bad["findings"][0]["place"]["file"] == "data/bad.csv"
    assert (good["name"], good["verdict"]) == ("people", "PASS")


@pytest.mark.parametrize(
    ("heading", "words"), [("## JSON", ("data/people.csv", "--contract", "contract.yaml")), ("### Of a project", ())]
)
def test_the_json_on_the_page_has_the_keys_of_the_output(
    judged: Repo, capsys: pytest.CaptureFixture[str], heading: str, words: tuple[str, ...]
) -> None:
    """In their order, and with values of their types; of findings and examples where the page shows any."""
    judged.write("data/people.csv", people(age=999))
    page = (ROOT / "docs/reference/data.md").read_text(encoding="utf-8")
    told = json.loads(page.partition(f"\n{heading}\n")[2].partition("```json\n")[2].partition("```")[0])
    found = json.loads(typed(capsys, *words, "--json", code=1)[0])

    alike(told, found)


def alike(told: Any, found: Any) -> None:
    """The same keys all the way down; figures may be null on either side. What is keyed by names of data differs."""
    if isinstance(told, dict):
        assert list(told) == list(found)
        for key in told.keys() - {"details", "digests"}:
            alike(told[key], found[key])
    elif isinstance(told, list) and told and found:
        alike(told[0], found[0])
    else:
        assert None in (told, found) or isinstance(found, float if isinstance(told, float) else type(told))


def test_a_dataset_that_cannot_be_read_lacks_in_json_what_the_page_says(
    judged: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    two_datasets(judged)
    bad, good = json.loads(typed(capsys, "--json", code=2)[0])["datasets"]

    assert good.keys() - bad.keys() == {"files", "columns", "reference", "contract"}
    assert bad.keys() - good.keys() == {"next_step", "distributions", "statistics", "shapes"}
    assert [finding["check"] for finding in bad["findings"]] == ["check.unreadable"]


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
        (("people", "--cache", "kept"), "leave --cache out, or type seatrial check data/people.csv --cache"),
        (("people", "--label", "age"), "seatrial check data/people.csv --label ..., or write `label:` in the contract"),
        (("--prediction", "age"), "seatrial check FILE --prediction ..., or write `prediction:` in the contract"),
        (("--cluster", "age"), "--cluster needs a file to check"),
        (("people", "--id", "id"), "--id needs a file to check"),
        (("people", "--annotations", "github"), "--annotations needs a file to check"),
        (("people", "--save-profile", "p.json"), "--save-profile needs a file to check"),
        (("people", "--output", "c.yaml"), "--output says where --infer writes"),
        (("--reference", "people@1"), "which data is to be compared with people@1?"),
        (("people", "--reference", "people@1"), "no dataset people was ever judged here; none has a record yet"),
        (("--history", "--reference", "people@1"), "--history shows what was recorded and takes no --reference"),
        (("--history", "--infer"), "--history shows what was recorded and takes no --infer"),
        (("--history", "people", "--examples", "5"), "takes no --examples"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(
    judged: Repo, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    said = " ".join(typed(capsys, *words, code=2)[1].split())

    assert expected in said


def test_every_option_is_taken_by_a_project_or_refused_there(judged: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever types an option believes that it did something; one that is new is refused until it is listed."""
    taken = {"--examples", "--jobs", "--json", "--history", "--infer", "--help"}
    values: dict[str, tuple[str, ...]] = {"--annotations": ("github",)}
    options = {parameter.opts[0] for parameter in check.params if isinstance(parameter, click.Option)} - taken

    assert len(options) >= 10
    for option in sorted(options):
        assert option in typed(capsys, "people", option, *values.get(option, ("x",)), code=2)[1]


def test_what_is_there_and_called_like_a_version_is_a_file(judged: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    judged.write("people@1/part.csv", people(500, seed=2))

    out, _ = typed(capsys, "data/people.csv", "--reference", "people@1")

    assert "held against people@1" in out
