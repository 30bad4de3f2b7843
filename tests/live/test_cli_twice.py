"""`run --twice` from outside: equal, near, different, failing; and nothing is stored under a doubt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CONFIG, Repo, copy_of, new_repo, template

RANDOM = ("import sys\n", "import os, sys\n")
MODEL = '    file.write(f"{skill} {salt}\\n")\n'
METRICS = "round(1 - float(skill), 6)"


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository in which nothing has been run."""
    return copy_of(template(tmp_path_factory, "fresh", new_repo), tmp_path)


def twice(repo: Repo, stage: str, *words: str, code: int) -> Any:
    """The document of a stage that was run twice."""
    return repo.seatrial("run", "--twice", stage, "--json", *words, code=code).json


def found(document: Any, cell: int = 0) -> dict[str, str]:
    """What was found, by file."""
    return {file["path"]: file["sameness"] for file in document["cells"][cell]["files"]}


def test_stage_that_makes_the_same_is_equal(repo: Repo) -> None:
    """Exit 0, file by file; what feeds it was run once, as usual."""
    document = twice(repo, "train", code=0)

    assert found(document) == {"outputs/model.txt": "equal", "outputs/metrics.json": "equal"}
    assert repo.actions()["data"] == "reuse"


def test_progress_says_which_of_the_two_runs_it_is(repo: Repo) -> None:
    """Not that there is no earlier result: there may well be one."""
    repo.run(code=None)
    told = repo.seatrial("run", "--twice", "train").err

    assert "run     train: first of two runs" in told
    assert "run     train: second of two runs" in told


def test_nothing_is_stored_and_nothing_in_the_tree_is_touched(repo: Repo) -> None:
    """Running twice is a look, not a run: the stage's own outs and results are as they were."""
    twice(repo, "train", code=0)

    assert repo.actions()["train"] == "run"
    assert not (repo.root / "outputs").exists()


def test_stage_that_differs_says_where(repo: Repo) -> None:
    """Exit 1, with the file, the place, both values and a guess at the cause."""
    repo.edit("steps/train.py", RANDOM, (METRICS, "os.getpid()"))

    document = twice(repo, "train", code=1)

    rows = {file["path"]: file for file in document["cells"][0]["files"]}
    assert found(document) == {"outputs/model.txt": "equal", "outputs/metrics.json": "different"}
    assert rows["outputs/metrics.json"]["place"] == "key loss"
    assert rows["outputs/metrics.json"]["first"] != rows["outputs/metrics.json"]["second"]
    assert rows["outputs/metrics.json"]["hints"] != []


def test_time_in_whole_seconds_is_seen(repo: Repo) -> None:
    """Two runs that end within one second would write down the same time: the second waits for the next."""
    repo.edit("steps/train.py", ("import sys\n", "import sys, time\n"), (METRICS, "int(time.time())"))

    document = twice(repo, "train", code=1)

    assert document["cells"][0]["files"][1]["hints"] == ["time"]


def test_own_path_in_an_out_is_no_difference(repo: Repo) -> None:
    """Both runs write to the same place."""
    repo.edit("steps/train.py", (MODEL, '    file.write(model + "\\n")\n'))

    assert twice(repo, "train", code=0)["cells"][0]["in_tree"] is False


def test_difference_leaves_the_stored_result_and_a_warning_in_every_report(repo: Repo) -> None:
    """The result stays, since nobody knows which is right; whoever reads a report is told."""
    repo.edit("steps/train.py", RANDOM, (METRICS, "os.getpid()"))
    repo.commit()
    repo.run(code=2)
    before = repo.read("outputs/metrics.json")

    document = twice(repo, "train", code=1)
    after = repo.run(code=2)

    assert document["cells"][0]["stored"] is False
    assert repo.did(after)["train"] == "reused"
    assert repo.read("outputs/metrics.json") == before
    assert any("train was run twice and gave two different results" in warning for warning in after["warnings"])


