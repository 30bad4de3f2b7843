"""Mistakes in seatrial.yaml, params.yaml and gates.yaml, as somebody at a prompt meets them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import CONFIG, GATES, PARAMS, Repo, all_is_well, copy_of, template, with_production

LAST = CONFIG.count("\n") + 1
MISTAKES: Mapping[str, tuple[str, str | bytes, int | None, str | None]] = {
    "broken YAML": ("seatrial.yaml", CONFIG + "x: [1\n", LAST + 1, None),
    "unknown key": ("seatrial.yaml", CONFIG + "cach: 1\n", LAST, "cach"),
    "wrong type": ("seatrial.yaml", CONFIG.replace("main: main", "main: [1]"), 2, "main"),
    "duplicate key": ("seatrial.yaml", CONFIG + "project: two\n", LAST, "project"),
    "alias bomb": ("seatrial.yaml", "a: &a [x, x]\nb: [*a, *a, *a]\n" + CONFIG, 1, "a"),
    "key of a later release": ("seatrial.yaml", CONFIG + "delivery: {}\n", LAST, "delivery"),
    "control character": ("seatrial.yaml", "project: \x01\n", 1, None),
    "out that leaves the repository": (
        "seatrial.yaml",
        CONFIG.replace("outputs/model.txt", "../model.txt"),
        23,
        "stages.train.outs.model",
    ),
    "out in .git": ("seatrial.yaml", CONFIG.replace("outputs/model.txt", ".git/config"), 23, "stages.train.outs.model"),
    "unknown reference": (
        "seatrial.yaml",
        CONFIG.replace("train.model, test", "train.modl, test"),
        27,
        "stages.evaluate.deps.model",
    ),
    "unknown parameter": (
        "seatrial.yaml",
        CONFIG.replace("${params.train.salt}", "${params.train.sale}"),
        None,
        "stages.train.cmd",
    ),
    "circle": ("seatrial.yaml", CONFIG.replace("  data:\n", "  data:\n    needs: [evaluate]\n"), None, None),
    "glob that matches nothing": (
        "seatrial.yaml",
        CONFIG.replace("{data: datasets.train}", '{data: "nothing/*.csv"}'),
        17,
        "stages.train",
    ),
    "no stage": ("seatrial.yaml", "project: tiny\n", 1, None),
    "empty file": ("seatrial.yaml", "", None, None),
    "not UTF-8": ("params.yaml", b"train: {skill: \xff}\n", 1, None),
    "NaN parameter": ("params.yaml", PARAMS.replace("0.9", ".nan"), 4, "train.skill"),
    "NaN limit": ("gates.yaml", GATES.replace("min: 0.6", "min: .nan"), 5, "promote.performance.accuracy.min"),
    "limit out of range": ("gates.yaml", GATES.replace("min: 0.6", "min: 60"), 5, "promote.performance.accuracy.min"),
    "limit in words": (
        "gates.yaml",
        GATES.replace("accuracy: {min: 0.6}", "f1: {min: high}"),
        5,
        "promote.performance.f1.min",
    ),
    "unknown gate": ("gates.yaml", GATES + "  sharpness: {min: 1}\n", 7, "promote.sharpness"),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """One repository for all mistakes, since none of them may change anything."""
    made = template(tmp_path_factory, "production", with_production)
    return copy_of(made, tmp_path_factory.mktemp("mistakes"))


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_refused_with_its_place_and_a_next_step(shared: Repo, name: str) -> None:
    """Exit code 2 before anything runs; file, line and key where there are any; never a traceback."""
    file, content, line, key = MISTAKES[name]
    before = sorted((shared.root / ".seatrial" / "runs").iterdir())
    good = (shared.root / file).read_bytes()
    shared.write(file, content)
    try:
        problems: list[dict[str, Any]] = shared.seatrial("run", "--json", code=2).problems
    finally:
        shared.write(file, good)

    first = next(one for one in problems if one["file"] == file and (key is None or one["key"] == key))
    assert line is None or first["line"] == line
    assert first["next_step"]
    assert sorted((shared.root / ".seatrial" / "runs").iterdir()) == before


def test_every_mistake_is_told_at_once(shared: Repo) -> None:
    """One look at the file is enough to mend all of it."""
    good = shared.read("seatrial.yaml")
    shared.write("seatrial.yaml", good.replace("main: main", "main: [1]") + "cach: 1\n")
    try:
        said = shared.seatrial("config", code=2)
    finally:
        shared.write("seatrial.yaml", good)

    errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert [line.split(": ")[1].split(" ")[1] for line in errors] == ["main", "cach"]


@pytest.mark.parametrize("name", ["params.yaml", "gates.yaml"])
def test_missing_file_is_named_where_it_is_asked_for(shared: Repo, name: str) -> None:
    """The place is that in seatrial.yaml: there the path can be corrected."""
    good = shared.read(name)
    (shared.root / name).unlink()
    try:
        said = shared.seatrial("run", code=2)
    finally:
        shared.write(name, good)

    assert f"there is no file `{name}`" in said.err
    assert "error: seatrial.yaml:" in said.err
    assert "next:  create it, or correct the path" in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "--set-param", "train.skill"), "--set-param takes KEY=VALUE"),
        (("run", "--set-param", "train.skil=1"), "there is no parameter `train.skil`"),
        (("run", "--set-param", "train.skill=high"), "train.skill is a number and 'high' is text"),
        (("run", "trian"), "there is no stage trian; stages: data, train, evaluate"),
        (("run", "nothing-like-it"), "there is no stage nothing-like-it"),
        (("plan", "--tier", "nighly"), "there is no tier nighly; tiers: branch, short, overlay, nightly, release"),
        (("rnu",), "there is no command `rnu`"),
        (("models", "promot"), "No such command 'promot'"),
        (("run", "--trier", "x"), "No such option '--trier'"),
        (("run", "--jobs", "0"), "0 is not in the range"),
        (("why",), "Missing argument 'STAGE'"),
        (("report", "--run", "nope"), "there is no report of run nope"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_was_typed_wrongly_is_refused_with_a_next_step(shared: Repo, words: tuple[str, ...], message: str) -> None:
    """Exit code 2, the names that there are, and what to type."""
    said = shared.seatrial(*words, code=2)

    assert message in said.err
    assert "\nnext:  " in said.err
    assert said.out == ""


def test_nothing_was_lost_by_all_of_these(shared: Repo) -> None:
    """After every mistake above: production, cache and work tree are as they were."""
    all_is_well(shared)


@pytest.mark.parametrize("from_file", [True, False], ids=["params.yaml", "--set-param"])
def test_value_with_a_semicolon_stays_one_argument(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, from_file: bool
) -> None:
    """No shell sees a value: `0.1; touch x` reaches the command whole, and no file x appears."""
    repo = copy_of(template(tmp_path_factory, "production", with_production), tmp_path)
    repo.edit("steps/train.py", ('file.write(f"{skill} {salt}\\n")', 'file.write(f"{skill} {salt.encode().hex()}\\n")'))
    value = "0.1; touch x && $(touch y) `touch z` | cat > w"
    if from_file:
        repo.edit("params.yaml", ("  salt: a\n", f'  salt: "{value}"\n'))

    repo.run(*(() if from_file else ("--set-param", f"train.salt={value}")), code=None)

    assert repo.read("outputs/model.txt") == f"0.9 {value.encode().hex()}\n"
    assert not [name for name in "wxyz" if (repo.root / name).exists()]
