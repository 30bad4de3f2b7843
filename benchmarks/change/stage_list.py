"""The stages of a generated tree: cheap ones, and dear ones that ask for a GPU.

Each says also what a careful person would list for it by hand, as path prefixes in a CI file: the files its
command names, the package of the module it starts, the packages of the classes its configuration names, and the
lock. Nobody lists what those import in turn; that is what such lists are known to miss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.change.shapes import Shape
from benchmarks.change.stages import Stage

ALWAYS = ("requirements.txt", "pyproject.toml")
PARTS = ("layers", "models", "core", "data", "losses", "trainers", "evals", "serving")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the generator drew for the stages: the model of each family, and the modules its training names."""

    models: Mapping[str, str]
    modules: Mapping[str, tuple[str, ...]]
    projects: tuple[str, ...]


def stage_list(shape: Shape, chosen: Chosen) -> tuple[Stage, ...]:
    """Every stage, producers before what reads their outs."""
    families = list(chosen.models)
    stages = [_unit(package) for package in PARTS[: shape.tests_apart]]
    stages += [*_checks(), *(_prepare(family) for family in families)]
    stages += [_train(family, chosen) for family in families]
    stages += [_evaluate(family, chosen) for family in families[: len(families) // 2]]
    stages += [_project(project) for project in chosen.projects]
    stages += [_simple("plugins", "python -m mono.plugin_host --out", "src/mono/plugin_host.py", "src/mono/plugins/")]
    smoke = _simple("serve", "python -m mono.serving.smoke --out", "src/mono/serving/smoke.py", "src/mono/serving/")
    tables = "tools/export_tables.py"
    return (*stages, smoke, _simple("tables", f"python {tables}", tables, tables), _notebook(families[0]), _report())


def _unit(package: str) -> Stage:
    return Stage(
        name=f"unit-{package}",
        command=f"python -m pytest -q -p no:cacheprovider --assert=plain tests/{package} --results ${{outs.results}}",
        entry=(f"tests/{package}/", "tests/conftest.py"),
        outs={"results": f"out/unit-{package}.json"},
        roots=(f"tests/{package}",),
        by_hand=(f"tests/{package}/", "tests/conftest.py", f"src/mono/{package}/", *ALWAYS),
    )


def _checks() -> list[Stage]:
    style = "tools/check_style.py"
    return [
        Stage(
            name="lint",
            command=f"python {style} ${{outs.found}} *.py src tools",
            entry=(style,),
            watches=("src/**/*.py", "tools/**/*.py"),
            outs={"found": "out/lint.json"},
            by_hand=("src/", "tools/", *ALWAYS),
        ),
        Stage(
            name="lint-configs",
            command=f"python {style} ${{outs.found}} *.yaml configs",
            entry=(style,),
            watches=("configs/**/*.yaml",),
            outs={"found": "out/lint-configs.json"},
            by_hand=("configs/", style, *ALWAYS),
        ),
    ]


def _prepare(family: str) -> Stage:
    config = f"configs/data/{family}.yaml"
    return Stage(
        name=f"prepare-{family}",
        command=f"python -m mono.data.prepare --config {config} --out ${{outs.rows}}",
        entry=("src/mono/data/prepare.py", config),
        outs={"rows": f"out/prepared/{family}.csv"},
        by_hand=("src/mono/data/", config, f"data/raw/{family}.csv", *ALWAYS),
    )


def _train(family: str, chosen: Chosen) -> Stage:
    config = f"configs/train/{family}.yaml"
    named = tuple(sorted({f"src/{module.rpartition('.')[0].replace('.', '/')}/" for module in chosen.modules[family]}))
    return Stage(
        name=f"train-{family}",
        command=f"python -m mono.train --config {config} --data ${{deps.rows}} --out ${{outs.model}}",
        entry=("src/mono/train.py", config),
        deps={"rows": f"prepare-{family}.rows"},
        outs={"model": f"out/models/{family}.json"},
        dear=True,
        by_hand=("src/mono/train.py", "src/mono/losses/", *named, config, *ALWAYS),
    )


def _evaluate(family: str, chosen: Chosen) -> Stage:
    model = chosen.models[family].replace("_", "-")
    return Stage(
        name=f"evaluate-{family}",
        command=(
            f"python -m mono.evaluate --model-name {model} --trained ${{deps.model}} --data ${{deps.rows}} "
            "--out ${outs.scores}"
        ),
        entry=("src/mono/evaluate.py",),
        deps={"model": f"train-{family}.model", "rows": f"prepare-{family}.rows"},
        outs={"scores": f"out/scores/{family}.json"},
        dear=True,
        by_hand=("src/mono/evaluate.py", "src/mono/evals/", "src/mono/models/", *ALWAYS),
    )


def _project(project: str) -> Stage:
    folder = f"src/mono/projects/{project}/"
    return Stage(
        name=f"project-{project}",
        command=f"python -m mono.projects.{project}.train --out ${{outs.state}}",
        entry=(f"{folder}train.py",),
        outs={"state": f"out/projects/{project}.json"},
        dear=True,
        by_hand=(folder, f"configs/projects/{project}.yaml", f"data/projects/{project}.json", *ALWAYS),
    )


def _simple(name: str, command: str, entry: str, by_hand: str) -> Stage:
    return Stage(
        name=name,
        command=f"{command} ${{outs.result}}",
        entry=(entry,),
        outs={"result": f"out/{name}.json"},
        by_hand=(entry, by_hand, *ALWAYS),
    )


def _notebook(family: str) -> Stage:
    notebook = f"notebooks/{family}.ipynb"
    return Stage(
        name=f"notebook-{family}",
        command=f"python tools/run_notebook.py {notebook} ${{outs.result}}",
        entry=("tools/run_notebook.py", notebook),
        outs={"result": f"out/notebook-{family}.json"},
        by_hand=("tools/run_notebook.py", notebook, f"data/raw/{family}.csv", *ALWAYS),
    )


def _report() -> Stage:
    projects = ("aurora", "basalt")
    return Stage(
        name="report",
        command="bash scripts/report.sh ${deps.aurora} ${deps.basalt} ${outs.report}",
        entry=("scripts/report.sh", "src/mono/report.py"),
        deps={project: f"project-{project}.state" for project in projects},
        outs={"report": "out/report.json"},
        by_hand=("scripts/", "src/mono/report.py", *ALWAYS),
    )
