"""A whole visit to real folders: empty, without git, broken, read-only, hostile; it leaves nothing behind."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seatrial.adopt.doctor.badge import badge
from seatrial.adopt.doctor.examine import examine
from seatrial.adopt.doctor.outcome import Health, Pattern, Step, Strength, Visit
from seatrial.cli.doctor import exit_code
from seatrial.cli.doctor_json import visit_json
from seatrial.cli.doctor_text import visit_lines
from seatrial.replacing import replace
from seatrial.wiring import state_for_a_look
from tests.support.project import bare_python
from tests.support.visited import CONFIG, GATES

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[4]


def _git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def _repository(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    return folder


@functools.cache
def _python_folder() -> str:
    """A folder with a python3 in which nothing is installed."""
    python = bare_python(Path(tempfile.mkdtemp(prefix="bare-")))
    (python.parent / "python3").symlink_to(python.resolve())
    return str(python.parent)


def _visit(folder: Path, path: str | None = None) -> Visit:
    environ = {"PATH": f"{_python_folder()}:{os.environ['PATH']}" if path is None else path, "HOME": "/nonexistent"}
    return examine(folder, state_for_a_look, now=NOW, environ=environ)


def _everything(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in sorted(folder.rglob("*"))
    }


PROJECT: dict[str, str | bytes] = {"seatrial.yaml": CONFIG, "gates.yaml": GATES, "train.py": "", "evaluate.py": ""}


def test_an_empty_folder_starts_with_init(tmp_path: Path) -> None:
    """No git, no configuration, nothing: level 0, no finding, no failure."""
    visit = _visit(tmp_path)

    assert visit.level.number == 0
    assert visit.steps[0].command == "seatrial init"
    assert visit.alarms == ()
    assert exit_code(visit, strict=True) == 0
    assert next(look for look in visit.machine if look.name == "git").health is Health.NOTICE


def test_files_count_also_without_git(tmp_path: Path) -> None:
    """And what an environment holds does not."""
    (tmp_path / "requirements.txt").write_text("numpy\n")
    (tmp_path / "venv/lib").mkdir(parents=True)
    (tmp_path / "venv/lib/requirements.txt").write_text("numpy\n")

    assert [one.where for one in _visit(tmp_path).alarms] == ["requirements.txt:1"]


def test_a_clean_project_has_no_alarm(tmp_path: Path) -> None:
    """Nothing wrong is told of what is right."""
    visit = _visit(_repository(tmp_path / "p", PROJECT))

    assert visit.alarms == ()
    assert visit.problems == ()
    assert exit_code(visit, strict=True) == 0


def test_a_broken_configuration_is_told_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    """Every mistake with its line; CI files are still read; the code says that the user must mend it."""
    files = {
        **PROJECT,
        "seatrial.yaml": "project: x\nstagess: {}\nstages: {a: {cmd: 1}}\n",
        "requirements.txt": "numpy\n",
    }
    visit = _visit(_repository(tmp_path / "p", files))

    assert any("seatrial.yaml:2" in problem and "stagess" in problem for problem in visit.problems)
    assert [one.pattern for one in visit.alarms] == [Pattern.UNPINNED_DEPENDENCY]
    assert visit.steps[0].command == "seatrial config"
    assert exit_code(visit, strict=False) == 2


def test_a_visit_leaves_nothing(tmp_path: Path) -> None:
    """Not a file, not a time, neither in the work tree nor in git's folder."""
    folder = _repository(tmp_path / "p", PROJECT)
    before = _everything(folder)
    _visit(folder)

    assert _everything(folder) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_cannot_be_written_is_looked_at_all_the_same(tmp_path: Path) -> None:
    """And told to be one: runs cannot work there."""
    folder = _repository(tmp_path / "p", PROJECT)
    folder.chmod(0o555)
    try:
        visit = _visit(folder)
    finally:
        folder.chmod(0o755)

    assert next(look for look in visit.machine if look.name == "cache").health is Health.TROUBLE
    assert len(visit.points) == 28
    assert exit_code(visit, strict=False) == 5


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    """A workflow that is a link out of the repository, and one that is a pipe, are told and not waited for."""
    (tmp_path / "secret.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: [{uses: a/b@v1}]}}\n")
    folder = _repository(tmp_path / "p", PROJECT)
    flows = folder / ".github/workflows"
    flows.mkdir(parents=True)
    (flows / "link.yml").symlink_to(tmp_path / "secret.yml")
    (flows / "good.yml").write_text("on: push\njobs: {a: {runs-on: x, steps: [{uses: a/b@v1}]}}\n")
    (flows / "huge.yml").write_bytes(b"#" * (600 << 10))
    os.mkfifo(flows / "pipe.yml")
    visit = _visit(folder)

    assert [one.file for one in visit.alarms] == [".github/workflows/good.yml"]
    assert any("link.yml: it is a link" in one for one in visit.unseen)
    assert any("huge.yml: it has 614,400 bytes" in one for one in visit.unseen)


