"""The audit hook in real interpreters: it writes down what is read, and is otherwise not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.process.trace.audit import seen_in
from seatrial.process.trace.folder import HOOK, TraceFolder
from seatrial.process.trace.seen import Kind, Seen

VERSIONS = Path.home() / ".pyenv" / "versions"
INSTALLED = [str(path) for path in sorted(VERSIONS.glob("*/bin/python"))]
OTHERS = [name for number in range(8, 15) if (name := shutil.which(f"python3.{number}"))]


def version_of(python: str) -> tuple[int, ...]:
    """The version of an interpreter, empty where it cannot be started."""
    program = "import sys; sys.stdout.write('%d %d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", program], check=False, capture_output=True, text=True)
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else ()


def traced(
    folder: Path,
    program: str,
    *options: str,
    python: str = sys.executable,
    code: int = 0,
    env: dict[str, str] | None = None,
) -> tuple[Seen, str]:
    """What is seen of a program that runs in `folder`, and what it printed."""
    traces = TraceFolder(str(folder / "traces"))
    traces.make()
    environment = {"PATH": os.environ["PATH"], **(env or {})}
    environment |= traces.variables("one", environment)
    child = subprocess.Popen(
        [python, *options, "-c", program], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err.decode()) == (code, "")
    return traces.take("one", leader=child.pid, program=python), out.decode()


def paths(seen: Seen, kind: Kind, folder: Path) -> list[str]:
    """The paths below `folder` of one kind, in order."""
    start = f"{folder}/"
    found = (touch.path for touch in seen.touches if touch.kind is kind and touch.path.startswith(start))
    return [path.removeprefix(start) for path in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "here" / name).write_text(name)
    return tmp_path / "here"


@pytest.mark.parametrize("python", [sys.executable, *OTHERS, *INSTALLED])
def test_reads_are_seen_in_every_python(folder: Path, python: str) -> None:
    """From 3.8 on, whatever form a path has."""
    if version_of(python) < (3, 8):
        pytest.skip("not an interpreter of 3.8 or newer")
    program = """
import os, pathlib
open('a.txt').read(); open(b'b.txt').read(); open('a.txt').read()
pathlib.Path('c.txt').write_text('c'); pathlib.Path('c.txt').read_text()
try: open('missing.txt')
except OSError: pass
os.listdir(); os.scandir(b'.').close()
"""
    seen, _ = traced(folder, program, python=python)

    assert paths(seen, Kind.READ, folder) == ["a.txt", "b.txt"]
    assert paths(seen, Kind.MADE, folder) == ["c.txt"]
    assert paths(seen, Kind.SOUGHT, folder) == ["missing.txt"]
    assert {touch.path for touch in seen.touches if touch.kind is Kind.LISTED} == {str(folder)}
    assert seen.incomplete is None


def test_an_older_python_is_not_disturbed(folder: Path) -> None:
    """It is not traced, and says nothing."""
    named = filter(None, map(shutil.which, ("python2", "python2.7", "python3.6", "python3.7")))
    older = [python for python in (*named, *INSTALLED) if () < version_of(python) < (3, 8)]
    if not older:
        pytest.skip("there is no Python before 3.8")

    for python in older:
        program, env = "open('a.txt'); print('well')", {"PYTHONDONTWRITEBYTECODE": "1"}  # Python 2 writes beside it
        seen, out = traced(folder, program, python=python, env=env)

        assert out == "well\n"
        assert seen.incomplete == f"{Path(python).name} is not Python, or not to be traced"


def test_a_program_that_closes_every_descriptor_keeps_its_own_files_clean(folder: Path) -> None:
    """Another file then has the number that ours had."""
    program = """
import os
os.closerange(3, 256)
mine = open('mine.txt', 'w')
for name in ('a.txt', 'b.txt'): open(name).read()
mine.write('mine'); mine.close()
assert open('mine.txt').read() == 'mine'
"""
    seen, _ = traced(folder, program)

    assert paths(seen, Kind.READ, folder) == ["a.txt", "b.txt"]


def test_a_process_that_is_killed_loses_nothing(folder: Path) -> None:
    """Each path is written down before it is opened."""
    seen, _ = traced(folder, "import os; open('a.txt'); os.kill(os.getpid(), 9)", code=-9)

    assert paths(seen, Kind.READ, folder) == ["a.txt"]
    assert seen.incomplete is not None
    assert seen.incomplete.endswith("ended without an end")


def test_threads_and_forks_write_whole_lines(folder: Path) -> None:
    """All at the same time, into one file a process."""
    for number in range(200):
        (folder / f"f{number}").write_text("")
    program = """
import os, threading
def work(first):
    for number in range(first, 200, 4): open(f'f{number}').read()
threads = [threading.Thread(target=work, args=(first,)) for first in range(2)]
for thread in threads: thread.start()
for first in (2, 3):
    if os.fork() == 0:
        work(first); os._exit(0)
for thread in threads: thread.join()
os.wait(); os.wait()
"""
    seen, _ = traced(folder, program)

    assert sorted(paths(seen, Kind.READ, folder)) == sorted(f"f{number}" for number in range(200))
    assert seen.incomplete is None


def test_an_exception_of_a_signal_handler_reaches_the_program(folder: Path) -> None:
    """Whatever the hook does at that moment: only its own troubles are kept."""
    program = """
import os, signal
class Late(Exception): pass
def late(*_): raise Late
signal.signal(signal.SIGALRM, late)
caught = 0
for round in range(300):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005)
        for number in range(10 ** 6): os.path.exists('x') or os.listdir('.')
    except Late: caught += 1