def test_doubt_is_gone_when_the_same_work_is_equal(repo: Repo) -> None:
    """What was mended outside of the key (a broken GPU, say) is told no more."""
    repo.edit("steps/train.py", RANDOM, (METRICS, "int(os.path.exists('../broken') and os.getpid())"))
    (repo.root.parent / "broken").touch()
    twice(repo, "train", code=1)
    (repo.root.parent / "broken").unlink()
    twice(repo, "train", code=0)

    assert not any("twice" in warning for warning in repo.run(code=2)["warnings"])


def test_command_that_does_not_take_its_outs_runs_in_the_tree(tmp_path: Path) -> None:
    """It cannot be made to write elsewhere; what lay there before lies there afterwards."""
    config = CONFIG.replace("${outs.model} ${outs.metrics}", "outputs/model.txt outputs/metrics.json")
    repo = new_repo(tmp_path, {"seatrial.yaml": config})
    repo.run(code=2)
    repo.edit("steps/train.py", RANDOM, (METRICS, "os.getpid()"))
    before = repo.read("outputs/metrics.json")

    document = twice(repo, "train", code=1)

    assert document["cells"][0]["in_tree"] is True
    assert found(document)["outputs/metrics.json"] == "different"
    assert repo.read("outputs/metrics.json") == before


@pytest.mark.parametrize("code", [0, 4])
def test_the_tree_is_left_as_it_was_found(tmp_path: Path, code: int) -> None:
    """An out that was not there is not there afterwards. A file of the user's own is, and is still known for one:
    the next run moves it aside instead of removing it."""
    program = "import sys\nfor name in 'ab':\n    open(f'out/{name}', 'w').write('made')\n"
    declared = "    cmd: python make.py\n    deps: []\n    outs: [out/a, out/b]\n"
    repo = one_stage(tmp_path, declared, f"{program}sys.exit({1 if code else 0})\n")
    repo.write("out/a", "my own")

    repo.seatrial("run", "--twice", "make", code=code)

    assert repo.read("out/a") == "my own"
    assert not (repo.root / "out/b").exists()
    document = repo.run(code=code)
    (aside,) = Path(document["report"]).parent.glob("aside/out/*")
    assert aside.read_text() == "my own"


def test_folder_is_compared_file_by_file(tmp_path: Path) -> None:
    """Files of one run alone, links and empty folders count; equal files are not mentioned as different."""
    program = """
import os, sys
out = sys.argv[1]
os.makedirs(out + "/empty")
for name, text in (("same", "s"), ("pid", str(os.getpid())), (f"only-{os.getpid()}", "x")):
    with open(f"{out}/{name}", "w") as file:
        file.write(text)
os.symlink("same", out + "/link")
"""
    config = "project: p\\nstages:\\n  make: {cmd: 'python make.py ${outs.folder}', outs: {folder: out}}\\n"
    repo = new_repo(tmp_path, {"seatrial.yaml": config.replace("\\n", "\n"), "make.py": program})
    repo.write(".gitignore", "/out\n")

    files = found(twice(repo, "make", code=1))

    assert {name: said for name, said in files.items() if "only-" not in name} == {
        "out/empty": "equal",
        "out/same": "equal",
        "out/pid": "different",
        "out/link": "equal",
    }
    assert [said for name, said in files.items() if "only-" in name] == ["different", "different"]


def test_failing_command_is_exit_code_4_with_its_log(repo: Repo) -> None:
    """There is nothing to compare, which is never equal."""
    repo.edit("steps/train.py", ("import sys\n", "import sys\nsys.exit('no memory')\n"))

    said = repo.seatrial("run", "--twice", "train", code=4)

    assert "train failed: exit code 1; so there is nothing to compare" in said.out
    assert "  | no memory" in said.out


