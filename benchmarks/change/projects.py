"""The repositories that faults are injected into: a generated tree, and the example.

Each is a fresh git repository in a folder of its own, with the configuration beside it (the generated tree) or in
it (the example), and an environment its stages run in.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import repositories
from benchmarks.change import packages, running
from benchmarks.change.faults import LOCK, Kind
from benchmarks.change.shapes import Shape
from benchmarks.change.stages import Stage, configuration
from benchmarks.change.tree import Tree, grow


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One repository with everything that a campaign needs. `install` brings its environment up to the work tree."""

    name: str
    place: running.Place
    configuration: Path
    venv: Path
    kinds: tuple[Kind, ...]
    files: Mapping[str, str]
    install: Callable[[], None]
    tier: str = ""


def generated(folder: Path, shape: Shape, seed: int) -> Project:
    """A generated tree with an environment made for it."""
    tree = grow(shape, seed)
    repository, settings = written(folder, tree)
    venv = folder / "venv"
    site = packages.make_environment(venv)

    def install() -> None:
        lock, own = (repository / LOCK).read_text(), (repository / "pyproject.toml").read_text()
        packages.install(site, lock, own)

    install()
    for place in (repository, site):
        running.compile_bytecode(place, venv / "bin" / "python")
    return Project(
        name=f"generated, {shape.python_files:,} files",
        place=running.Place(folder=repository, environment=running.environment(venv), stages=tree.stages),
        configuration=settings,
        venv=venv,
        kinds=tuple(Kind),
        files=tree.files,
        install=install,
    )


def written(folder: Path, tree: Tree) -> tuple[Path, Path]:
    """Write a tree into a new repository below `folder`, commit it, and write its configuration beside it."""
    repository = folder / "tree"
    for path, text in tree.files.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(text)
    repositories.commit(repository)
    settings = folder / "seatrial.yaml"
    settings.write_text(configuration("mono", tree.stages))
    return repository, settings


def example(folder: Path) -> Project:
    """The example, run by the interpreter of this tree. Its environment is not ours to change, so no pin is."""
    repository = folder / "digits"
    folder.mkdir(parents=True)
    repositories.digits(repository)
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    venv = Path(sys.prefix)
    listed = git(repository, "ls-files", "-z").split("\0")
    texts = {path: (repository / path).read_text() for path in listed if path}
    return Project(
        name="examples/digits",
        place=running.Place(
            folder=repository,
            environment={**running.environment(venv), **single},
            stages=_digits_stages(),
            params="params.yaml",
            overrides={"train.epochs": "8"},  # as its tier `pr` has it, the only one with every stage
        ),
        tier="pr",
        configuration=repository / "seatrial.yaml",
        venv=venv,
        kinds=tuple(kind for kind in Kind if kind not in (Kind.PIN, Kind.DATA)),
        files=texts,
        install=lambda: None,
    )


def _digits_stages() -> tuple[Stage, ...]:
    """The stages of the example, cell by cell, as its `seatrial.yaml` has them."""
    always = ("pyproject.toml",)
    unit = Stage(
        name="unit",
        command="python -m pytest -q -p no:cacheprovider tests",
        entry=("tests/",),
        roots=("tests",),
        by_hand=("tests/", "src/digits/", *always),
    )
    data = Stage(
        name="data",
        command=(
            "python -m digits.data --train ${outs.train} --test ${outs.test} --test-rows ${params.data.test_rows}"
        ),
        entry=("src/digits/data.py",),
        outs={"train": "data/train.csv", "test": "data/test.csv"},
        by_hand=("src/digits/data.py", "params.yaml", *always),
    )
    trainings = [
        Stage(
            name=f"train-{seed}",
            command=(
                "python -m digits.train --data ${deps.data} --hidden-units ${params.train.hidden_units} "
                "--epochs ${params.train.epochs} --learning-rate ${params.train.learning_rate} "
                f"--seed {seed} --model ${{outs.model}} --metrics ${{outs.metrics}} --curve ${{outs.curve}}"
            ),
            entry=("src/digits/train.py",),
            deps={"data": "data.train"},
            outs={
                name: f"outputs/{seed}/{path}"
                for name, path in (("model", "model.npz"), ("metrics", "metrics.json"), ("curve", "loss.csv"))
            },
            cell_of="train",
            by_hand=("src/digits/train.py", "src/digits/network.py", "params.yaml", *always),
        )
        for seed in range(3)
    ]
    evaluate = Stage(
        name="evaluate",
        command="python -m digits.evaluate --model ${deps.model} --data ${deps.test} --out ${outs.predictions}",
        entry=("src/digits/evaluate.py",),
        deps={"model": "train-0.model", "test": "data.test"},
        outs={"predictions": "outputs/predictions.csv"},
        by_hand=("src/digits/evaluate.py", *always),
    )
    return (unit, data, *trainings, evaluate)


def git(folder: Path, *arguments: str) -> str:
    """Run git in a repository and give what it prints."""
    who = ("-c", "user.name=A. Benchmark", "-c", "user.email=benchmark@example.invalid", "-c", "gc.auto=0")
    command = ["git", "-C", str(folder), *who, *arguments]
    ended = subprocess.run(command, env=repositories.environment(), check=True, stdout=subprocess.PIPE, text=True)
    return ended.stdout.strip()
