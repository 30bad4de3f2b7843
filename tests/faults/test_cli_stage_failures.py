"""Commands that fail in every way: exit code 4, the reason in the headline, and nothing stored under a false key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Repo, all_is_well, copy_of, template, with_production

TIMEOUT = ("    deps: {data: datasets.train}\n", "    deps: {data: datasets.train}\n    timeout: 0.3s\n")


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production."""
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


@pytest.mark.parametrize(
    ("first_line", "reason"),
    [
        ("import sys; sys.exit(1)", "exit code 1"),
        ("import time; time.sleep(60)", "stopped after its timeout of 0.3 s"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("raise SystemExit", "the command ended well but did not write outputs/model.txt, outputs/metrics.json"),
        (
            "import os; os.symlink('/etc/hosts', 'outputs/model.txt'); open('outputs/metrics.json', 'w'); exit()",
            "is a link to /etc/hosts",
        ),
    ],
    ids=["exits 1", "hangs", "is killed", "writes nothing", "writes a link to the outside"],
)
def test_failed_stage_is_told_and_nothing_is_lost(repo: Repo, first_line: str, reason: str) -> None:
    """Headline, report, `why` and exit code agree; the old results are still there afterwards."""
    before = repo.read("steps/train.py")
    repo.write("steps/train.py", f"{first_line}\n{before}")
    repo.edit("seatrial.yaml", TIMEOUT)

    said = repo.seatrial("run", code=4)
    (cell,) = repo.seatrial("why", "train", "--json").json["cells"]

    headline = " ".join(said.out.split("\n\n")[0].split())
    assert headline.startswith("ERROR: stage train failed:")
    assert reason in headline
    assert headline.endswith("; 1 stage blocked")
    assert cell["past"]["did"] == "failed"
    assert cell["action"] == "run"
    all_is_well(repo)


def test_folder_of_an_out_that_leads_outside_is_left_alone(repo: Repo, tmp_path: Path) -> None:
    """A link in place of the folder: nothing outside of the repository is removed or written."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "model.txt").write_text("precious")
    (outside / "rows.csv").write_text("precious too")
    repo.git("clean", "-q", "-ffdx", "outputs")
    (repo.root / "outputs").symlink_to(outside)

    said = repo.seatrial("run", code=4)

    assert "outside of the repository" in " ".join(said.out.split())
    assert {path.name: path.read_text() for path in outside.iterdir()} == {
        "model.txt": "precious",
        "rows.csv": "precious too",
    }


def test_file_that_git_tracks_is_never_written_over(repo: Repo) -> None:
    """An out that is versioned is refused before anything is removed."""
    repo.git("add", "-f", "outputs/model.txt")
    repo.git("commit", "-q", "-m", "track it by mistake")
    before = repo.read("outputs/model.txt")
    repo.edit("params.yaml", ("  skill: 0.9\n", "  skill: 0.95\n"))

    said = repo.seatrial("run", code=2)

    assert "seatrial.yaml" in said.err
    assert "writes outputs/model.txt, which git tracks" in said.err
    assert "next:  git rm --cached -r outputs/model.txt" in said.err
    assert repo.read("outputs/model.txt") == before


def test_program_that_does_not_exist_is_a_failed_stage(repo: Repo) -> None:
    """The name of the program is told, not a traceback."""
    repo.edit("seatrial.yaml", ("    cmd: python steps/evaluate.py", "    cmd: evaluate-it-all steps/evaluate.py"))

    said = repo.seatrial("run", code=4)

    assert "the command evaluate-it-all cannot be started: No such file or directory" in " ".join(said.out.split())


def test_undeclared_file_is_warned_about(repo: Repo) -> None:
    """Nothing will restore it on a hit, so the run says which file appeared."""
    repo.edit("steps/train.py", ("import sys\n", "import sys\nopen('stray.txt', 'w').close()\n"))

    document = repo.run()

    assert document["warnings"] == ["during the run stray.txt appeared, which no stage declares as an out"]
