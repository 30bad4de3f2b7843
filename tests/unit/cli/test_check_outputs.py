"""What `seatrial check` writes over and what it leaves: files of another kind, folders of data, devices, links."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from seatrial.cli.main import run_app
from seatrial.data.findings import DataFinding
from seatrial.data.mistaken import HEAD, is_markdown, is_page
from seatrial.replacing import replace
from seatrial.report.data_markdown import render_markdown
from seatrial.report.data_page import render_page
from seatrial.verdict import Verdict
from tests.support.checking import here, table, typed
from tests.support.data_checks import BROKEN, HOLDS, UNSURE, a_check

__all__ = ["here"]


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two files of data and nothing else, in a folder that holds one folder of data and a link to it."""
    folder = tmp_path / "here"
    (folder / "parts").mkdir(parents=True)
    monkeypatch.chdir(folder)
    for number, name in enumerate("ab"):
        table(150, number).write_parquet(f"parts/{name}.parquet")
    table(150, 3).write_csv("data.csv")
    Path("to-parts").symlink_to("parts")
    return folder


def contents(folder: Path) -> dict[Path, bytes]:
    """Every plain file below a folder, links not followed."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


# -- files of another kind --------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--save-profile", "other.parquet"), "is no profile"),
        (("--save-profile", "mine.py"), "is no profile"),
        (("--save-profile", "to-other"), "is no profile"),
        (("--save-profile", "result.json"), "is no profile"),
        (("--save-profile", "folder"), "is a folder"),
        (("--save-profile", "pipe.json"), "is a pipe"),
        (("--save-profile", "loop.json"), "is a link that leads to itself"),
        (("--report", "reference.json"), "is no record of a check"),
        (("--report", "package.json"), "is no record of a check"),
        (("--report", "README.md"), "is no report of a check"),
        (("--report", "notes.md"), "is no report of a check"),
        (("--report", "index.html"), "is no report of a check"),
        (("--report", "result.md"), "is no report of a check"),
        (("--report", "folder.html"), "is a folder"),
        (("--report", "pipe.html"), "is a pipe"),
    ],
)
def test_a_file_of_another_kind_stays(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, str], why: str
) -> None:
    """Refused before any work, so that an hour's check does not end in it."""
    table(20, 3).write_parquet("other.parquet")
    Path("mine.py").write_text("print('mine')\n")
    Path("package.json").write_text('{"name": "mine"}')
    Path("README.md").write_text("# Mine\n\n## FAIL: decision block, 1 of 2 statements fails\n")
    Path("notes.md").write_text("## FAIL: decisions of today\n")
    Path("index.html").write_text('<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Mine</title>')
    typed(capfd, "data.parquet", "--reference", "reference.json", "--report", "result.json")
    Path("result.md").write_bytes(Path("result.json").read_bytes())
    Path("to-other").symlink_to("other.parquet")
    Path("loop.json").symlink_to("loop.json")
    for name in ("folder", "folder.html"):
        Path(name).mkdir()
    for name in ("pipe.json", "pipe.html"):
        os.mkfifo(name)
    before, names = contents(here), sorted(os.listdir())
    monkeypatch.setattr("seatrial.data.checking.open_dataset", lambda *_, **__: pytest.fail("work had begun"))

    typed(capfd, "data.parquet", *words).refused(words[1], why, words[0])

    assert (contents(here), sorted(os.listdir())) == (before, names)
    assert Path("pipe.json").is_fifo()


