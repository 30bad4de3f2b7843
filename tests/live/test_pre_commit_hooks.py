"""Our hooks for pre-commit: what a commit with a mistake is told, by pre-commit itself."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from seatrial.cli.main import COMMANDS, app
from tests.support.hooks import MANIFEST, PYTHON, ROOT, Committing, Hook, hooks, needed

pytestmark = pytest.mark.live
CHECKS = ("seatrial-config", "seatrial-lint")


def _names(files: list[str], hook: Hook) -> list[str]:
    return [name for name in files if re.search(hook.files, name)]


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook.id)
def test_a_hook_is_a_command_with_options_that_exist(hook: Hook) -> None:
    program, command, *words = shlex.split(hook.entry)
    assert command in COMMANDS
    assert (program, hook.language, hook.pass_filenames) == ("seatrial", "python", False)
    found = app.get_command(app.make_context("seatrial", [], resilient_parsing=True), command)

    assert found is not None
    known = {option for parameter in found.params for option in parameter.opts} | set(getattr(found, "commands", ()))
    assert set(words) <= known


def test_hooks_wake_up_for_what_they_look_at_and_for_nothing_else() -> None:
    config, lint, workflows = hooks()
    files = ["seatrial.yaml", "conf/gates.yml", "contract.json", "src/a.py", "README.md", "data/train.csv", "run.sh",
             ".github/workflows/seatrial-pr.yml", ".github/actions/seatrial/action.yml",
             ".github/seatrial/rendered/workflows/seatrial-pr.yml", ".gitlab-ci.yml", ".gitlab/seatrial.yml",
             "sub/seatrial.yaml"]  # fmt: skip

    assert set(files) - set(_names(files, config)) == {"src/a.py", "README.md", "data/train.csv", "run.sh"}
    assert set(files) - set(_names(files, lint)) == {"README.md", "data/train.csv"}
    assert _names(files, workflows) == ["seatrial.yaml", *files[-6:]]


@needed
def test_pre_commit_finds_the_manifest_well_formed(tmp_path: Path) -> None:
    place = Committing(tmp_path, CHECKS)

    assert place.run(str(PYTHON), "-m", "pre_commit", "validate-manifest", str(MANIFEST)) == ""


@needed
def test_a_good_commit_passes_and_one_of_other_files_asks_nothing(tmp_path: Path) -> None:
    place = Committing(tmp_path, CHECKS)
    place.edit("seatrial.yaml", "project: digits", "project: other")
    said = place.run("git", "commit", "--all", "--message=Another name")
    (place.folder / "notes.txt").write_text("notes\n")
    place.run("git", "add", "notes.txt")
    after = place.run("git", "commit", "--message=Notes")

    assert said.count("Passed") == 2
    assert after.count("Skipped") == 2


@needed
@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("seatrial.yaml", "project: digits", "projekt: digits", "unknown key `projekt`"),
        ("gates.yaml", "max_degradation", "max_degredation", "did you mean `max_degradation`?"),
        ("seatrial.yaml", "roots: [tests]", "roots: [tests, gone]", "root gone of stage unit does not exist"),
    ],
)
def test_a_commit_with_a_mistake_is_refused_and_told_where(
    name: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    place = Committing(tmp_path, CHECKS)
    place.edit(name, old, new)
    done = place.ask("git", "commit", "--all", "--message=A mistake")

    assert done.returncode == 1
    assert said in done.stdout
    assert re.search(rf"{re.escape(name)}:\d+", done.stdout)
    assert place.run("git", "log", "--format=%s").splitlines() == ["The example"]


@needed
def test_what_is_not_staged_does_not_count(tmp_path: Path) -> None:
    """pre-commit puts away what is not part of the commit; a mistake that stays at home holds nobody up."""
    place = Committing(tmp_path, CHECKS)
    place.edit("seatrial.yaml", "project: digits", "project: other")
    place.run("git", "add", "seatrial.yaml")
    place.edit("seatrial.yaml", "project: other", "projekt: other")
    place.run("git", "commit", "--message=The good half")

    assert "projekt: other" in (place.folder / "seatrial.yaml").read_text()


@needed
def test_a_linked_work_tree_is_checked_and_not_the_repository_it_belongs_to(tmp_path: Path) -> None:
    place = Committing(tmp_path, CHECKS)
    linked = tmp_path / "linked"
    place.run("git", "worktree", "add", "--quiet", str(linked))
    place.edit("seatrial.yaml", "project: digits", "projekt: digits", folder=linked)
    done = place.ask("git", "commit", "--all", "--message=A mistake", cwd=linked)

    assert done.returncode == 1
    assert "unknown key `projekt`" in done.stdout


@needed
def test_the_page_shows_hooks_that_pre_commit_reads_and_that_ask_as_the_manifest_does(tmp_path: Path) -> None:
    """Both configurations on the page are well formed, and the entries by hand are those of the manifest."""
    page = (ROOT / "docs/reference/pre-commit.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    place = Committing(tmp_path, CHECKS)
    offered = {hook.id: (hook.entry, hook.files) for hook in hooks()}

    assert len(shown) == 2
    for text in shown:
        (tmp_path / "shown.yaml").write_text(text)
        place.run("pre-commit", "validate-config", str(tmp_path / "shown.yaml"))
        for hook in yaml.safe_load(text)["repos"][0]["hooks"]:
            if hook["id"].startswith("seatrial-"):
                assert (hook.get("entry"), hook.get("files")) in ((None, None), offered[hook["id"]])