def test_models_are_found_in_the_commit_and_pointers_are_not(tmp_path: Path) -> None:
    """A file of weights, and the pointer that Git LFS leaves in its place."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 900000000\n"
    folder = _repository(tmp_path / "p", {**PROJECT, "a.pt": os.urandom(200 << 10), "b.pt": pointer})

    assert [one.file for one in _visit(folder).alarms] == ["a.pt"]


def test_code_of_a_stage_is_followed_to_what_it_imports(tmp_path: Path) -> None:
    """What a stage reaches counts; a tool beside it, and a test, do not."""
    call = "import mlflow\nmlflow.register_model('a', 'b')\n"
    files = {
        **PROJECT,
        "train.py": "from lib import saving\n",
        "lib/__init__.py": "",
        "lib/saving.py": "from .deep import x\n",
        "lib/deep/__init__.py": "from ..other import y\n",
        "lib/other.py": call,
        "tool.py": call,
        "tests/test_x.py": call,
    }
    visit = _visit(_repository(tmp_path / "p", files))

    assert [(one.pattern, one.where) for one in visit.alarms] == [(Pattern.MODEL_BEHIND_THE_GATE, "lib/other.py:2")]


def test_examples_and_docs_are_nobodys_product(tmp_path: Path) -> None:
    """Where no configuration says what runs, their calls are left out."""
    call = "import mlflow\nmlflow.register_model('a', 'b')\n"
    files = {"src/train.py": call, "examples/show.py": call, "docs/conf.py": call, "tests/conftest.py": call}

    assert [one.where for one in _visit(_repository(tmp_path / "p", files)).alarms] == ["src/train.py:2"]


def test_only_tests_of_this_code_count(tmp_path: Path) -> None:
    """Importing somebody's data sets tests nothing that lies here."""
    theirs = _repository(tmp_path / "theirs", {"tests/test_it.py": "from sklearn.datasets import load_iris\n"})
    ours = _repository(
        tmp_path / "ours", {"tests/test_it.py": "from wine.preprocess import scale\n", "src/wine/preprocess.py": ""}
    )
    tested = [{point.name: point.strength for point in _visit(one).points}["feature_tests"] for one in (theirs, ours)]

    assert tested == [Strength.NOTHING, Strength.DECLARED]


def test_data_of_the_same_size_is_not_the_same(tmp_path: Path) -> None:
    """Bytes decide."""
    files = {**PROJECT, "data/train.csv": "a,b\n1,2\n", "data/test.csv": "a,b\n3,4\n"}

    assert _visit(_repository(tmp_path / "p", files)).alarms == ()


def test_equal_data_under_two_names_is_found_by_its_bytes(tmp_path: Path) -> None:
    """Also where git ignores the data."""
    folder = _repository(tmp_path / "p", {**PROJECT, ".gitignore": "data/\n"})
    (folder / "data").mkdir()
    for name in ("train.csv", "test.csv"):
        (folder / "data" / name).write_text("a,b\n1,2\n")

    assert [one.pattern for one in _visit(folder).alarms] == [Pattern.EVALUATION_ON_TRAINING_DATA]


def test_an_interpreter_that_is_declared_and_missing_cannot_work(tmp_path: Path) -> None:
    """The user must mend it: code 2."""
    visit = _visit(_repository(tmp_path / "p", {**PROJECT, "seatrial.yaml": "python: .venv/bin/python\n" + CONFIG}))
    look = next(look for look in visit.machine if look.name == "python")

    assert look.health is Health.TROUBLE
    assert exit_code(visit, strict=False) == 2


def test_a_state_that_is_not_mounted_cannot_work(tmp_path: Path) -> None:
    """Something outside must be mended: code 5."""
    text = f"state: file://{tmp_path}/gone\n{CONFIG}"
    visit = _visit(_repository(tmp_path / "p", {**PROJECT, "seatrial.yaml": text}))
    look = next(look for look in visit.machine if look.name == "state")

    assert (look.health, look.code) == (Health.TROUBLE, 5)
    assert "not there" in look.message
    assert look.next_step.startswith("mount it")
    assert exit_code(visit, strict=False) == 5


