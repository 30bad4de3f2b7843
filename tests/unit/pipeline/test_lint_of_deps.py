"""Declared globs, deps and roots that are dead, redundant or missing."""

from __future__ import annotations

import pytest

from seatrial.errors import Place
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.lint_deps import Fault, Finding, Looked, LookedDep, Opened, dead_globs, lint_stages
from seatrial.pipeline.words import taken
from seatrial.replacing import replace
from tests.support.looking import cells_of, closure_of
from tests.support.project import stage

FILES = {
    "src/pkg/__init__.py": "",
    "src/pkg/train.py": "from pkg import rows\nopen('data/labels.json')\nopen('data/cache.bin')\n",
    "src/pkg/rows.py": "",
    "src/pkg/other.py": "",
    "data/a.csv": "",
    "data/labels.json": "{}",
}
PATHS = frozenset(FILES)
AT = Place(file="seatrial.yaml", line=7)


def dep(cell: Cell, path: str, *files: str, there: bool | None = True, line: int = 9) -> LookedDep:
    named = taken(cell.spec, "deps")
    name = next((one.name for one in cell.deps or () if one.path == path), path)
    return LookedDep(
        name=name,
        path=path,
        is_glob="*" in path,
        taken=name in named,
        files=files,
        there=there,
        place=Place(file="seatrial.yaml", line=line),
    )


def looked(cmd: str = "python -m pkg.train", *deps: str, **more: object) -> Looked:
    """One cell with deps; each means the files of the tree that it is, holds or matches."""
    (cell,) = cells_of(stage("train", cmd, deps=deps)).values()
    return looked_at(cell, **more)


def looked_at(cell: Cell, **more: object) -> Looked:
    found = []
    for one in cell.deps or ():
        assert one.path is not None
        start = one.path.partition("*")[0]
        files = sorted(path for path in PATHS if path.startswith(start))
        found.append(dep(cell, one.path, *files, there=bool(files)))
    made = Looked(cell=cell, closure=closure_of(cell, FILES), place=AT, deps=tuple(found))
    return replace(made, **more)  # type: ignore[arg-type]  # fields of any type


def said(*cells: Looked) -> list[tuple[str, str]]:
    return [(one.fault.value, one.subject) for one in lint_stages(cells, PATHS)]


def one(*cells: Looked) -> Finding:
    (found,) = lint_stages(cells, PATHS)
    return found


def test_nothing_is_found_where_all_is_in_use() -> None:
    """A dep of data that nothing imports is neither dead nor redundant."""
    assert said(looked("python -m pkg.train", "data/a.csv")) == []


def test_a_glob_that_matches_nothing_is_dead() -> None:
    """It is told at its own line, with what to do."""
    found = one(looked("python -m pkg.train", "data/*.csv", "nowhere/*.csv"))

    assert (found.fault, found.subject, found.place.line) == (Fault.DEAD, "nowhere/*.csv", 9)
    assert found.message == "the glob nowhere/*.csv of stage train matches nothing"
    assert found.next_step == "correct it; ignored files and outs are not matched, or remove it"


@pytest.mark.parametrize(("there", "found"), [(False, [("dead", "gone.csv")]), (None, []), (True, [])])
def test_a_literal_dep_is_dead_only_where_it_is_known_not_to_exist(
    there: bool | None, found: list[tuple[str, str]]
) -> None:
    """Of a commit nobody can say that an ignored file is not there."""
    cell = looked("python -m pkg.train", "gone.csv")

    assert said(replace(cell, deps=(dep(cell.cell, "gone.csv", there=there),))) == found


def test_a_root_that_does_not_exist_is_dead() -> None:
    """At the line of the entry where that is known."""
    cell = looked(missing_roots=("tests",))
    spec = replace(cell.cell.spec, lines={"roots.tests": 12})

    assert one(cell).place.line == AT.line
    assert one(replace(cell, cell=replace(cell.cell, spec=spec))).place.line == 12


def test_a_dep_that_imports_find_is_redundant() -> None:
    """It is said what finds it."""
    found = one(looked("python -m pkg.train", "src/pkg/rows.py", "data/a.csv"))

    assert (found.fault, found.subject) == (Fault.REDUNDANT, "src/pkg/rows.py")
    assert found.message.endswith("adds nothing: it is found already (import at src/pkg/train.py:1)")
    assert found.next_step == "remove it"


