"""What stages read without saying so: seen, stored with the result, asked for before a reuse, and told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.calm import settle
from tests.support.cli import DATA, Repo, new_repo

HEAD = "project: seen\nmain: main\nstages:\n"
LABELS = "import json, sys\nopen(sys.argv[1], 'w').write(str(len(json.load(open('data/labels.json')))))\n"
COPY = "open(sys.argv[1], 'w').write(open('data/labels.json').read())\n"
ON_BEHALF = {
    "python child": "import subprocess, sys\nsubprocess.run([sys.executable, 'steps/deep.py', sys.argv[1]])\n",
    "fork": f"import os, sys\nif os.fork() == 0:\n    {COPY}    os._exit(0)\nos.wait()\n",
    "spawn": f"""\
import multiprocessing, sys
def work():
    {COPY}
if __name__ == '__main__':
    child = multiprocessing.get_context('spawn').Process(target=work)
    child.start()
    child.join()
""",
    "chdir": "import os, sys\nos.chdir('data')\nopen('../' + sys.argv[1], 'w').write(open('labels.json').read())\n",
    "exec": "import os, sys\nos.execv(sys.executable, [sys.executable, 'steps/deep.py', sys.argv[1]])\n",
}
"""Programs that read the labels in another process, or from another folder."""
_PATH = re.compile(r"'([a-z_.]+/[a-z_./]+|local\.txt|data|work|labels\.json)'")


def untold(program: str) -> str:
    """A program whose texts do not say which paths it means: those that do are found without running it."""
    return _PATH.sub(lambda found: f"'{found.group(1)[::-1]}'[::-1]", program)


def one_stage(
    folder: Path,
    program: str,
    *,
    command: str = "python steps/work.py ${outs.out}",
    more: str = "",
    deps: str = "[]",
) -> Repo:
    """A project with one stage that declares nothing but its out, and a file of labels that git has."""
    config = f"{HEAD}  work:\n    cmd: {command}\n    deps: {deps}\n    outs: {{out: made/out.txt}}\n{more}"
    files = {
        "seatrial.yaml": config,
        "steps/work.py": untold(program),
        "data/labels.json": "[1, 2]",
        ".gitignore": "/made/\n/work/\n__pycache__/\n",
    }
    return new_repo(folder, files)


def did(repo: Repo) -> str:
    """What a run did with the one stage."""
    return repo.did(repo.run())["work"]


def result(repo: Repo) -> dict[str, object]:
    """The newest stored result of the one stage."""
    stored = (repo.root / ".seatrial" / "ac").rglob("*.json")
    found = [json.loads(path.read_bytes()) for path in stored]
    return max((one for one in found if "finished" in one), key=lambda one: str(one["finished"]))


def reads(repo: Repo) -> dict[str, str | None]:
    """What the newest result is known to rest on beside its key."""
    rows = result(repo)["reads"]
    assert isinstance(rows, list)
    return dict(rows)


def trace(repo: Repo) -> dict[str, object]:
    """How that is known."""
    found = result(repo)["trace"]
    assert isinstance(found, dict)
    return found


def test_an_undeclared_file_that_was_read_makes_a_stage_run_again(tmp_path: Path) -> None:
    """And `why` and `plan` name it; a later run with the old bytes finds the old result."""
    repo = one_stage(tmp_path, LABELS)

    first, second = did(repo), did(repo)
    repo.write("data/labels.json", "[1, 2, 3]")
    why, plan = repo.seatrial("why", "work").out, repo.seatrial("plan").out
    third = did(repo)
    made = (repo.root / "made/out.txt").read_text()
    repo.write("data/labels.json", "[1, 2]")
    fourth = did(repo)

    assert (first, second, third, fourth) == ("ran", "reused", "ran", "reused")
    assert (made, (repo.root / "made/out.txt").read_text()) == ("3", "2")
    assert "data/labels.json changed (seen to be read by the last run)" in why
    assert "data/labels.json changed (seen to be read by the last run)" in plan
    assert list(reads(repo)) == ["data/labels.json"]
    assert trace(repo)["complete"] is True


def test_a_settled_run_watches_what_was_seen_to_be_read(tmp_path: Path) -> None:
    """Runs with nothing to do are answered from a memo, which must not forget them."""
    repo = one_stage(tmp_path, LABELS.replace("data/labels.json", "work/labels.json"))
    repo.write("work/labels.json", "[1]")  # git ignores it, and so tells nothing of it
    settle(repo)
    repo.write("work/labels.json", "[]")

    assert did(repo) == "ran"


def test_a_file_that_was_read_and_is_gone_makes_a_stage_run_again(tmp_path: Path) -> None:
    """It fails then, as it would have the first time."""
    repo = one_stage(tmp_path, LABELS)
    did(repo)
    (repo.root / "data/labels.json").unlink()

    said = repo.seatrial("plan").out
    ran = repo.did(repo.run(code=None))

    assert "data/labels.json is gone (seen to be read by the last run)" in said
    assert ran == {"work": "failed"}


def test_a_file_that_appears_where_one_was_looked_for_makes_a_stage_run_again(tmp_path: Path) -> None:
    """Not finding a file is something a program learns from the tree."""
    program = (
        "import sys\ntry:\n    text = open('local.txt').read()\nexcept OSError:\n    text = 'none'\n"
        "open(sys.argv[1], 'w').write(text)\n"
    )
    repo = one_stage(tmp_path, program)

    first, second = did(repo), did(repo)
    repo.write("local.txt", "mine")
    said = repo.seatrial("plan").out

    assert (first, second, did(repo)) == ("ran", "reused", "ran")
    assert "local.txt is new (seen to be looked for by the last run)" in said
    assert reads(repo).keys() == {"local.txt"}


def test_a_name_that_appears_in_a_folder_that_was_listed_makes_a_stage_run_again(tmp_path: Path) -> None:
    """Also where the new file is never opened."""
    program = "import os, sys\nopen(sys.argv[1], 'w').write(' '.join(sorted(os.listdir('data'))))\n"
    repo = one_stage(tmp_path, program)

    first, second = did(repo), did(repo)
    repo.write("data/more.json", "")
    said = repo.seatrial("plan").out

    assert (first, second, did(repo), did(repo)) == ("ran", "reused", "ran", "reused")
    assert "the names in data/ changed (seen to be listed by the last run)" in said
    assert (repo.root / "made/out.txt").read_text() == "labels.json more.json"


@pytest.mark.parametrize(("path", "grade"), [("data/deep/er/more.py", "trace"), ("data/.hidden/more.py", None)])
def test_a_folder_that_appears_in_one_that_was_listed_reaches_the_stage(
    tmp_path: Path, path: str, grade: str | None
) -> None:
    """A name counts in the plan of a change as it does in a result, also where it is that of a folder."""
    program = "import os, sys\nopen(sys.argv[1], 'w').write(' '.join(sorted(os.listdir('data'))))\n"
    repo = one_stage(tmp_path, program)
    did(repo)
    repo.write(path, "")

    changed, plain = repo.seatrial("plan", "--base", "HEAD", "--json").json, repo.actions()
    repo.commit()
    (repo.root / path).unlink()
    gone = repo.seatrial("plan", "--base", "HEAD", "--json").json

    assert changed["stages"][0]["grade"] == grade
    assert {"work": changed["stages"][0]["action"]} == plain == {"work": "run" if grade else "reuse"}
    assert gone["stages"][0]["grade"] == grade


def test_asking_for_the_version_of_a_package_lists_nothing_of_the_repository(tmp_path: Path) -> None:
    """It looks through every folder of the search path, as importing scikit-learn does: a new file of notes at the
    top must not train every model again."""
    program = """\
