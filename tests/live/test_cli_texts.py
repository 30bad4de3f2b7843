"""What people read: 80 columns, plain words, help for those who typed nothing."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from seatrial.cli.main import app
from tests.support.cli import Repo, copy_of, template, with_candidate

COMMANDS = (
    "demo", "init", "plan", "run", "check", "gate", "measure", "diff", "report", "heed", "why", "suspects", "bisect",
    "audit", "models", "notify", "cache", "workflows", "doctor", "config",
)  # fmt: skip
MODEL_COMMANDS = ("list", "show", "card", "register", "promote", "approve", "rollback", "tag", "link")
CACHE_COMMANDS = ("status", "verify", "gc", "forget")
AUDIT_COMMANDS = ("selection",)
WORKFLOW_COMMANDS = ("render", "check", "eject")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository with a model in production and a better one registered."""
    return copy_of(template(tmp_path_factory, "candidate", with_candidate), tmp_path_factory.mktemp("texts"))


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("run",),
        ("report",),
        ("config", "--show"),
        ("diff", "tiny@1", "tiny@2"),
        ("cache", "status"),
        ("models", "list"),
        ("models", "show", "tiny"),
        ("models", "show", "tiny@2"),
        ("models", "promote", "tiny@2", "--to", "production"),
    ],
    ids=" ".join,
)
def test_result_fits_a_terminal_of_80_columns(shared: Repo, words: tuple[str, ...]) -> None:
    """Wider lines would be broken anywhere; commands to copy and run ids alone may be longer."""
    said = shared.seatrial(*words)

    wide = [line for line in said.out.splitlines() if len(line) > 80 and not line.startswith(("next", "report: "))]
    assert wide == []


@pytest.mark.parametrize(
    "words",
    [
        (),
        *((name,) for name in COMMANDS),
        *(("models", name) for name in MODEL_COMMANDS),
        *(("audit", name) for name in AUDIT_COMMANDS),
        *(("cache", name) for name in CACHE_COMMANDS),
        *(("workflows", name) for name in WORKFLOW_COMMANDS),
    ],
    ids=" ".join,
)
def test_every_command_has_help_that_fits_and_is_not_cut(words: tuple[str, ...]) -> None:
    """`--help` is where a newcomer looks first; a sentence that ends in dots helps nobody."""
    said = CliRunner().invoke(app, [*words, "--help"], prog_name="seatrial", terminal_width=80)

    assert said.exit_code == 0
    assert said.output.startswith("Usage: seatrial")
    lines = [line for line in said.output.splitlines() if not line.startswith("Usage: ")]
    assert [line for line in lines if len(line) > 80 or line.endswith("...")] == []


def test_list_of_commands_is_complete() -> None:
    """So that the test above forgets none."""
    models = app.get_command(click.Context(app), "models")

    assert tuple(app.list_commands(click.Context(app))) == COMMANDS
    assert isinstance(models, click.Group)
    assert set(models.commands) == set(MODEL_COMMANDS)
    cache = app.get_command(click.Context(app), "cache")
    assert isinstance(cache, click.Group)
    assert set(cache.commands) == set(CACHE_COMMANDS)
    audit = app.get_command(click.Context(app), "audit")
    assert isinstance(audit, click.Group)
    assert set(audit.commands) == set(AUDIT_COMMANDS)
    workflows = app.get_command(click.Context(app), "workflows")
    assert isinstance(workflows, click.Group)
    assert set(workflows.commands) == set(WORKFLOW_COMMANDS)


@pytest.mark.parametrize(("words", "first"), [((), "Usage: seatrial "), (("models",), "Usage: seatrial models ")])
def test_command_without_a_command_shows_the_help(shared: Repo, words: tuple[str, ...], first: str) -> None:
    """Not an `error:`, and not a success either."""
    said = shared.seatrial(*words, code=2)

    assert said.out == ""
    assert said.err.startswith(first)
    assert "error:" not in said.err


def test_version_is_told(shared: Repo) -> None:
    """For bug reports."""
    assert shared.seatrial("--version").out.startswith("seatrial ")


def test_short_form_of_config_counts_correctly(shared: Repo) -> None:
    """`1 model`, not `1 models`."""
    assert shared.seatrial("config").out == "seatrial.yaml is well formed: 3 stages, 5 tiers, 1 model\n"


def test_no_colour_where_nobody_looks(shared: Repo, tmp_path: Path) -> None:
    """Output that is not a terminal holds text alone."""
    assert "\x1b" not in shared.seatrial("run").out
