"""A whole generated tree: a machine-learning repository in one folder, and its stages.

Called by the campaign, by `speed` and by tests. Equal shapes and seeds give equal bytes. A tree has packages
that use each other, registries by decorator and by table, configurations with `_target_:`, projects in a
namespace package, scripts with siblings, tests below a hub conftest, notebooks, shell scripts, data and a lock.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.change import house_files, other_files, packages
from benchmarks.change.growing import Growing
from benchmarks.change.modules import Use, Way, render
from benchmarks.change.shapes import Shape
from benchmarks.change.stage_list import Chosen, stage_list
from benchmarks.change.stages import Stage
from benchmarks.change.words import FAMILIES, PROJECTS, class_name, function_name

TESTED = ("layers", "models", "core", "data", "losses", "trainers", "evals", "serving")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Every file of a repository by path, and its stages."""

    files: Mapping[str, str]
    stages: tuple[Stage, ...]


def grow(shape: Shape, seed: int) -> Tree:
    """The tree of a shape."""
    return _Grower(shape, random.Random(seed)).tree()


class _Grower:
    def __init__(self, shape: Shape, chance: random.Random) -> None:
        self._shape = shape
        self._chance = chance
        self._growing = Growing(shape, chance)
        self._files: dict[str, str] = {}
        self._families = FAMILIES[: shape.families]
        self._projects = PROJECTS[: shape.projects]

    def tree(self) -> Tree:
        """Make everything, the projects last: they fill the tree up to its number of Python files."""
        self._house()
        self._tools()
        self._registries()
        chosen = self._configurations()
        self._tests()
        self._other_files()
        self._own_projects()
        return Tree(files=dict(sorted(self._files.items())), stages=stage_list(self._shape, chosen))

    def _house(self) -> None:
        make, count = self._growing.package, self._shape.files_of
        make("mono.core", count("core") - 1, (), outside=("tinymath.mix",), exports=0.3)
        make("mono.data", count("data") - 2, ("mono.core",), outside=("tinytok.tokens",), exports=0.2)
        make("mono.layers", count("layers") - 1, ("mono.core",), exports=0.3)
        under = ("mono.core", "mono.layers")
        register = "mono.losses.registry.register_loss"
        make("mono.losses", count("losses") - 2, under, decorator=register, exports=1.0)
        beneath = ("mono.layers", "mono.layers", "mono.layers", "mono.core")
        register, base = "mono.models.registry.register", "mono.models.registry.Model"
        make("mono.models", count("models") - 3, beneath, base=base, decorator=register, outside=("tinyaudio.wave",))
        below = ("mono.core", "mono.data", "mono.layers")
        make("mono.trainers", count("trainers") - 2, below, base="mono.trainers.loop.Trainer")
        make("mono.evals", count("evals") - 1, ("mono.core", "mono.data"))
        make("mono.serving", count("serving") - 2, ("mono.core", "mono.layers", "mono.models"))
        make("mono.plugins", count("plugins") - 1, ("mono.core", "mono.data"))
        for name, module in self._growing.modules.items():
            self._files[f"src/{name.replace('.', '/')}.py"] = render(module, self._chance)
        for package in self._growing.packages:
            names = [name.rpartition(".")[2] for name in self._growing.exported[package]]
            lines = [f'"""{package}: see its modules."""', ""]
            lines += [f"from .{name} import {function_name(name)}" for name in names]
            exports = f"__all__ = {[function_name(name) for name in names]}"
            self._files[f"src/{package.replace('.', '/')}/__init__.py"] = "\n".join([*lines, "", exports, ""])

    def _registries(self) -> None:
        stem = {name: name.rpartition(".")[2] for name in self._growing.modules}
        models = [stem[name] for name in self._growing.packages["mono.models"]]
        rows = [f'    "{name.replace("_", "-")}": ("{name}", "{class_name(name)}"),' for name in models]
        serving = [stem[name] for name in self._growing.packages["mono.serving"]]
        homes = [f'    "{function_name(name)}": "{name}",' for name in serving]
        losses = self._files["src/mono/losses/__init__.py"]
        metric = self._growing.popular("mono.evals")
        self._files |= {
            "src/mono/__init__.py": '"""The house."""\n\n__version__ = "1.4.0"\n',
            "src/mono/rows.py": house_files.ROWS,
            "src/mono/train.py": house_files.TRAIN,
            "src/mono/evaluate.py": house_files.EVALUATE.format(
                metric_module=metric, metric=function_name(stem[metric])
            ),
            "src/mono/report.py": other_files.REPORT,
            "src/mono/plugin_host.py": house_files.PLUGIN_HOST,
            "src/mono/data/prepare.py": house_files.PREPARE,
            "src/mono/losses/registry.py": house_files.LOSS_REGISTRY,
            "src/mono/losses/__init__.py": losses.replace("\n\n", "\n\nfrom .registry import get_loss\n", 1),
            "src/mono/models/registry.py": house_files.MODEL_REGISTRY,
            "src/mono/models/catalog.py": house_files.CATALOG.format(rows="\n".join(rows)),
            "src/mono/trainers/loop.py": house_files.TRAINER,
            "src/mono/serving/__init__.py": house_files.SERVING_INIT.format(rows="\n".join(homes)),
            "src/mono/serving/smoke.py": house_files.SERVING_SMOKE.format(names=tuple(map(function_name, serving[:3]))),
            "scripts/report.sh": other_files.REPORT_SHELL,
            "scripts/settings.sh": other_files.SETTINGS_SHELL,
        }

    def _tools(self) -> None:
        made = self._growing.package("tools", self._shape.files_of("tools") - 4, ("mono.core", "mono.data"))
        for name in made:
            module = self._growing.modules[name]
            # A script finds its siblings in its own folder, by their bare names.
            text = render(module, self._chance).replace("from tools.", "from ").replace("import tools.", "import ")
            text = text.replace("from tools import", "from mono.core import").replace("from .", "from ")
            self._files[f"{name.replace('.', '/')}.py"] = text.replace("tools.", "")
        uses = [self._growing.popular("tools") for _ in range(2)]
        names = sorted({name.rpartition(".")[2] for name in uses})
        imports = "\n".join(["", *(f"from {name} import {function_name(name)}" for name in names)])
        calls = "\n".join(f"    value += {function_name(name)}(value)" for name in names)
        self._files |= {
            "tools/check_style.py": other_files.CHECK_STYLE,
            "tools/line_rules.py": other_files.LINE_RULES,
            "tools/run_notebook.py": other_files.RUN_NOTEBOOK,
            "tools/export_tables.py": other_files.EXPORT_TABLES.format(imports=imports, calls=calls),
        }

    def _configurations(self) -> Chosen:
        growing, chance = self._growing, self._chance
        trained = chance.sample(growing.packages["mono.models"], len(self._families))
        models = {family: model.rpartition(".")[2] for family, model in zip(self._families, trained, strict=True)}
        modules: dict[str, tuple[str, ...]] = {}
        for number in range(self._shape.python_files // 20):
            family = self._families[number] if number < len(self._families) else f"sweep-{number}"
            model = models.get(family) or growing.popular("mono.models").rpartition(".")[2]
            trainer, loss = growing.popular("mono.trainers"), growing.popular("mono.losses").rpartition(".")[2]
            modules[family] = (f"mono.models.{model}", trainer)
            self._files[f"configs/train/{family}.yaml"] = "\n".join([
                f"# Training of {family}.",
                "model:",
                f"  _target_: mono.models.{model}.{class_name(model)}",
                f"  width: {chance.randint(2, 60)}",
                "trainer:",
                f"  _target_: {trainer}.{class_name(trainer.rpartition('.')[2])}",
                f"  width: {chance.randint(2, 60)}",
                f"loss: {loss}",
                f"steps: {chance.randint(2, 4)}",
                "",
            ])  # fmt: skip
        for family in self._families:
            transform = growing.popular("mono.data")
            kind = class_name(transform.rpartition(".")[2])
            self._files[f"configs/data/{family}.yaml"] = (
                f"raw: data/raw/{family}.csv\ntransform:\n  _target_: {transform}.{kind}\n  width: 4\nrows: 24\n"
            )
            rows = [",".join(str(chance.randint(0, 999)) for _ in range(4)) for _ in range(24)]
            self._files[f"data/raw/{family}.csv"] = "\n".join(["a,b,c,d", *rows, ""])
            self._notebook(family)
        return Chosen(models=models, modules=modules, projects=tuple(self._projects))

    def _notebook(self, family: str) -> None:
        name = self._growing.popular("mono.data")
        stem = name.rpartition(".")[2]
        cells = [
            ("markdown", [f"# A look at {family}\n"]),
            ("code", ["from mono.rows import read_rows\n", f"from {name} import {function_name(stem)}\n"]),
            (
                "code",
                [
                    f"rows = read_rows('data/raw/{family}.csv')\n",
                    f"result = [{function_name(stem)}(row) for row in rows]\n",
                ],
            ),
        ]
        listed = [{"cell_type": kind, "metadata": {}, "source": source} for kind, source in cells]
        document = {"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self._files[f"notebooks/{family}.ipynb"] = json.dumps(document, indent=1) + "\n"

    def _tests(self) -> None:
        conftest = [self._growing.popular(f"mono.{package}") for package in TESTED for _ in range(2)]
        uses = sorted(set(conftest))
        imports = "\n".join(
            ["from mono.models.catalog import load", *(Use(module=name, way=Way.NAMES).line for name in uses)]
        )
        calls = "\n".join(f"    value += {function_name(name.rpartition('.')[2])}(value) % 7" for name in uses[::4])
        some = self._growing.packages["mono.models"][0].rpartition(".")[2].replace("_", "-")
        calls += f'\n    value += load("{some}")().width'
        self._files["tests/conftest.py"] = other_files.CONFTEST.format(imports=imports, calls=calls)
        count = self._shape.files_of("tests") - 1
        for number in range(count):
            package = TESTED[number % len(TESTED)]
            names = self._growing.packages[f"mono.{package}"]
            name = names[number // len(TESTED) % len(names)]
            part = number // len(TESTED) // len(names)
            self._files[f"tests/{package}/test_{name.rpartition('.')[2]}{part or ''}.py"] = self._test(name)

    def _test(self, name: str) -> str:
        stem, chance = name.rpartition(".")[2], self._chance
        function = function_name(stem)
        lines = [f'"""{stem.replace("_", " ").capitalize()}."""', "", "import pytest", ""]
        lines += [f"from {name} import {class_name(stem)}, {function}", "", ""]
        wanted, length = self._growing.size() // 2, 0
        for number in range(2000):
            value, width = chance.randint(1, 99), chance.randint(1, 9)
            lines += [
                f"@pytest.mark.parametrize('value', [{value}, {value + 7}])",
                f"def test_{stem}_{number}(record, sample, value):",
                f'    """It is the same each time, also with a width of {width}."""',
                f"    first = {function}(value + sample, width={width})",
                "    record(first)",
                f"    assert first == {function}(value + sample, width={width})",
                f"    assert {class_name(stem)}({width}).forward(value) < 10_000_000",
                "",
                "",
            ]
            length += 400
            if length > wanted:
                break
        return "\n".join(lines)

    def _other_files(self) -> None:
        points = [name.rpartition(".")[2] for name in self._growing.packages["mono.plugins"][:3]]
        registered = [f'{stem} = "mono.plugins.{stem}:{function_name(stem)}"' for stem in points]
        values = [self._chance.randint(1, 99) for _ in range(12)]
        self._files |= {
            "pyproject.toml": "\n".join([
                "[project]", 'name = "mono"', 'version = "1.4.0"', "",
                '[project.entry-points."mono.plugins"]', *registered, "",
            ]),
            "requirements.txt": packages.lock(),
            "requirements.in": "\n".join([*sorted(packages.PACKAGES), ""]),
            "data/labels.json": json.dumps({"values": values}) + "\n",
            "README.md": "# Mono\n\nA generated tree.\n",
            ".gitignore": "__pycache__/\n/out/\n/.seatrial/\n.pytest_cache/\n",
        }  # fmt: skip

    def _own_projects(self) -> None:
        missing = self._shape.python_files - sum(path.endswith(".py") for path in self._files)
        below = ("mono.core", "mono.data", "mono.layers", "mono.trainers")
        for number, project in enumerate(self._projects):
            package = f"mono.projects.{project}"
            share = missing // len(self._projects) + (number < missing % len(self._projects))
            made = self._growing.package(package, share - 2, below, outside=("tinymath.mix",))
            for name in made:
                text = render(self._growing.modules[name], self._chance)
                self._files[f"src/{name.replace('.', '/')}.py"] = text
            self._project(project, package)

    def _project(self, project: str, package: str) -> None:
        chance = self._chance
        used = sorted({self._growing.popular(package) for _ in range(12)})
        functions = [function_name(name.rpartition(".")[2]) for name in used]
        imports = "\n".join(f"from {name} import {one}" for name, one in zip(used, functions, strict=True))
        calls = "\n".join(f"        state = (state + {one}(state)) % 1_000_003" for one in functions)
        folder = f"src/{package.replace('.', '/')}"
        values = [chance.randint(1, 999) for _ in range(20)]
        self._files |= {
            f"{folder}/__init__.py": f'"""Project {project}."""\n',
            f"{folder}/train.py": other_files.PROJECT_TRAIN.format(project=project, imports=imports, calls=calls),
            f"configs/projects/{project}.yaml": f"rate: {chance.randint(2, 9)}\nsteps: {chance.randint(2, 5)}\n",
            f"data/projects/{project}.json": json.dumps({"values": values}) + "\n",
        }