def test_failing_producer_is_exit_code_4(repo: Repo) -> None:
    """What the stage needs could not be made."""
    repo.edit("steps/data.py", ("import sys\n", "import sys\nsys.exit(1)\n"))

    assert twice(repo, "train", code=4)["troubles"][0]["cell"] == "data"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--twice", "nothing"), "there is no stage nothing"),
        (("--twice", "train", "evaluate"), "cannot stand beside --twice"),
        (("--twice", "train", "--collect", "7"), "are different kinds of run"),
    ],
)
def test_what_cannot_be_meant_is_refused(repo: Repo, words: tuple[str, ...], said: str) -> None:
    """Each with what to type instead."""
    assert said in repo.seatrial("run", *words, code=2).err


def test_stage_without_outs_has_nothing_to_compare(tmp_path: Path) -> None:
    """Comparing nothing would always be equal."""
    repo = new_repo(tmp_path, {"seatrial.yaml": 'project: p\nstages:\n  lint: {cmd: "true", deps: []}\n'})

    assert "declares no outs" in repo.seatrial("run", "--twice", "lint", code=2).err


def one_stage(folder: Path, declared: str, program: str) -> Repo:
    """A repository with one stage that runs `make.py`."""
    repo = new_repo(folder, {"seatrial.yaml": f"project: p\nstages:\n  make:\n{declared}", "make.py": program})
    repo.write(".gitignore", "/out\n/runs\n")
    return repo


NEAR = """
import json, os, sys
with open(sys.argv[1], "w") as file:
    json.dump({"loss": 0.5 + os.getpid() * 1e-12, "rows": 10}, file)
"""


@pytest.mark.parametrize(("tolerance", "code", "said"), [("1e-3", 0, "within_tolerance"), ("1e-15", 1, "different")])
def test_declared_tolerance_is_what_decides(tmp_path: Path, tolerance: str, code: int, said: str) -> None:
    """A GPU's last digits are no difference where the user says so."""
    declared = f"""\
    cmd: python make.py ${{outs.metrics}}
    deps: []
    outs: {{metrics: {{path: out/metrics.json, tolerance: {tolerance}}}}}
"""

    document = twice(one_stage(tmp_path, declared, NEAR), "make", code=code)

    assert found(document) == {"out/metrics.json": said}


def test_shell_that_takes_its_outs_by_variable_runs_in_scratch(tmp_path: Path) -> None:
    """Like a command that takes them as `${outs.NAME}`."""
    declared = """\
    shell: 'python make.py "$SEATRIAL_OUTS_METRICS" | cat'
    deps: []
    outs: {metrics: {path: out/metrics.json, tolerance: 1e-3}}
"""
    repo = one_stage(tmp_path, declared, NEAR)

    document = twice(repo, "make", code=0)

    assert document["cells"][0]["in_tree"] is False
    assert not (repo.root / "out").exists()


def test_outs_that_are_not_kept_are_compared_all_the_same(tmp_path: Path) -> None:
    """`cache: false` is about what a run keeps; here the bytes themselves are looked at."""
    declared = """\
    cmd: python make.py ${outs.metrics}
    deps: []
    outs: {metrics: {path: out/metrics.json, cache: false}}
"""

    document = twice(one_stage(tmp_path, declared, NEAR), "make", code=1)

    assert document["cells"][0]["files"][0]["place"] == "key loss"


def test_stage_that_always_runs_can_be_run_twice(tmp_path: Path) -> None:
    """It is compared like any other."""
    declared = """\
    cmd: python make.py ${outs.metrics}
    deps: []
    always: true
    outs: {metrics: {path: out/metrics.json, tolerance: 1e-3}}
"""

    assert found(twice(one_stage(tmp_path, declared, NEAR), "make", code=0)) == {"out/metrics.json": "within_tolerance"}


def test_effects_are_not_done_twice(tmp_path: Path) -> None:
    """What acts on the world outside is no experiment."""
    declared = """\
    cmd: python make.py ${outs.metrics}
    deps: []
    effects: true
    outs: {metrics: out/metrics.json}
"""
    repo = one_stage(tmp_path, declared, NEAR)

    assert "acts on the world outside" in repo.seatrial("run", "--twice", "make", code=2).err
