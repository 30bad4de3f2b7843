"""The example is found and copied whole, and nothing of the user's is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.demo.example import check_requirements, copy_example, find_example
from seatrial.errors import MissingExtraError, OutsideError, UsageError


def test_copy_is_the_example_and_one_line_that_names_the_interpreter(tmp_path: Path) -> None:
    """Every file is copied byte for byte, except that seatrial.yaml says which interpreter runs the stages."""
    folder = tmp_path / "digits"
    copy_example(folder, '/opt/an odd "place"/python')

    source = find_example()
    configuration = (folder / "seatrial.yaml").read_text().splitlines()
    added = set(configuration) - set(source.joinpath("seatrial.yaml").read_text().splitlines())

    assert source.joinpath("params.yaml").read_bytes() == (folder / "params.yaml").read_bytes()
    assert source.joinpath("src", "digits", "train.py").read_bytes() == (folder / "src/digits/train.py").read_bytes()
    assert source.joinpath(".gitignore").read_bytes() == (folder / ".gitignore").read_bytes()
    assert [line.split("  #")[0] for line in added] == [r'python: "/opt/an odd \"place\"/python"']


def test_what_a_run_left_in_the_checkout_is_not_copied(tmp_path: Path) -> None:
    """Data, outputs, reports, environments and caches do not belong to the example."""
    checkout, folder = tmp_path / "checkout", tmp_path / "digits"
    copy_example(checkout, "python3")
    for name in ("data", "outputs", "reports", ".seatrial", ".git", ".venv", ".mypy_cache", "src/digits/__pycache__"):
        (checkout / name).mkdir()
        (checkout / name / "left.txt").touch()

    copy_example(folder, "python3", source=checkout)

    assert {path.name for path in (folder / "src" / "digits").iterdir()} == {
        "__init__.py",
        "data.py",
        "evaluate.py",
        "network.py",
        "one_batch.py",
        "train.py",
    }
    assert {path.name for path in folder.iterdir()} == {
        ".gitignore",
        "README.md",
        "gates.yaml",
        "params.yaml",
        "pyproject.toml",
        "seatrial.yaml",
        "src",
        "tests",
    }


def test_folder_that_holds_something_is_refused_and_left_alone(tmp_path: Path) -> None:
    """The demo overwrites nothing and says how to go on."""
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(UsageError, match="not an empty folder") as refused:
        copy_example(tmp_path, "python3")

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert "--into" in (refused.value.next_step or "")


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A file is no folder to play in."""
    (tmp_path / "file").write_text("mine")

    with pytest.raises(UsageError, match="not an empty folder"):
        copy_example(tmp_path / "file", "python3")


def test_missing_scikit_learn_names_the_command_that_installs_it() -> None:
    """Nobody has to guess which extra is meant."""
    with pytest.raises(MissingExtraError) as refused:
        check_requirements(find_module=lambda name: None, find_program=lambda name: "/usr/bin/git")

    assert refused.value.next_step == "pip install 'seatrial[demo]'"


def test_missing_git_is_said_before_anything_is_copied() -> None:
    """The story needs real commits."""
    with pytest.raises(OutsideError, match="git is not installed"):
        check_requirements(find_module=lambda name: object(), find_program=lambda name: None)
