"""What `strace` writes, read again: paths as they were meant, whoever's call it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.process.trace import strace
from seatrial.process.trace.seen import Kind, Seen

SAID = r"""
1 execve("/usr/bin/python3", ["python3", "a b.py", "x"], 0x7ffd /* 39 vars */) = 0
1 openat(AT_FDCWD</w>, "absent.txt", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
1 openat(AT_FDCWD</w>, "src/../a.txt", O_RDONLY|O_CLOEXEC) = 3</w/a.txt>
1 openat(AT_FDCWD</w>, "locked", O_RDONLY) = -1 EACCES (Permission denied)
1 openat(AT_FDCWD</w>, "/w/__pycache__/m.cpython-311.pyc", O_RDONLY|O_CLOEXEC) = 3</w/__pycache__/m.cpython-311.pyc>
1 openat(AT_FDCWD</w>, "names", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 3</w/names>
1 openat(AT_FDCWD</w>, "/w", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 3</w>
1 openat(AT_FDCWD</w>, "w \303\251\n\"q\".txt", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 3</w/x>
1 rename("made.part", "made") = 0
1 chdir("src") = 0
1 vfork( <unfinished ...>
2 openat(AT_FDCWD, "of_child.txt", O_RDONLY <unfinished ...>
1 <... vfork resumed>) = 2
1 open("of_parent.txt", O_RDONLY) = 3</w/src/of_parent.txt>
2 <... openat resumed>) = 3</w/src/of_child.txt>
2 fchdir(5</w/deep \303\251>) = 0
2 open("later.txt", O_RDONLY) = 3
2 openat(4</w/dir>, "in_dir.txt", O_RDONLY) = 6</w/dir/in_dir.txt>
2 unlink("gone.txt") = 0
2 openat(AT_FDCWD, "appended", O_WRONLY|O_APPEND) = 3
2 +++ exited with 0 +++
1 exit_group(0) = ?
nonsense
""".strip()


def test_lines_become_touches() -> None:
    """Relative to where each process was at that moment."""
    seen = strace.seen_in(SAID.encode(), folder="/w", program="python3")

    assert [(touch.kind.value, touch.path) for touch in seen.touches] == [
        ("read", "/usr/bin/python3"),
        ("sought", "/w/absent.txt"),
        ("read", "/w/a.txt"),
        ("read", "/w/m.py"),
        ("listed", "/w/names"),
        ("made", '/w/w é\n"q".txt'),
        ("removed", "/w/made.part"),
        ("made", "/w/made"),
        ("read", "/w/src/of_parent.txt"),
        ("read", "/w/src/of_child.txt"),
        ("read", "/w/deep é/later.txt"),
        ("read", "/w/dir/in_dir.txt"),
        ("removed", "/w/deep é/gone.txt"),
    ]
    assert seen.incomplete is None


def test_an_output_that_is_not_there_is_no_complete_trace() -> None:
    """Nothing seen is not the same as nothing read."""
    assert strace.seen_in(b"", folder="/w", program="/bin/dd").incomplete == "strace wrote nothing about dd"


def test_a_real_command_is_seen_with_its_children_of_any_kind(tmp_path: Path) -> None:
    """What libraries and other programs read, too."""
    seen = watched(tmp_path, "import subprocess; open('a.txt').read(); subprocess.run(['cat', 'b.txt'])")

    read = {touch.path for touch in seen.touches if touch.kind is Kind.READ}
    assert {f"{tmp_path}/a.txt", f"{tmp_path}/b.txt"} <= read


def test_a_machine_without_strace_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is started."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert strace.refusal(tmp_path / "log") == "strace is not installed"


def test_a_strace_that_may_not_trace_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a sandbox that refuses ptrace."""
    program = tmp_path / "strace"
    program.write_text("#!/bin/sh\necho 'strace: PTRACE_SEIZE: Operation not permitted' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert strace.refusal(tmp_path / "log") == "strace: PTRACE_SEIZE: Operation not permitted"


def watched(folder: Path, program: str) -> Seen:
    """What is seen of a program; skips where strace cannot be used."""
    why = strace.refusal(folder / "log")
    if why is not None:
        pytest.skip(why)
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("")
    command = strace.wrapped([sys.executable, "-c", program], str(folder / "out.strace"))
    subprocess.run(command, cwd=folder, check=True)
    return strace.seen_in((folder / "out.strace").read_bytes(), folder=str(folder), program=sys.executable)
