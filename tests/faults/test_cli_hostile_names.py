"""Names with spaces, newlines and bytes that are no text, loops of links, names that differ in case: from end to end.

Of files that are dependencies and of files in a folder that a stage makes; the cache, the shared cache, the log, the
report and every `--json` give them back as they are.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.support.cli import Repo, new_repo

NAMES = (
    b"plain",
    b"a b",
    b" lead and trail ",
    b"n\nl",
    b"caf\xe9",
    b"\xff\xfe",
    b"-rf",
    b"a'b\"c",
    b"$HOME",
    b"*",
    b"x\\y",
)
CONFIG = """\
project: names
main: main
cache: {{remote: "file://{share}"}}
stages:
  mix:
    cmd: python steps/mix.py "${{outs.folder}}" ${{deps.notes}}
    deps: {{notes: "notes/*", spaced: "in put/da ta.txt"}}
    outs: {{folder: "out puts/fold er"}}
  count:
    cmd: python steps/count.py "${{deps.folder}}" "${{outs.list}}"
    deps: {{folder: mix.folder}}
    outs: {{list: "out puts/li st"}}
"""
MIX = """\
import os, shutil, sys
folder, *notes = sys.argv[1:]
os.makedirs(folder + "/below")
for note in notes:
    shutil.copyfile(note, os.path.join(folder, os.path.basename(note)))
    shutil.copyfile(note, os.path.join(folder, "below", os.path.basename(note)))
os.symlink(os.path.basename(notes[0]), folder + "/li nk")
"""
COUNT = """\
import os, sys
folder, out = sys.argv[1:]
with open(out, "w") as file:
    file.write(str(len(os.listdir(folder))))
"""


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Files with every name, and a second stage that reads what the first makes of them."""
    (tmp_path / "share").mkdir()
    files = {
        "seatrial.yaml": CONFIG.format(share=tmp_path / "share"),
        "steps/mix.py": MIX,
        "steps/count.py": COUNT,
        "in put/da ta.txt": "x",
        ".gitignore": "/out puts/\n",
    }
    repo = new_repo(tmp_path, files, commit=False)
    for number, name in enumerate(NAMES):
        repo.write(f"notes/{os.fsdecode(name)}", str(number))
    repo.commit()
    return repo


def snapshot(repo: Repo) -> dict[bytes, bytes]:
    """Every file of the outs by the bytes of its path."""
    found = {}
    for path in (repo.root / "out puts").rglob("*"):
        if path.is_symlink() or path.is_file():
            found[os.fsencode(path)] = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    return found


def test_hostile_names_go_through_everything(repo: Repo, tmp_path: Path) -> None:
    """Run, reused, changed, restored from here and from the shared cache; logs and reports stay readable."""
    first = repo.did(repo.run())
    made = snapshot(repo)
    second = repo.did(repo.run())
    (repo.root / "notes" / os.fsdecode(b"caf\xe9")).write_text("changed")
    plan = repo.seatrial("plan", "--json").json
    why = repo.seatrial("why", "mix", "--json").json
    third = repo.did(repo.run())
    (repo.root / "notes" / os.fsdecode(b"caf\xe9")).write_text(str(NAMES.index(b"caf\xe9")))
    shutil.rmtree(repo.root / "out puts")
    fourth = repo.did(repo.run())
    restored = snapshot(repo)
    shutil.rmtree(repo.root / "out puts")
    shutil.rmtree(repo.root / ".seatrial")
    fifth = repo.did(repo.run())

    assert len(made) == 2 * len(NAMES) + 2
    assert set(first.values()) == {"ran"}
    assert set(second.values()) == {"reused"}
    assert third == {"mix": "ran", "count": "ran"}
    assert set(fourth.values()) | set(fifth.values()) == {"reused"}
    assert restored == snapshot(repo) == made
    assert repo.read("out puts/li st") == str(len(NAMES) + 2)
    assert next(row for row in plan["stages"] if row["name"] == "mix")["action"] == "run"
    assert "caf\udce9" in json.dumps(why, ensure_ascii=False) or "caf\\\\xe9" in json.dumps(why)
    for log in (repo.root / ".seatrial" / "runs").glob("*/events.jsonl"):
        assert all(
            json.loads(line.decode("utf-8", "surrogateescape"))["event"] for line in log.read_bytes().splitlines()
        )
    for report in (repo.root / ".seatrial" / "runs").glob("*/report.json"):
        assert json.loads(report.read_bytes().decode("utf-8", "surrogateescape"))["schema_version"]
    repo.seatrial("report")
    repo.seatrial("cache", "verify", "--json")


def test_a_path_that_is_written_by_hand_must_be_readable(repo: Repo) -> None:
    """The path of an out is the user's to choose: one with a line break is refused with its place."""
    repo.edit("seatrial.yaml", ("li st", "li\\nst"))
    [problem] = repo.seatrial("run", "--json", code=2).problems

    assert problem["key"] == "stages.count.outs.list"
    assert "cannot be printed" in problem["message"]


def test_names_that_differ_in_case_are_different_outs_and_files(repo: Repo) -> None:
    """On a file system that tells them apart each is itself, and each is restored."""
    repo.edit("steps/mix.py", ("os.symlink(", 'open(folder + "/README", "w").write("upper")\nos.symlink('))
    repo.edit("steps/mix.py", ("os.symlink(", 'open(folder + "/readme", "w").write("lower")\nos.symlink('))
    repo.edit("seatrial.yaml", ("    outs: {folder:", '    outs: {upper: "out puts/M", lower: "out puts/m", folder:'))
    repo.edit("steps/mix.py", ("os.symlink(", 'open("out puts/M", "w").write("M")\nos.symlink('))
    repo.edit("steps/mix.py", ("os.symlink(", 'open("out puts/m", "w").write("m")\nos.symlink('))
    repo.commit()
    repo.run()
    made = snapshot(repo)
    shutil.rmtree(repo.root / "out puts")
    did = repo.did(repo.run())

    assert set(did.values()) == {"reused"}
    assert snapshot(repo) == made
    assert (repo.read("out puts/M"), repo.read("out puts/m")) == ("M", "m")
    assert (repo.read("out puts/fold er/README"), repo.read("out puts/fold er/readme")) == ("upper", "lower")


@pytest.mark.parametrize("where", ["a literal dep", "a file of a glob", "a folder of the tree"])
def test_a_loop_of_links_is_said_or_ends(repo: Repo, where: str) -> None:
    """It never hangs, and where it is an input of a stage it is named."""
    if where == "a literal dep":
        (repo.root / "in put" / "da ta.txt").unlink()
        (repo.root / "in put" / "da ta.txt").symlink_to("da ta.txt")
    elif where == "a file of a glob":
        (repo.root / "notes" / "ring").symlink_to("ring")
    else:
        (repo.root / "steps" / "up").symlink_to("..")
    repo.commit()
    said = repo.seatrial("run", "--json", code=None)

    if where == "a literal dep":
        assert said.code == 2
        assert "da ta.txt" in said.problems[0]["message"]
    else:
        assert said.code in (0, 2)


def test_an_out_folder_with_a_ring_of_links_is_kept_as_it_is(repo: Repo) -> None:
    """Links inside of an out are stored as links, also when they lead nowhere."""
    repo.edit(
        "steps/mix.py", ("os.symlink(", 'os.symlink("a", folder + "/b")\nos.symlink("b", folder + "/a")\nos.symlink(')
    )
    repo.commit()
    repo.run()
    made = snapshot(repo)
    shutil.rmtree(repo.root / "out puts")

    assert set(repo.did(repo.run()).values()) == {"reused"}
    assert snapshot(repo) == made