def test_the_last_deps_are_not_simply_removed() -> None:
    """A stage without `deps:` and without code of its own would depend on the whole tree."""
    assert one(looked("python -m pkg.train", "src/pkg/rows.py")).next_step == "write `deps: []`"


def test_a_glob_with_one_file_that_is_not_loaded_is_not_redundant() -> None:
    """Without it that file would no longer count."""
    assert said(looked("python -m pkg.train", "src/pkg/*.py")) == []


def test_a_dep_that_the_command_takes_is_not_redundant() -> None:
    """`${deps.rows}` needs it, whatever imports say."""
    (cell,) = cells_of(stage("train", "python -m pkg.train ${deps.rows}", deps={"rows": "src/pkg/rows.py"})).values()

    assert said(looked_at(cell)) == []


def test_a_dep_is_redundant_only_if_it_is_in_all_cells_of_a_matrix() -> None:
    """Each cell has its own code."""
    cells = cells_of(
        stage("train", "python -m pkg.${matrix.of}", deps=["src/pkg/rows.py"], matrix={"of": ("train", "other")})
    )
    train = looked_at(cells["train[of=train]"], closure=looked().closure)
    other = looked_at(cells["train[of=other]"], closure=looked("python -m pkg.other").closure)

    assert said(train, train) == [("redundant", "src/pkg/rows.py")]
    assert said(train, other) == []


def test_what_only_a_script_that_may_read_anything_leads_to_is_not_redundant() -> None:
    """Once the script is mended, nothing leads there any more."""
    files = {**FILES, "run.sh": "for f in $1; do . $f; done\n"}
    (cell,) = cells_of(stage("train", "bash run.sh", deps=["data/a.csv"])).values()
    closure = closure_of(cell, files)

    assert "data/a.csv" in closure.files
    assert said(looked_at(cell, closure=closure)) == []


def test_an_opened_literal_that_git_ignores_is_missing_until_it_is_declared() -> None:
    """It lies on this machine by luck."""
    cell = looked("python -m pkg.train", "data/a.csv")
    closure = closure_of(cell.cell, FILES, {"data/cache.bin": ""})
    declared = replace(cell, closure=closure, deps=(dep(cell.cell, "data"),))
    found = one(replace(cell, closure=closure))

    assert (found.fault, found.subject, found.place) == (Fault.MISSING, "data/cache.bin", AT)
    assert "src/pkg/train.py:3 opens data/cache.bin for stage train" in found.message
    assert said(declared) == []


def test_an_out_of_another_stage_that_is_opened_without_a_dep_is_missing() -> None:
    """It is said once, and which dep to add."""
    opened = Opened(by="src/pkg/train.py", line=3, path="out/rows.txt", maker="data", out="rows")
    found = one(looked(opened=(opened, opened)))

    assert (found.fault, found.subject) == (Fault.MISSING, "out/rows.txt")
    assert found.next_step == "add data.rows to `deps:`"


def test_what_the_last_run_read_and_nothing_leads_to_is_missing() -> None:
    """What is loaded or declared is not."""
    cell = looked("python -m pkg.train", "data/a.csv")
    reads = frozenset({"data/a.csv", "src/pkg/rows.py", "conf/x.ini", "conf/y.ini"})
    found = one(replace(cell, reads=reads))

    assert (found.fault, found.subject) == (Fault.MISSING, "conf/x.ini")
    assert "conf/x.ini, conf/y.ini" in found.message


def test_globs_outside_of_stages_are_dead_where_they_match_nothing() -> None:
    """Those of `selection.irrelevant`, for one."""
    found = dead_globs({"data/**": AT, "docs/**": AT}, PATHS, "selection.irrelevant")

    assert [(one.owner, one.subject) for one in found] == [("selection.irrelevant", "docs/**")]


def test_findings_come_in_the_order_of_the_file() -> None:
    """As a compiler would tell them."""
    cell = looked("python -m pkg.train", "data/a.csv", missing_roots=("tests",))
    dead = dep(cell.cell, "x/*.csv", line=3)

    assert [one.place.line for one in lint_stages([replace(cell, deps=(dead,))], PATHS)] == [3, 7]
