"""The import closure against Python itself: whatever a program loads of its tree is in the closure."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import indent

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.change.closure import closure
from seatrial.change.facts import LinkFacts
from seatrial.change.graph import Graph
from tests.support.facts_of import links_of

MODULES = ("pkg", "pkg.a", "pkg.b", "pkg.sub", "pkg.sub.c", "pkg.sub.d", "flat", "space.e")
FILES = {
    "pkg": "src/pkg/__init__.py",
    "pkg.a": "src/pkg/a.py",
    "pkg.b": "src/pkg/b.py",
    "pkg.sub": "src/pkg/sub/__init__.py",
    "pkg.sub.c": "src/pkg/sub/c.py",
    "pkg.sub.d": "src/pkg/sub/d.py",
    "flat": "flat.py",
    "space.e": "src/space/e.py",
}
LISTING = """
import json, os, sys
root = os.path.realpath(sys.argv[1])
loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
print(json.dumps([os.path.relpath(os.path.realpath(file), root) for file in loaded if file and file.startswith(root)]))
"""


@st.composite
def otherwise(draw: st.DrawFn, line: str, target: str) -> str:
    """The same import, or the same module loaded in another way: late, under a condition, by a text."""
    parent, _, name = target.rpartition(".")
    forms = [
        line,
        f"if len('a'):\n    {line}\nelse:\n    import json",
        f"if __name__ == '__main__':\n    {line}",
        f"import importlib\nimportlib.import_module('{target}')",
        f"from importlib import import_module as load\n{{'a': load}}['a']; load('{target}')",
        f"__import__('{target}')",
        f"class K:\n    import {target} as it",
    ]
    if "*" not in line:
        forms.append(f"def late():\n    {line}\nlate()")
        forms.append(f"late = lambda: __import__('{target}')\nlate()")
    if parent:
        forms.append(f"import importlib\nfor part in ['{name}']:\n    importlib.import_module(f'{parent}.{{part}}')")
        forms.append(f"import importlib\npart = ''.join('{name}')\nimportlib.import_module('{parent}.' + part)")
    return draw(st.sampled_from(forms))


@st.composite
def imports(draw: st.DrawFn, module: str) -> str:
    """Some imports as they could stand in `module`, guarded, so that circles do not end the program."""
    lines = []
    for target in draw(st.lists(st.sampled_from(MODULES), max_size=3)):
        parent, _, name = target.rpartition(".")
        forms = [f"import {target}", f"from {target} import *"]
        if parent:
            forms.append(f"from {parent} import {name}")
        if parent == "pkg" and module.startswith("pkg.sub."):
            forms.append(f"from .. import {name}")
        if parent == "pkg.sub" and module.startswith("pkg.sub."):
            forms.append(f"from .{name} import x")
        lines.append(draw(otherwise(draw(st.sampled_from(forms)), target)))
    body = [f"try:\n{indent(line, '    ')}\nexcept (ImportError, AttributeError):\n    pass" for line in lines]
    return "x = 1\n" + "\n".join(body) + "\n"


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    """A small tree with a script at its root."""
    files = {FILES[module]: draw(imports(module)) for module in MODULES}
    files["src/pkg/sub/__init__.py"] += draw(st.sampled_from(["", "__all__ = ['d']\n"]))
    return files | {"run.py": draw(imports("run")) + LISTING}


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(trees())
def test_whatever_python_loads_is_in_the_closure(files: dict[str, str]) -> None:
    """The closure may hold more (branches not taken), never less."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        done = subprocess.run(
            [sys.executable, "-S", "-B", "run.py", folder],
            cwd=folder,
            env={"PYTHONPATH": f"{folder}/src"},
            capture_output=True,
            text=True,
            check=False,
        )
    reached = closure(["run.py"], Graph(frozenset(files), ("src",), lambda path: links_of(path, files[path].encode())))
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))

    assert "run.py" in loaded
    assert loaded <= set(reached.files)
    assert reached.unknown == ()


@given(trees(), st.data())
def test_a_larger_tree_never_has_a_smaller_closure(files: dict[str, str], data: st.DataObject) -> None:
    """Adding files can only add what may be loaded."""
    some = data.draw(st.sets(st.sampled_from(sorted(files)))) | {"run.py"}

    def facts(path: str) -> LinkFacts:
        return links_of(path, files[path].encode())

    small = closure(["run.py"], Graph(frozenset(some), ("src",), facts))
    large = closure(["run.py"], Graph(frozenset(files), ("src",), facts))

    assert set(small.files) <= set(large.files)


@given(trees())
def test_every_evidence_leads_back_to_a_root(files: dict[str, str]) -> None:
    """Following the links ends, at the root."""
    reached = closure(["run.py"], Graph(frozenset(files), ("src",), lambda path: links_of(path, files[path].encode())))
    for start in reached.files:
        path: str | None = start
        steps = 0
        while path is not None and reached.files[path].kind != "root":
            path = reached.files[path].path
            steps += 1
            assert steps <= len(reached.files)
