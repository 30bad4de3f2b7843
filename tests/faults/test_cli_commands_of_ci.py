"""No text of a repository is a command to the runner of a CI job that prints it.

GitHub's runner carries out a line of a step's output that begins with `::`, blanks aside, and one that holds `##[`
anywhere (`ActionCommand.cs` of actions/runner): it masks words of the log, stops other commands, or tells errors at
lines of files. The names of metrics, parameters and files, and what commands print, are those of a pull request.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import CONFIG, TRAIN, Repo, Said, copy_of, new_repo, template, with_production

SIGNS = ("::add-mask::e", "::stop-commands::zz", "##[add-mask]a", "::error file=gates.yaml,line=1::x")
LONG = f"{'w' * 40} {'x' * 37} ::add-mask::e {'-'.join('yz' * 20)}-::add-mask::f {'v' * 75}::add-mask::{'g' * 90}"
"""Words that a line of 80 columns is broken before and within."""


def commands_in(said: Said) -> list[str]:
    """The lines that a runner would carry out."""
    return [line for line in (said.out + said.err).split("\n") if line.lstrip().startswith("::") or "##[" in line]


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production."""
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


def test_names_of_metrics(repo: Repo) -> None:
    named = "".join(f'"{name}": {number}, ' for number, name in enumerate((*SIGNS, LONG)))
    repo.edit("steps/train.py", ('{"loss": %s,', f'{{{named}"loss": %s,'))
    repo.commit()
    told = [repo.seatrial("run"), repo.seatrial("report"), repo.seatrial("report", "--format", "md", code=None)]
    told += [repo.seatrial("models", "register"), repo.seatrial("models", "show", "tiny@2")]
    told += [repo.seatrial("models", "card", "tiny@2"), repo.seatrial("diff", "tiny@1", "HEAD")]

    assert "add-mask" in told[0].out
    assert [commands_in(said) for said in told] == [[]] * len(told)


@pytest.mark.parametrize("text", [*SIGNS, LONG])
def test_values_of_parameters_and_names_of_files(tmp_path: Path, text: str) -> None:
    train = TRAIN.replace('{skill} {salt}\\n")', '{skill} {len(salt)}\\n")')
    config = CONFIG.replace("{data: datasets.train}", '{data: datasets.train, notes: "notes/*"}')
    name = f"notes/{text[:90]}"
    repo = new_repo(tmp_path, {"seatrial.yaml": config, "steps/train.py": train, name: "one"})
    repo.run(code=2)
    repo.write(name, "two")
    told = [
        repo.seatrial(*words, "--set-param", f"train.salt={text}", code=None)
        for words in (("plan",), ("why", "train"), ("why", "evaluate"), ("run",))
    ]
    told += [repo.seatrial("config", "--show", "--set-param", f"train.salt={text}", code=None), repo.seatrial("report")]

    assert "salt" in told[0].out
    assert [commands_in(said) for said in told] == [[]] * len(told)


def test_what_a_failing_command_printed(repo: Repo) -> None:
    """Its end is shown, and its reason."""
    lines = "\n".join((*SIGNS, f"   {SIGNS[0]}", f"\t{SIGNS[0]}", LONG))
    repo.edit("steps/train.py", ("import sys\n", f"import sys\nprint({lines!r})\nsys.exit({SIGNS[0]!r})\n"))
    told = repo.seatrial("run", code=4), repo.seatrial("report", code=None)

    assert "stop-commands" in told[0].out
    assert [commands_in(said) for said in told] == [[], []]


@pytest.mark.parametrize("sign", SIGNS)
def test_words_on_the_command_line(tmp_path_factory: pytest.TempPathFactory, sign: str) -> None:
    """A workflow may hand on the name of a branch."""
    shared = template(tmp_path_factory, "production", with_production)
    told = [
        shared.seatrial(*words, code=2)
        for words in (("why", sign), ("run", sign), (sign,), ("models", "show", sign), ("diff", sign, "HEAD"))
    ]

    assert [commands_in(said) for said in told] == [[]] * len(told)
