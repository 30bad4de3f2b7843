"""`seatrial check` as it is typed: exit codes, what it writes and never overwrites, options that exclude each other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks.repositories import environment
from seatrial.cli.main import run_app
from tests.unit.data.test_checking import CONTRACT, table


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data, its reference and a contract, in which commands are typed."""
    monkeypatch.chdir(tmp_path)
    table(3000, 1).write_parquet("reference.parquet")
    table(1000, 2, first=10_000).write_parquet("clean.parquet")
    table(1000, 3, first=20_000).with_columns(pl.col("income") * 2).write_parquet("drifted.parquet")
    table(200, 4).with_columns(age=pl.lit(130)).write_parquet("broken.parquet")
    Path("contract.yaml").write_bytes(CONTRACT)
    return tmp_path


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code and both outputs of one command."""
    capsys.readouterr()
    code = run_app(["check", *words])
    out, err = capsys.readouterr()
    return code, out, err


def document(capsys: pytest.CaptureFixture[str], *words: str, code: int) -> Any:
    """The JSON document of a command that ends with this code and says nothing else."""
    ended, out, err = typed(capsys, *words, "--json")
    assert (ended, err) == (code, "")
    return json.loads(out, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))


@pytest.mark.parametrize(
    ("words", "code", "decision"),
    [
        (("clean.parquet", "--reference", "reference.parquet"), 0, "allow"),
        (("drifted.parquet", "--reference", "reference.parquet"), 1, "block"),
        (("broken.parquet", "--contract", "contract.yaml"), 1, "block"),
        (("clean.parquet", "--contract", "contract.yaml"), 0, "allow"),
        (("clean.parquet",), 2, "block"),
    ],
)
def test_the_exit_code_is_that_of_the_decision(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, decision: str
) -> None:
    """What a CI job is told, and what it reads, is one thing."""
    found = document(capsys, *words, code=code)

    assert found["decision"] == decision
    assert found["exit_code"] == code
    assert found["findings"]
    assert found["schema_version"] == 1


def test_too_few_rows_are_held(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """INCONCLUSIVE is no pass: exit code 3, with how many rows would do."""
    table(40, 8, first=80_000).write_parquet("few.parquet")
    found = document(capsys, "few.parquet", "--reference", "reference.parquet", code=3)

    assert (found["verdict"], found["decision"]) == ("INCONCLUSIVE", "hold")
    assert any(finding["n_needed"] for finding in found["findings"])


def test_a_profile_is_written_and_taken_as_reference(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The two steps that a newcomer types."""
    assert typed(capsys, "reference.parquet", "--save-profile", "kept.json")[0] == 0
    assert typed(capsys, "drifted.parquet", "--reference", "kept.json")[0] == 1


def test_reports_are_written_by_their_ending(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page with pictures, and Markdown, of the same check."""
    words = ("drifted.parquet", "--reference", "reference.parquet", "--report", "r.html", "--report", "r.md")
    typed(capsys, *words)

    assert "<svg" in Path("r.html").read_text(encoding="utf-8")
    assert Path("r.md").read_text(encoding="utf-8").startswith("## FAIL: decision block, ")
    assert "income" in Path("r.md").read_text(encoding="utf-8").partition("## Distributions")[2]


def test_annotations_stand_behind_the_text(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The runner reads them from the same output; they point at the contract."""
    code, out, _ = typed(capsys, "broken.parquet", "--contract", "contract.yaml", "--annotations", "github")
    commands = [line for line in out.splitlines() if line.startswith("::")]

    assert code == 1
    assert commands[0].startswith("::error file=contract.yaml,line=2,")


def test_text_ends_with_what_to_do_next(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The headline first, the next step last, nothing on standard error for what takes no time."""
    code, out, err = typed(capsys, "drifted.parquet", "--reference", "reference.parquet")

    assert (code, err) == (1, "")
    assert out.startswith("FAIL: decision block, ")
    assert out.rstrip().split("\n\n")[-1].startswith("next:  ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no data is named, and "),
        (("nowhere.csv",), "nowhere.csv does not exist"),
        (("clean.parquet", "--reference", "nowhere.json"), "nowhere.json does not exist"),
        (("clean.parquet", "--contract", "nowhere.yaml"), "the contract cannot be read"),
        (("clean.parquet", "--output", "x.yaml"), "--output says where --infer writes"),
        (("clean.parquet", "--infer", "--reference", "reference.parquet"), "--infer writes a contract"),
        (("clean.parquet", "--infer", "--label", "y"), "it takes no --label"),
        (("clean.parquet", "--infer", "--save-profile", "p.json"), "it takes no --save-profile"),
        (("clean.parquet", "--infer", "--annotations", "github"), "it takes no --annotations"),
        (("clean.parquet", "--infer", "--examples", "5"), "it takes no --examples"),
        (("clean.parquet", "--infer", "--output", "contract.yaml"), "contract.yaml exists and is not overwritten"),
        (("clean.parquet", "--report", "r.pdf"), "r.pdf is neither .html nor .md"),
        (("clean.parquet", "--annotations", "github", "--json"), "both printed on standard output"),
        (("contract.yaml",), "contract.yaml"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_next_step(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    """Exit code 2, the reason, and what to type instead; nothing is written."""
    before = sorted(path.name for path in here.iterdir())
    code, out, err = typed(capsys, *words)

    assert code == 2
    assert said in out + err
    assert "next" in err or "next_step" in out
    assert sorted(path.name for path in here.iterdir()) == before
    assert Path("contract.yaml").read_bytes() == CONTRACT


def test_an_inferred_contract_is_kept_by_the_data_it_was_inferred_from(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written once, never over another file, and true of its own data and of clean rows of the same source."""
    code, out, _ = typed(capsys, "reference.parquet", "--infer", "--output", "new.yaml")

    assert code == 0
    assert "seatrial check reference.parquet --contract new.yaml" in out
    assert typed(capsys, "reference.parquet", "--contract", "new.yaml")[0] == 0
    assert typed(capsys, "clean.parquet", "--contract", "new.yaml")[0] == 0
    assert typed(capsys, "reference.parquet", "--infer")[1] == Path("new.yaml").read_text(encoding="utf-8")
    assert document(capsys, "reference.parquet", "--infer", code=0)["contract"] == Path("new.yaml").read_text()


def test_a_label_asks_for_leakage(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a label alone there is something to judge: a column that gives it away blocks."""
    frame = table(2000, 5).with_columns(y=(pl.col("income") > 22_000).cast(pl.Int64))
    frame.with_columns(leak=pl.col("y") * 3 + 1).write_parquet("leaky.parquet")
    found = document(capsys, "leaky.parquet", "--label", "y", code=1)

    assert ("joint.leakage", "leak") in {
        (finding["check"], finding["column"]) for finding in found["findings"] if finding["verdict"] == "FAIL"
    }


def test_a_contract_alone_loads_no_statistics(here: Path) -> None:
    """A check of rules starts as fast as polars does: asked of a fresh interpreter."""
    program = (
        "import sys\nfrom seatrial.cli.main import run_app\n"
        "code = run_app(['check', 'clean.parquet', '--contract', 'contract.yaml'])\n"
        "print('LOADED', code, *sorted({name.partition('.')[0] for name in sys.modules} & {'numpy', 'polars', 'rich'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "LOADED 0 polars"
