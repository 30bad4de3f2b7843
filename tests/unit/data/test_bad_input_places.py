"""Bad places: names that are none, contracts and profiles that are something else, outputs that cannot be written, and
names with what a terminal, a page or a CI system would obey.
"""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import polars as pl
import pytest
import yaml

from seatrial.data.reading.opening import open_dataset
from tests.support.checking import here, table, typed
from tests.support.failing_disk import FailingDisk

__all__ = ["here"]

EVIL = (
    "\x1b[31mred", "new\nline", "\u202ertl", "<script>alert(1)</script>", "::error::x", "##[error]x", "%0A::error",
    "`|*_", "a.b", "tags[]", "tags[#]", "", "__index__", "A", "a", "x" * 10_000,
)  # fmt: skip
BEFORE_NAMES = [(), ("--reference",), ("--contract",), ("--report",), ("--save-profile",), ("--infer", "--output")]


@pytest.mark.parametrize("option", BEFORE_NAMES)
@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5000], ids=["empty", "NUL", "long"])
def test_what_no_file_can_be_called_is_refused(
    here: Path, capfd: pytest.CaptureFixture[str], option: tuple[str, ...], name: str
) -> None:
    """An empty name is what an unset variable of a shell leaves; it must not mean the folder one stands in."""
    typed(capfd, *(["data.parquet"] if option else []), *option, name).refused()


