"""A real run says which line of which gates file asked for what a model failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.report.files import report_files
from seatrial.report.serial import from_text
from tests.support.cli import GATES, Repo, new_repo

STRICT = GATES.replace("accuracy: {min: 0.6}", "accuracy: {min: 0.95}")
LINE = STRICT[: STRICT.index("0.95")].count("\n") + 1


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "p")
    made.write("gates.yaml", STRICT)
    made.commit("a higher limit")
    return made


def test_on_github_the_lines_of_gates_are_annotated_beside_a_clean_output(repo: Repo) -> None:
    """Once it was judged, and again where the judgement is remembered."""
    repo.environ["GITHUB_ACTIONS"] = "true"
    for _ in range(2):
        said = repo.seatrial("run", "--json", code=1)

        title = "title=FAIL%3A performance.accuracy.min in tiny::accuracy "
        assert f"::error file=gates.yaml,line={LINE},{title}" in said.err
        assert "::error" not in said.out


def test_elsewhere_nothing_is_annotated(repo: Repo) -> None:
    assert "::" not in repo.seatrial("run", code=1).err


def test_the_stored_report_gives_the_files_that_ci_systems_read(repo: Repo) -> None:
    document = repo.run(code=1)
    stored = Path(document["report"]).with_name("report.json")

    files = report_files(from_text((repo.root / stored).read_bytes()))

    place = f'"path": "gates.yaml",\n      "lines": {{\n        "begin": {LINE}\n'
    assert place in files["code-quality.json"].decode()
    assert f'file="gates.yaml" line="{LINE}"' in files["junit.xml"].decode()
    assert b'seatrial_accuracy{model="tiny",of="candidate"}' in files["metrics.txt"]
