"""Names and values with escape codes and Markdown in them: neither the terminal nor the report obeys them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import CONFIG, TRAIN, Repo, Said, copy_of, new_repo, template, with_production

EVIL = "\x1b[31mred\x07 | <img src=x> [a](http://b) `c` @me\n# big"


def _clean(said: Said) -> None:
    text = said.out + said.err
    assert "\x1b" not in text
    assert "\x07" not in text


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Repo:
    """A repository with a model in production."""
    return copy_of(template(tmp_path_factory, "production", with_production), tmp_path)


def _newest_report(repo: Repo) -> str:
    return max((repo.root / ".seatrial" / "runs").glob("*/report.md")).read_text()


def test_parameter_value(tmp_path: Path) -> None:
    """Shown in reasons, in `why`, in the command that repeats the run, and in the report."""
    train = TRAIN.replace('{skill} {salt}\\n")', '{skill} {len(salt)}\\n")')
    repo = new_repo(tmp_path, {"steps/train.py": train})
    repo.run(code=2)

    for words in (("plan",), ("run",), ("why", "train")):
        _clean(repo.seatrial(*words, "--set-param", f"train.salt={EVIL}", code=None))
    _clean(repo.seatrial("report"))

    report = _newest_report(repo)
    assert "\x1b" not in report
    assert "<img" not in report
    assert "\n# big" not in report
    header = next(line for line in report.splitlines() if line.startswith("| stage"))
    row = next(line for line in report.splitlines() if line.startswith("| `train`"))
    assert row.count("|") == header.count("|")


def test_file_name(tmp_path: Path) -> None:
    """A file of a glob is named where it changed."""
    config = CONFIG.replace("{data: datasets.train}", '{data: datasets.train, notes: "notes/*"}')
    name = "notes/\x1b[31mred\x07|<b>.txt"
    repo = new_repo(tmp_path, {"seatrial.yaml": config, name: "one"})
    repo.run(code=2)
    repo.write(name, "two")

    for words in (("plan",), ("run",), ("why", "train")):
        _clean(repo.seatrial(*words, code=None))

    assert "<b>" not in _newest_report(repo)


def test_metric_name(repo: Repo) -> None:
    """Metrics are named by the user's own code."""
    key = EVIL.replace("\x1b", "\\u001b").replace("\x07", "\\u0007").replace("\n", "\\n")
    repo.edit("steps/train.py", ('{"loss": %s,', '{"' + key.replace("\\", "\\\\") + '": 1, "loss": %s,'))
    repo.commit()

    for words in (("run",), ("models", "register"), ("models", "show", "tiny@2"), ("diff", "tiny@1", "HEAD")):
        _clean(repo.seatrial(*words))

    report = _newest_report(repo)
    assert "<img" not in report
    assert "\n# big" not in report


def test_output_of_a_failing_command(repo: Repo) -> None:
    """The end of its log is shown as text."""
    repo.edit(
        "steps/train.py", ("import sys\n", "import sys\nprint('\\x1b]0;owned\\x07\\x1b[2J')\nsys.exit('\\x1b[31mno')\n")
    )

    said = repo.seatrial("run", code=4)

    _clean(said)
    assert "  | no\n" in said.out


@pytest.mark.parametrize(
    "words",
    [
        ("why", EVIL),
        ("run", EVIL),
        ("run", "--tier", EVIL),
        ("run", "--set-param", f"{EVIL}=1"),
        (EVIL,),
        ("models", "show", EVIL),
        ("models", "show", f"{EVIL}@1"),
        ("models", "rollback", "tiny", "--alias", EVIL),
        ("models", "promote", "tiny@1", "--to", EVIL),
        ("models", "tag", "tiny@1", f"note={EVIL}"),
        ("report", "--run", EVIL),
        ("diff", EVIL, "HEAD"),
        ("run", "caf\udcff"),
    ],
    ids=lambda words: " ".join(words).replace(EVIL, "EVIL").replace("\udcff", "?"),
)
def test_word_on_the_command_line(tmp_path_factory: pytest.TempPathFactory, words: tuple[str, ...]) -> None:
    """What was typed is quoted in the error, not obeyed; the error is one line."""
    shared = template(tmp_path_factory, "production", with_production)

    said = shared.seatrial(*words, code=2)

    _clean(said)
    assert said.err.startswith("error: ")
    assert all(line.startswith(("error: ", "next:  ")) for line in said.err.splitlines())


def test_branch_and_person(repo: Repo) -> None:
    """Names from git are shown like all others."""
    repo.git("config", "user.name", "Eve \x1b[31m|<b>")
    repo.set_params(("  skill: 0.9\n", "  skill: 0.95\n"))
    repo.run()
    repo.promote(repo.register())

    for words in (
        ("models", "show", "tiny@2"),
        ("models", "show", "tiny"),
        ("models", "list"),
        ("models", "rollback", "tiny"),
    ):
        _clean(repo.seatrial(*words))