def test_what_a_check_wrote_before_is_replaced(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By a newer one of its own kind. An empty file, as mktemp makes it, holds nothing that could be lost."""
    outputs = {"--save-profile": "p.json", "--report": "r.json"}
    words = [word for pair in (*outputs.items(), ("--report", "r.html"), ("--report", "r.md")) for word in pair]
    for name in outputs.values():
        Path(name).touch()
    typed(capfd, "data.parquet", "--contract", contract(), *words)
    first = {name: Path(name).read_bytes() for name in (*outputs.values(), "r.html", "r.md")}
    table(310, 7).write_parquet("data.parquet")

    assert typed(capfd, "data.parquet", "--contract", contract(), *words).code == 0

    for name, content in first.items():
        assert content
        assert Path(name).read_bytes() != content
    assert typed(capfd, "data.parquet", "--contract", contract(), "--save-profile", "p.json", "--json").code == 0


@pytest.mark.parametrize("finding", [BROKEN, UNSURE, HOLDS, replace(BROKEN, verdict=Verdict.ERROR)])
def test_a_report_of_any_verdict_is_known_again(finding: DataFinding) -> None:
    """Else the second check of a red dataset could not write its report."""
    found = a_check(finding)

    assert is_markdown(render_markdown(found).encode()[:HEAD])
    assert is_page(render_page(found).encode()[:HEAD])
    assert not is_markdown(render_page(found).encode()[:HEAD])
    assert not is_page(render_markdown(found).encode()[:HEAD])


def contract() -> str:
    """A contract that the data keeps."""
    Path("contract.yaml").write_text("columns: {b: {min: 0}}\n")
    return "contract.yaml"


# -- devices, streams and links ---------------------------------------------------------


def test_devices_and_streams_take_the_profile(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert typed(capfd, "data.parquet", "--contract", contract(), "--save-profile", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()

    said = typed(capfd, "data.parquet", "--contract", contract(), "--save-profile", "/dev/stdout")
    assert json.JSONDecoder().raw_decode(said.out)[0]["rows"] == 300


def test_links_stay_and_what_they_lead_to_is_written(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("far").mkdir()
    links = {"p.json": "far/p.json", "r.html": "far/page.html"}
    for link, target in links.items():
        Path(link).symlink_to(target)

    for _ in range(2):  # first they lead nowhere
        words = ("--contract", contract(), "--save-profile", "p.json", "--report", "r.html")
        assert typed(capfd, "data.parquet", *words).code == 0
        assert all(Path(link).is_symlink() for link in links)
        assert sorted(os.listdir("far")) == ["p.json", "page.html"]
    assert typed(capfd, "data.parquet", "--reference", "far/p.json").code == 0


# -- folders of data --------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["parts", "../here/parts/", "to-parts", "."])
@pytest.mark.parametrize(
    ("option", "name"), [("--save-profile", "p.json"), ("--report", "deep/r.html"), ("--report", "r.json")]
)
def test_nothing_new_is_laid_among_data(
    parts: Path, capfd: pytest.CaptureFixture[str], folder: str, option: str, name: str
) -> None:
    """The next check of the folder would read it."""
    before = contents(parts)

    typed(capfd, folder, option, f"parts/{name}").refused(f"parts/{name}", "the next check of that folder")
    typed(capfd, "data.csv", "--reference", folder, option, f"parts/{name}").refused(f"parts/{name}", "the next check")

    assert contents(parts) == before


@pytest.mark.parametrize("cache", ["parts", "parts/cache", "to-parts/new/cache"])
def test_no_cache_is_laid_among_data(parts: Path, capfd: pytest.CaptureFixture[str], cache: str) -> None:
    before = contents(parts)

    typed(capfd, "parts", "--reference", "data.csv", "--cache", cache).refused(cache, "the next check of that folder")

    assert contents(parts) == before
    assert typed(capfd, "parts", "--reference", "data.csv", "--cache", "parts/.cache").code in (0, 1, 3)
    assert any(Path("parts/.cache").rglob("*"))
    assert typed(capfd, "parts", "--reference", "data.csv").code in (0, 1, 3)


def test_what_no_check_reads_may_lie_beside_data(parts: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Names with `_` or `.` at their beginning, and pages in Markdown, are no part of a dataset."""
    words = ("--save-profile", "parts/_seatrial/p.json", "--report", "parts/README.md")
    for _ in range(2):
        assert typed(capfd, "parts", "--contract", contract(), *words).code == 0

    said = typed(capfd, "parts", "--reference", "parts/_seatrial/p.json", "--json")
    assert json.loads(said.out)["rows"] == 300


def test_a_file_beside_the_file_that_is_checked_is_written(parts: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A file alone is the dataset, whatever lies in its folder."""
    assert typed(capfd, "parts/a.parquet", "--contract", contract(), "--save-profile", "parts/p.json").code == 0
    assert Path("parts/p.json").is_file()


# -- data without rows, and what is said ------------------------------------------------


def test_data_without_rows_leaves_the_profile_that_was_there(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A delivery that came empty must not cost the reference that would have shown it."""
    good = Path("reference.json").read_bytes()
    Path("header.csv").write_text("a,b,c,y\n")

    for name in ("reference.json", "new.json"):
        said = typed(capfd, "header.csv", "--save-profile", name)
        assert said.code == 2
        assert said.out.splitlines()[-1] == f"profile:  none is written of a dataset without rows; {name} is as it was"
    assert Path("reference.json").read_bytes() == good
    assert not Path("new.json").exists()


def test_the_text_says_where_the_profile_is(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In one line, whatever the verdict; JSON stays JSON, and nothing is said that nobody asked."""
    words = ("data.parquet", "--contract", contract())
    assert typed(capfd, *words, "--save-profile", "p.json").out.splitlines()[-1] == "profile:  p.json is written"
    assert "profile:" not in typed(capfd, *words).out
    assert json.loads(typed(capfd, *words, "--save-profile", "p.json", "--json").out)["verdict"] == "PASS"


# -- a memory that remembers nothing ----------------------------------------------------


@pytest.mark.parametrize("cache", ["data.parquet", "data.parquet/below", "/proc/below/it", "nowhere-link"])
def test_a_cache_that_cannot_be_used_is_told_once(here: Path, capsys: pytest.CaptureFixture[str], cache: str) -> None:
    """The check is made all the same, and its answer is the same."""
    Path("nowhere-link").symlink_to("absent/far")
    before = contents(here)

    code = run_app(["check", "data.parquet", "--reference", "reference.json", "--cache", cache, "--json"])
    said = capsys.readouterr()
    run_app(["check", "data.parquet", "--reference", "reference.json", "--json"])

    assert code in (0, 3)
    assert said.err.count("warning:") == said.err.count("\n") == 1
    assert f"--cache {cache} cannot be used" in said.err
    assert said.out == capsys.readouterr().out
    assert contents(here) == before


def test_a_cache_that_can_be_used_is_not_told(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Whether it exists yet or not. A check that is refused makes none."""
    typed(capfd, "data.parquet", "--reference", "absent.json", "--cache", "new/cache").refused("absent.json")
    assert not Path("new").exists()
    for _ in range(2):
        said = typed(capfd, "data.parquet", "--reference", "reference.json", "--cache", "new/cache")
        assert (said.code in (0, 3), said.err) == (True, "")
    assert any(path.is_file() for path in Path("new/cache").rglob("*"))
