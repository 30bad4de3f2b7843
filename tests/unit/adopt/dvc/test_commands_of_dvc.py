"""A line of DVC's means to Seatrial what it means to bash, in `cmd:` and in `shell:`."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from seatrial.adopt.dvc.command import Command, lower_command, needs_shell
from seatrial.adopt.dvc.interpolation import Fixed, Live, Pieces
from seatrial.pipeline import template

BASH = ["bash", "--noprofile", "--norc"]
WORDS = st.lists(
    st.sampled_from(
        ["a", " ", "b=1", "'", '"', "'a b'", '"c d"', "./x", "--o=", "é", "\\", "$a", "%", "^", "=", "*", "~"]
    ),
    max_size=6,
).map("".join)


def lowered(*lines: str | Pieces, folder: str = "") -> Command:
    pieces = [(Fixed(line),) if isinstance(line, str) else line for line in lines]
    return lower_command(pieces, folder, {"in.txt": "in"}, {"out.txt": "out"}, {"DVC_STAGE": "s", "DVC_ROOT": "$PWD"})


def ran(text: str, **variables: str) -> tuple[int, bytes]:
    """How a `shell:` ends, started as Seatrial starts it."""
    done = subprocess.run(
        [*BASH, "-e", "-o", "pipefail", "-c", text], env={"PATH": "/usr/bin:/bin", **variables}, check=False,
        capture_output=True, timeout=20,
    )  # fmt: skip
    return done.returncode, done.stdout


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(WORDS)
def test_what_needs_no_shell_is_split_by_bash_into_the_same_words(text: str) -> None:
    """The judgement of `needs_shell`, by bash itself."""
    line = f"p {text}"
    assume(not needs_shell(line))
    done = subprocess.run([*BASH, "-c", f"printf '%s\\0' {text}"], check=False, capture_output=True, timeout=20)
    words = shlex.split(text)
    assert done.returncode == 0
    assert done.stdout == b"".join(word.encode() + b"\0" for word in words or [""])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(WORDS, st.text("ab1 .'\"$", max_size=4), WORDS)
def test_a_live_value_gives_the_words_that_the_filled_text_gives(before: str, value: str, after: str) -> None:
    """Filled in as Seatrial does, in either kind of command, a line does what DVC's text does in bash."""
    pieces: Pieces = (Fixed(f"printf '<%s>' {before}"), Live("params", "x", value), Fixed(after))
    text = f"printf '<%s>' {before}{value}{after}"
    expected = subprocess.run([*BASH, "-c", text], check=False, capture_output=True, timeout=20, env={})
    assume("$$" not in text and "$-" not in text)  # the number and the settings of a process
    made = lowered(pieces)
    if made.cmd:
        words = [template.fill(parts, lambda part: value) for parts in template.split(made.cmd)]
        assert expected.returncode == 0
        assert expected.stdout == "".join(f"<{word}>" for word in words[2:] or [""]).encode()
    elif expected.returncode == 0:
        assert ran(made.shell, SEATRIAL_PARAMS_X=value) == (0, expected.stdout)


@pytest.mark.parametrize(
    ("lines", "code", "out"),
    [
        (["false; echo on"], 0, b"on\n"),
        (["yes | head -n 1"], 0, b"y\n"),
        (["echo a", "false", "echo b"], 1, b"a\n"),
        (["X=1; cd /", 'echo "[$X]" ${PWD#/}x > /dev/stdout # a comment'], 0, None),
        (["echo a \\"], 0, b"a \\\n"),
        (["echo a\necho b"], 0, b"a\nb\n"),
        (["exit 3", "echo b"], 3, b""),
    ],
)
def test_lines_end_as_they_do_in_dvc(lines: list[str], code: int, out: bytes | None) -> None:
    """A shell for each line, no pipefail, no `-e`, and the first line that fails ends the stage."""
    found = ran(lowered(*lines).shell)
    assert found[0] == code
    if out is not None:
        assert found[1] == out
    else:
        assert found[1].startswith(b"[] ")  # what a line sets, and where it goes, is gone in the next
        assert found[1] != b"[] x\n"


def test_a_folder_is_entered_first_and_its_name_may_be_anything() -> None:
    """`cd` with quotes, and a command that needs no shell otherwise has no settings of one."""
    assert lowered("python run.py", folder="a b/c").shell == "cd 'a b/c' || exit\npython run.py"


def test_whole_words_that_are_paths_become_references() -> None:
    """Not the program itself, not a part of a word, not in a line with quotes."""
    assert lowered("python in.txt --x=in.txt xin.txt out.txt").cmd == (
        "python ${deps.in} --x=${deps.in} xin.txt ${outs.out}"
    )
    assert lowered("in.txt 'a b' out.txt").cmd == "in.txt 'a b' out.txt"


@pytest.mark.parametrize("line", ["cd x", "FOO=1 python x", "a > b", "echo $X", "ls *.py", "a 'b", "source x", "a # b"])
def test_what_only_a_shell_can_do_is_left_to_one(line: str) -> None:
    """Assignments, redirections, variables, patterns, built-ins, an open quote, comments."""
    assert needs_shell(line)