def test_a_contract_is_a_small_plain_file(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A pipe would wait for ever, a device has no end, and a gigabyte is not read before it is refused."""
    os.mkfifo("pipe.yaml")
    with Path("large.yaml").open("wb") as file:
        file.truncate(1 << 30)
    for name in ("pipe.yaml", "/dev/zero", ".", "absent.yaml", "large.yaml", "data.parquet"):
        typed(capfd, "data.parquet", "--contract", name).refused("" if name == "." else name)


def test_a_profile_is_nothing_else(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Cut off, empty, of a newer version, with a part that is missing or unknown, or a gigabyte of zeros."""
    whole = Path("reference.json").read_text()
    parts = json.loads(whole)
    cases: dict[str, str | bytes] = {
        "cut": whole[: len(whole) // 2],
        "empty": "",
        "list": "[]",
        "zeros": b"\0" * 1000,
        "newer": json.dumps({**parts, "schema": parts["schema"] + 1}),
        "unknown": json.dumps({**parts, "more": 1}),
        **{f"without-{name}": json.dumps({k: v for k, v in parts.items() if k != name}) for name in ("rows", "sample")},
        "rows": json.dumps({**parts, "rows": -1}),
    }
    for name, content in cases.items():
        path = Path(f"{name}.json")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        typed(capfd, "data.parquet", "--reference", path).refused(path.name, "no profile")
    with Path("large.json").open("wb") as file:
        file.truncate(1 << 30)
    typed(capfd, "data.parquet", "--reference", "large.json").refused("large.json", "128 MiB")
    typed(capfd, "reference.json", "--reference", "reference.parquet").refused("reference.json")


@pytest.mark.parametrize("place", ["data.parquet/x", "/proc/x"])
def test_a_place_that_cannot_be_written_is_named(here: Path, capfd: pytest.CaptureFixture[str], place: str) -> None:
    """That is not a mistake in the data, nor a defect: exit code 5, and the place."""
    for words in (("--save-profile", f"{place}.json"), ("--report", f"{place}.html"), ("--infer", "--output", place)):
        said = typed(capfd, "data.parquet", *words)
        assert said.code == 5
        assert place in said.err
        assert "next:" in said.err


def test_a_disk_that_fails_at_any_step_leaves_no_half_file(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Whichever step of writing fails, the old file is still there whole, or the new one, and nothing else."""
    words = ("data.parquet", "--reference", "reference.json", "--save-profile", "kept.json", "--report", "report.md")
    typed(capfd, *words)
    whole = {name: Path(name).read_bytes() for name in ("kept.json", "report.md")}
    old = {"kept.json": Path("reference.json").read_bytes(), "report.md": b"## PASS: decision allow, old"}
    names = set(os.listdir())
    for step in range(1, 40):
        for name, content in old.items():
            Path(name).write_bytes(content)
        with FailingDisk(step, errno.ENOSPC) as disk:
            said = typed(capfd, *words)
        for name, content in whole.items():
            assert Path(name).read_bytes() in (content, old[name])
        assert set(os.listdir()) == names
        if disk.steps < step:
            break
        assert said.code in (0, 1, 2, 3, 5)
        assert "overwritten" not in said.err
    else:
        pytest.fail("the disk never came to its end")


def test_a_file_that_is_cut_while_it_is_read_is_no_pass(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was whole when it was opened; what is there now is not what the schema and the digest were taken from."""

    def opened(path: Path, **options: str | None) -> object:
        dataset = open_dataset(path, **options)
        if path.name == "data.parquet":
            os.truncate(path, path.stat().st_size // 2)
        return dataset

    monkeypatch.setattr("seatrial.data.checking.open_dataset", opened)
    typed(capfd, "data.parquet", "--reference", "reference.json").refused("data.parquet", "changed")


def test_names_are_shown_and_obeyed_nowhere(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Columns, values and files with escape codes, markup and commands of CI systems in their names."""
    pl.DataFrame({name: list(range(40)) for name in EVIL}).write_parquet("before.parquet")
    evil = "::error::x <script>\u202e.parquet"
    pl.DataFrame({name: [name] * 40 for name in EVIL}).write_parquet(evil)
    Path("contract.yaml").write_text("columns:\n  a: {one_of: [q]}\n  '::error::x': {pattern: '^q'}\n")
    reports = ("--report", "r.html", "--report", "r.md", "--report", "r.json")
    words = (f"./{evil}", "--reference", "before.parquet", "--contract", "contract.yaml", *reports)

    said = typed(capfd, *words, "--annotations", "github")

    assert said.code == 1
    page, markdown = Path("r.html").read_text(), Path("r.md").read_text()
    for text in (said.out, page, markdown):
        assert not [mark for mark in ("\x1b", "\u202e", "\r") if mark in text]
        assert len(text) < 200_000
    assert "<script>alert" not in page + markdown
    lines = said.out.splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert all(line.startswith(("::error title=", "::error file=", "::warning ", "::notice ")) for line in commands)
    assert not [line for line in lines if "##[" in line and line not in commands]
    assert json.loads(Path("r.json").read_text())
    assert json.loads(typed(capfd, *words[:3], "--json").out)["findings"]


def test_an_inferred_contract_of_evil_names_can_be_read(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What is written is YAML that holds every name as it is, and the data keeps it. One without a name has no rule."""
    columns = {name: [f"{name[:40]}{row % 3}" for row in range(60)] for name in EVIL}
    pl.DataFrame(columns).write_parquet("evil.parquet")

    assert typed(capfd, "evil.parquet", "--infer", "--output", "contract.yaml").code == 0

    assert set(yaml.safe_load(Path("contract.yaml").read_text())["columns"]) == set(EVIL) - {""}
    assert typed(capfd, "evil.parquet", "--contract", "contract.yaml").code == 0


def test_a_part_that_cannot_be_read_is_never_left_out(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One part of a folder is corrupt, or has other columns, or a name that is no text: no verdict on the others."""
    Path("parts").mkdir()
    table(100, 5).write_parquet("parts/a.parquet")
    table(0, 5).write_parquet("parts/b.parquet")
    assert typed(capfd, "parts", "--reference", "reference.parquet").code in (0, 3)

    table(100, 6).rename({"a": "A"}).write_parquet("parts/c.parquet")
    typed(capfd, "parts", "--reference", "reference.parquet").refused("parts/c.parquet", "`A`")
    Path("parts/c.parquet").write_bytes(b"PAR1 what a writer left PAR1")
    typed(capfd, "parts", "--reference", "reference.parquet").refused("parts/c.parquet")
    Path("parts/c.parquet").unlink()
    Path(os.fsdecode(b"parts/\xff.parquet")).write_bytes(b"")
    typed(capfd, "parts", "--reference", "reference.parquet").refused("parts/\\xff.parquet", "UTF-8")