def test_without_git_on_the_machine_the_files_are_still_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its code; the files are looked at all the same."""
    (tmp_path / "requirements.txt").write_text("numpy\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    visit = _visit(tmp_path, path=_python_folder())

    assert next(look for look in visit.machine if look.name == "git").health is Health.TROUBLE
    assert len(visit.alarms) == 1
    assert exit_code(visit, strict=False) == 5


def test_records_that_are_damaged_prove_nothing_and_are_told(tmp_path: Path) -> None:
    """A report that is none, one of another shape, and a folder of runs that is a file."""
    folder = _repository(tmp_path / "p", PROJECT)
    runs = folder / ".seatrial/runs"
    for name, text in (("01m8qf2y1fz290aj1q8gfksnyh", "{"), ("01m8qf2y1fz290aj1q8gfksnyj", '{"models": 3}')):
        (runs / name).mkdir(parents=True)
        (runs / name / "report.json").write_text(text)
    (runs / "01m8qf2y1fz290aj1q8gfksnyk").mkdir()
    os.mkfifo(runs / "01m8qf2y1fz290aj1q8gfksnyk/report.json")  # whoever reads it waits for ever
    visit = _visit(folder)

    assert sum("no report that can be read" in one for one in visit.unseen) == 2


def test_the_example_has_one_finding_and_that_one_is_true(tmp_path: Path) -> None:
    """It has no lock: it takes what is installed where it is copied to."""
    folder = tmp_path / "digits"
    subprocess.run(["cp", "-r", str(ROOT / "examples/digits"), str(folder)], check=True)
    visit = _visit(_repository(folder, {}))

    assert [(one.pattern, one.file) for one in visit.alarms] == [(Pattern.UNPINNED_DEPENDENCY, "pyproject.toml")]


def test_seatrials_own_repository_has_no_alarm() -> None:
    """Its tests plant every trap; none of them is one of the repository."""
    assert [str(one) for one in _visit(ROOT).alarms] == []


HOSTILE = """\
on: push
jobs:
  "\\e[31m<b>::error::x\u202e":
    runs-on: x
    steps:
      - uses: "a/`b`|@v1\n::set-env"
"""


def test_text_fits_its_width_and_carries_no_commands(tmp_path: Path) -> None:
    """Names of jobs, actions and files are shown as text, 80 columns wide."""
    folder = _repository(tmp_path / "p", {**PROJECT, ".github/workflows/x.yml": HOSTILE, "requirements.txt": "numpy\n"})
    lines = "\n".join(visit_lines(_visit(folder))).split("\n")

    assert max(map(len, lines)) <= 80
    assert all(line.isprintable() for line in lines)
    assert not any(line.strip().startswith("::") for line in lines)


def test_lines_to_write_keep_their_indentation_and_carry_no_commands(tmp_path: Path) -> None:
    """They are YAML; a path of the project may hold anything."""
    lines = ("stages:", "  STAGE:", "    outs: {m: {path: \x1b[31mred, as: metrics}}")
    step = Step(title="x", point="data.1", gain=0.5, cost=2, lines=lines, file="seatrial.yaml", then="seatrial run")
    visit = replace(_visit(_repository(tmp_path / "p", PROJECT)), steps=(step,))
    shown = list(visit_lines(visit))
    at = shown.index("     in seatrial.yaml:")

    assert shown[at + 1 : at + 3] == ["       stages:", "         STAGE:"]
    assert shown[at + 3].startswith("           outs: {m: {path: ")
    assert "\x1b" not in shown[at + 3]
    assert shown[at + 4] == "     then seatrial run"


def test_of_one_pattern_the_first_places_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    """A repository with a hundred workflows has as many places; the document has them all."""
    steps = "".join(f"      - uses: some/action@v{number}\n" for number in range(9))
    text = f"on: push\njobs:\n  one:\n    runs-on: x\n    steps:\n{steps}"
    visit = _visit(_repository(tmp_path / "p", {**PROJECT, ".github/workflows/x.yml": text}))
    shown = "\n".join(visit_lines(visit))

    assert sum(one.pattern is Pattern.UNPINNED_ACTION for one in visit.alarms) == 9
    assert [f"some/action@v{number}" in shown for number in range(9)] == [True] * 4 + [False] * 5
    assert "and 5 more: seatrial doctor --json" in shown


def test_the_document_has_every_part_and_is_json(tmp_path: Path) -> None:
    """28 points, each with its evidence, and the code that the command ends with."""
    visit = _visit(_repository(tmp_path / "p", PROJECT))
    document = json.loads(json.dumps(visit_json(visit, 0)))

    assert document["schema_version"] == 1
    assert len(document["points"]) == 28
    assert {one["strength"] for one in document["points"]} <= {"nothing", "declared", "present", "proven"}
    assert document["score"]["final"] == min(document["score"]["sections"].values())
    assert len(document["next_steps"]) == 3


def test_the_badge_is_a_picture_of_its_own(tmp_path: Path) -> None:
    """Well formed, the same bytes each time, and with its words for those who hear it."""
    visit = _visit(_repository(tmp_path / "p", PROJECT))
    picture = badge(visit.level, visit.score)

    assert (
        ET.fromstring(picture).get("aria-label") == f"seatrial: level 0 of 3, ML test score {visit.score.final:g} of 7"
    )
    assert picture == badge(visit.level, visit.score)
    levels = [badge(replace(visit.level, number=number), visit.score) for number in range(4)]
    assert len({re.sub("level .", "", one) for one in levels}) == 4  # a colour each
