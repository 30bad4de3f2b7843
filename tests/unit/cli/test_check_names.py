"""Names that are no file: mistyped paths, datasets of a project given to options for files, and data that DVC keeps."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.checking import here, typed
from tests.support.cli import Repo
from tests.support.workspaces import judged

__all__ = ["here", "judged"]

POINTER = "outs:\n- md5: 0123456789abcdef0123456789abcdef\n  size: 3\n  hash: md5\n  path: {name}\n"


@pytest.fixture
def outside(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that lies in no project, whatever lies around it."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(here.parent))
    return here


OPTIONS = [
    ("--contract", "c.yaml"), ("--save-profile", "p.json"), ("--report", "r.html"), ("--reference", "reference.json"),
]  # fmt: skip


@pytest.mark.parametrize("words", [(), *OPTIONS])
def test_a_mistyped_name_does_not_exist(
    outside: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """Outside of a project nothing else was meant, whatever it was to be held against."""
    answer = typed(capfd, "partz", *words)

    answer.refused("partz does not exist")
    assert "seatrial.yaml" not in answer.err


@pytest.mark.parametrize("words", [(), *OPTIONS])
def test_a_mistyped_name_does_not_exist_in_a_repository_without_a_project(
    judged: Repo, capfd: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    Path("seatrial.yaml").unlink()

    typed(capfd, "partz", *words).refused("partz does not exist")


@pytest.mark.parametrize(("option", "value"), OPTIONS)
def test_a_name_in_a_project_is_told_with_what_was_meant(
    judged: Repo, capfd: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    """A mistyped one with the nearest dataset, that of a dataset with the path of its data, from where one stands."""
    Path("reference.json").write_text("{}")
    typed(capfd, "peeple", option, value).refused("peeple is neither a file nor a dataset", "did you mean people?")
    typed(capfd, "people", option, value).refused(f"{option} needs a file", f"check data/people.csv {option}")

    os.chdir("steps")
    typed(capfd, "people", option, value).refused(f"{option} needs a file", f"check ../data/people.csv {option}")


def test_a_contract_is_inferred_from_a_datasets_file(judged: Repo, capfd: pytest.CaptureFixture[str]) -> None:
    typed(capfd, "people", "--infer").refused("people does not exist", "seatrial check data/people.csv --infer")
    assert "dataset of this project" not in typed(capfd, "peeple", "--infer").err

    Path("seatrial.yaml").write_text("{")  # what is asked is not about it
    typed(capfd, "people", "--infer").refused("people does not exist", "name a file or a folder")


@pytest.mark.parametrize("name", ["data/train.parquet", "train.csv", "folder"])
def test_data_that_only_dvc_has_is_to_be_pulled(outside: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    """As the data, as a reference, to infer from, and as the data that an option needs."""
    Path("data").mkdir()
    Path(f"{name}.dvc").write_text(POINTER.format(name=Path(name).name))
    for words in ((name,), (name, "--infer"), ("data.parquet", "--reference", name), (name, "--contract", "c.yaml")):
        typed(capfd, *words).refused("only DVC's pointer", f"dvc pull {name}.dvc")


def test_a_folder_that_only_dvc_has_is_to_be_pulled_in_a_project_too(
    judged: Repo, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("parts.dvc").write_text(POINTER.format(name="parts"))

    for words in ((), ("--contract", "contract.yaml")):
        typed(capfd, "parts", *words).refused("only DVC's pointer", "dvc pull parts.dvc")