import importlib.metadata, sys
try:
    version = importlib.metadata.version('no-such-package')
except importlib.metadata.PackageNotFoundError:
    version = ''
open(sys.argv[1], 'w').write(version)
"""
    repo = one_stage(tmp_path, program, command="python -m steps.work ${outs.out}")

    first = did(repo)
    repo.write("NOTES.md", "")
    repo.write("steps/more.md", "")

    assert (first, did(repo)) == ("ran", "reused")
    assert trace(repo)["complete"] is True
    assert reads(repo) == {}


@pytest.mark.parametrize("how", [*ON_BEHALF, "shell"])
def test_whoever_reads_it_on_behalf_of_the_stage_is_seen(tmp_path: Path, how: str) -> None:
    """Every Python process of a stage is traced."""
    by_shell = how == "shell"
    command = "bash run.sh ${outs.out}" if by_shell else "python steps/work.py ${outs.out}"
    repo = one_stage(tmp_path, ON_BEHALF.get(how, ""), command=command)
    repo.write("steps/deep.py", untold("import sys\n" + COPY))
    repo.write("run.sh", "python steps/deep.py $1\ntrue\n")

    first, second = did(repo), did(repo)
    repo.write("data/labels.json", "[]")

    assert (first, second, did(repo)) == ("ran", "reused", "ran")
    assert trace(repo)["complete"] is not by_shell
    assert trace(repo)["incomplete"] == ("bash is not Python, or not to be traced" if by_shell else None)


def test_the_users_own_sitecustomize_still_runs(tmp_path: Path) -> None:
    """Ours comes first, and then gives way."""
    program = "import sys\nimport sitecustomize\nopen(sys.argv[1], 'w').write(sitecustomize.MINE)\n"
    repo = one_stage(tmp_path, program, more="sources: [src]\n")
    repo.write("src/sitecustomize.py", untold("MINE = 'mine ' + str(open('data/labels.json').read())\n"))

    did(repo)

    assert (repo.root / "made/out.txt").read_text() == "mine [1, 2]"
    assert "data/labels.json" in reads(repo)


def test_a_program_that_is_not_python_is_named(tmp_path: Path) -> None:
    """What it read nobody knows."""
    program = "import subprocess, sys\nsubprocess.run(['cp', 'data/labels.json', sys.argv[1]], check=True)\n"
    repo = one_stage(tmp_path, program)

    did(repo)

    assert trace(repo)["incomplete"] == "it started cp"


def test_an_input_that_changes_while_it_is_used_is_not_stored(tmp_path: Path) -> None:
    """The outs belong to no key, as with inputs that are declared."""
    program = (
        "import sys\nkept = open('data/labels.json').read()\nopen('data/labels.json', 'w').write(kept + ' ')\n"
        "open(sys.argv[1], 'w').write(kept)\n"
    )
    repo = one_stage(tmp_path, program)

    said = repo.run()

    assert repo.did(said) == {"work": "used"}
    assert "data/labels.json changed while it ran" in json.dumps(said)


def test_what_a_stage_made_itself_is_no_input_of_it(tmp_path: Path) -> None:
    """Scratch files, folders with everything in them, and what was moved into place."""
    program = (
        "import os, sys\nos.makedirs('work/deep', exist_ok=True)\nopen('work/deep/a', 'w').write('a')\n"
        "os.listdir('work/deep')\nopen('work/b.part', 'w').write('b')\nos.replace('work/b.part', 'work/b')\n"
        "open(sys.argv[1], 'w').write(open('work/deep/a').read() + open('work/b').read())\n"
    )
    repo = one_stage(tmp_path, program)

    first, second = did(repo), did(repo)

    assert (first, second) == ("ran", "reused")
    assert reads(repo) == {}


def test_what_is_read_outside_is_told_in_the_report(tmp_path: Path) -> None:
    """As a warning with the first paths; a reuse rests on it just as well."""
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "rows.csv").write_text("1\n")
    program = f"import sys\nopen(sys.argv[1], 'w').write(open({str(outside / 'rows.csv')!r}).read())\n"
    repo = one_stage(tmp_path / "repo", program)

    first = repo.run()
    second = repo.run()
    shown = repo.seatrial("run").out

    for said in (first, second):
        assert f"work read a file outside of the repository: {outside / 'rows.csv'}" in str(said["warnings"])
        assert said["stages"][0]["unpinned"] == [str(outside / "rows.csv")]
    assert "Warning: work read a file outside of the repository" in shown


def test_a_model_of_the_hugging_face_cache_is_pinned_by_its_commit(tmp_path: Path) -> None:
    """Whether it is read by its name in the snapshot, or by the content that this leads to."""
    home = tmp_path / "hub_home"
    store, commit = home / "hub/models--org--tiny", "0123456789abcdef0123456789abcdef01234567"
    for name in ("config.json", "weights.bin"):
        (store / "blobs").mkdir(parents=True, exist_ok=True)
        (store / "blobs" / f"sha-{name}").write_text(name)
        snapshot = store / "snapshots" / commit
        snapshot.mkdir(parents=True, exist_ok=True)
        (snapshot / name).symlink_to(f"../../blobs/sha-{name}")
    (home / "hub/datasets--rows").mkdir()
    program = (
        f"import os, sys\nhub = {str(store)!r}\nopen(hub + '/snapshots/{commit}/config.json').read()\n"
        f"open(os.path.realpath(hub + '/snapshots/{commit}/weights.bin')).read()\nopen(sys.argv[1], 'w').write('x')\n"
    )
    repo = one_stage(tmp_path / "repo", program)

    said = repo.run()

    assert trace(repo)["pinned"] == [f"hf:org/tiny@{commit}"]
    assert trace(repo)["unpinned"] == []
    assert not any("outside" in warning for warning in said["warnings"])


def test_a_stage_without_python_leaves_no_trace_and_says_so(tmp_path: Path) -> None:
    """A program of the system runs as it did before."""
    repo = one_stage(tmp_path, "", command="cp data/labels.json ${outs.out}")

    assert (did(repo), did(repo)) == ("ran", "reused")
    assert trace(repo)["incomplete"] == "cp is not Python, or not to be traced"
    assert reads(repo) == {}


def test_a_model_made_of_unpinned_files_is_held_until_somebody_vouches_for_it(tmp_path: Path) -> None:
    """Also when only what feeds its training read them. A person may pass the hold, and the ledger says so."""
    outside = tmp_path / "rows.csv"
    outside.write_text("1\n")
    repo = new_repo(tmp_path / "repo", {"steps/data.py": f"open({str(outside)!r}).read()\n" + DATA})
    repo.run(code=2)  # nobody holds production yet
    ref = repo.register()

    held = json.dumps(repo.promote(ref, "--first", code=3))
    shown = repo.seatrial("models", "show", ref).out
    passed = repo.promote(ref, "--first", "--override", "--reason", "the rows are archived")

    assert f"unpinned: data read a file outside of the repository: {outside}" in held
    assert "declare what was read as a dep" in held
    assert "unpinned           data read a file outside of the repository" in shown
    assert passed["move"]["how"] == "override"


def test_a_declared_dep_outside_of_the_repository_is_in_the_key_and_not_unpinned(tmp_path: Path) -> None:
    """By whatever way its program comes there."""
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "rows.csv").write_text("1\n")
    program = "import os, sys\nopen(sys.argv[1], 'w').write(open(os.path.realpath('linked/rows.csv')).read())\n"
    repo = one_stage(tmp_path / "repo", program, deps="[linked]")
    (repo.root / "linked").symlink_to(outside)

    first, second = did(repo), did(repo)
    (outside / "rows.csv").write_text("2\n")

    assert (first, second, did(repo)) == ("ran", "reused", "ran")
    assert trace(repo)["unpinned"] == []
    assert reads(repo) == {}


def test_a_second_attempt_is_not_blamed_for_the_first(tmp_path: Path) -> None:
    """What the failed one read belongs to no result, and leaves nothing behind."""
    program = (
        "import os, sys\nif not os.path.exists('tried'):\n    open('data/labels.json').read()\n"
        "    os.mkdir('tried')\n    sys.exit(1)\nopen(sys.argv[1], 'w').write('x')\n"
    )
    repo = one_stage(tmp_path, program, more="    retries: 1\n")

    assert did(repo) == "ran"
    assert reads(repo) == {}
    assert [*(repo.root / ".seatrial/runs").glob("*/trace/*")] == []


def test_why_tells_what_was_different_after_the_run_too(tmp_path: Path) -> None:
    """From the log of the run that saw it."""
    repo = one_stage(tmp_path, LABELS)
    did(repo)
    repo.write("data/labels.json", "[1, 2, 3]")
    did(repo)

    said = repo.seatrial("why", "work")
    told = repo.seatrial("why", "work", "--json").json["cells"][0]["past"]

    assert "because: data/labels.json changed (seen to be read by the last run)" in said.out
    assert [change["part"] for change in told["changed"]] == ["reads.data/labels.json"]


def test_a_clone_elsewhere_finds_a_shared_result_only_with_the_same_files(tmp_path: Path) -> None:
    """Of an undeclared file the key says nothing, so what was read is asked before anything is fetched."""
    share = tmp_path / "share"
    share.mkdir()
    repo = one_stage(tmp_path / "one", LABELS, more=f"cache: {{remote: file://{share}}}\n")
    did(repo)
    other = one_stage(tmp_path / "two", LABELS, more=f"cache: {{remote: file://{share}}}\n")
    other.python = repo.python

    same = did(other)
    other.write("data/labels.json", "[]")
    changed = did(other)
    back = did(repo)

    assert (same, changed, back) == ("reused", "ran", "reused")
    assert (other.root / "made/out.txt").read_text() == "0"