print(caught)
"""
    _, out = traced(folder, program)

    assert out == "300\n"


@pytest.mark.parametrize("option", ["-S", "-I", "-E"])
def test_an_interpreter_that_looks_at_no_variables_is_not_traced(folder: Path, option: str) -> None:
    """And that is told."""
    seen, out = traced(folder, "open('a.txt'); print('well')", option)

    assert out == "well\n"
    assert seen.touches == ()
    assert seen.incomplete == f"{Path(sys.executable).name} is not Python, or not to be traced"


def test_a_trace_that_cannot_be_written_disturbs_nobody(folder: Path) -> None:
    """The folder of traces is gone."""
    environment = {"PATH": os.environ["PATH"], "SEATRIAL_TRACE": "/nowhere/at/all+", "PYTHONPATH": HOOK}

    done = subprocess.run(
        [sys.executable, "-c", "print(open('a.txt').read())"],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == (b"a.txt\n", b"")


def test_the_program_does_not_see_our_folder_and_its_children_do(folder: Path) -> None:
    """`sys.path` is as it would be; PYTHONPATH has to keep it."""
    program = "import os, sys; print(any('hook' in path for path in sys.path), os.environ['PYTHONPATH'])"

    _, out = traced(folder, program, env={"PYTHONPATH": "/else/where"})

    assert out == f"False {HOOK}:/else/where\n"


def test_names_with_anything_in_them_are_written_whole(folder: Path) -> None:
    """Line breaks, backslashes, bytes that are no UTF-8."""
    names = [b"line\nbreak", b"back\\slash\\n", b"\xff\xfe", "é ü".encode()]
    for name in names:
        Path(os.fsdecode(bytes(folder) + b"/" + name)).write_text("")

    seen, _ = traced(folder, f"for name in {names!r}: open(name).read()")

    assert paths(seen, Kind.READ, folder) == list(map(os.fsdecode, names))


def test_compiled_code_stands_for_its_source(folder: Path) -> None:
    """Also where compiled code is kept elsewhere."""
    (folder / "lib").mkdir()
    (folder / "lib/told.py").write_text("")
    for env in ({}, {"PYTHONPYCACHEPREFIX": str(folder / "kept")}):
        for _ in range(2):  # the second finds it compiled
            seen, _ = traced(folder, "import told", env={"PYTHONPATH": str(folder / "lib"), **env})

            assert set(paths(seen, Kind.READ, folder)) == {"lib/told.py"}
            assert paths(seen, Kind.LISTED, folder) == []
            assert paths(seen, Kind.SOUGHT, folder) == []


def test_appending_is_not_reading(folder: Path) -> None:
    """A log that grows is no input; one that is new is the program's own."""
    program = """
open('a.txt', 'a').write('more'); open('log.txt', 'a').write('first'); open('log.txt').read()
open('b.txt', 'a+').read()
"""
    seen, _ = traced(folder, program)

    assert paths(seen, Kind.READ, folder) == ["b.txt"]
    assert paths(seen, Kind.MADE, folder) == ["log.txt"]


def test_a_database_a_renamed_and_a_removed_file_are_seen(folder: Path) -> None:
    """What is opened by SQLite is read, or made if it was not there."""
    program = """
import os, sqlite3
sqlite3.connect('a.txt'); sqlite3.connect('new.db').close(); sqlite3.connect(':memory:')
os.rename('b.txt', 'c.txt'); os.mkdir('d'); os.rmdir('d')
"""
    seen, _ = traced(folder, program)

    assert paths(seen, Kind.READ, folder) == ["a.txt"]
    assert paths(seen, Kind.MADE, folder) == ["new.db", "c.txt", "d"]
    assert paths(seen, Kind.REMOVED, folder) == ["b.txt", "d"]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import subprocess; subprocess.run(['true'])", "it started true"),
        ("import subprocess; subprocess.run('exit 0; true', shell=True)", "it started sh"),
        ("import os; os.system('exit 0; true')", "it started sh"),
        ("import os; os.posix_spawn('/bin/true', ['true'], {}); os.wait()", "it started true"),
        ("import os; os.execv('/bin/true', ['true'])", "it became true"),
        ("import os\nif os.fork() == 0: os.execv('/bin/true', ['true'])\nos.wait()", "it became true"),
        ("import os, sys\nif os.fork() == 0: os.execv(sys.executable, ['python', '-c', 'pass'])\nos.wait()", None),
        ("import subprocess; subprocess.run(['uname'], stdout=-3)", None),
        ("import subprocess, sys; subprocess.run([sys.executable, '-c', 'pass'])", None),
        ("import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', 'pass'])", "it started python"),
    ],
)
def test_a_process_that_is_not_traced_is_named(folder: Path, program: str, said: str | None) -> None:
    """Nobody knows what it read; what tells of the machine alone is left out."""
    seen, _ = traced(folder, program)

    assert seen.incomplete == (said and said.replace("python", Path(sys.executable).name))


def test_a_listener_of_nothing_costs_nothing_to_read() -> None:
    """Rows that are none are passed over: programs may write what they like."""
    seen = seen_in({7: b"S 1 0 7 1\nR\nR x y z\n\xff\xfe\nR 5 9 /a\nZ 6 0 \nR 7 9"}, leader=7, program="python")

    assert [(touch.path, touch.stamp) for touch in seen.touches] == [("/a", 9)]
    assert seen.incomplete is None
