"""What counts in a key, what a plan does with it, and how it says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial.digest import Json
from seatrial.pipeline.key import Change, action_key, changes, input_digest, without
from seatrial.pipeline.select import Action, choose, describe, describe_one
from seatrial.replacing import replace
from tests.support.project import Project, add_distribution, made, new_project, stage

CODE = "import helper\n\n\ndef later():\n    import torch\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One stage with one of everything."""
    project = new_project(
        tmp_path,
        {
            "train.py": CODE,
            "src/helper.py": "x = 1\n",
            "src/unused.py": "x = 1\n",
            "pyproject.toml": "",
            "data/a.csv": "a",
            "data/b.csv": "b",
            "README.md": "read me",
        },
    )
    project.set_params(train={"lr": 0.1, "deep": {"a": 1}}, other=1)
    declare(project)
    return project


def declare(project: Project, name: str = "train", **changed: object) -> None:
    given: dict[str, object] = {
        "cmd": "python train.py --lr ${params.train.lr} ${deps.data} ${outs.model}",
        "deps": {"data": "data/*.csv"},
        "outs": {"model": "out/${matrix.seed}"},
        "env": {"MODE": "fast"},
        "params": ("train.deep",),
        "matrix": {"seed": (0,)},
    }
    project.declare(stage(name, **(given | changed)))  # type: ignore[arg-type]  # fields of any type


def digest_of(project: Project) -> str:
    (planned,) = project.plan().cells
    return planned.input_digest


COUNTS: dict[str, Callable[[Project], object]] = {
    "the script": lambda p: p.write("train.py", CODE + "# more\n"),
    "an imported module": lambda p: p.write("src/helper.py", "x = 2\n"),
    "tool configuration": lambda p: p.write("pyproject.toml", "[tool]"),
    "a dep's bytes": lambda p: p.write("data/a.csv", "A"),
    "one more file in a glob": lambda p: p.write("data/c.csv", "c"),
    "one file less in a glob": lambda p: (p.root / "data/b.csv").unlink(),
    "a file renamed in a glob": lambda p: (p.root / "data/b.csv").rename(p.root / "data/z.csv"),
    "a used parameter": lambda p: p.set_params(train={"lr": 0.2, "deep": {"a": 1}}, other=1),
    "the type of a parameter": lambda p: p.set_params(train={"lr": "0.1", "deep": {"a": 1}}, other=1),
    "a leaf of a named subtree": lambda p: p.set_params(train={"lr": 0.1, "deep": {"a": 1, "b": 1}}, other=1),
    "the command": lambda p: declare(p, cmd="python train.py --lr ${params.train.lr} ${deps.data} ${outs.model} -v"),
    "the environment it declares": lambda p: declare(p, env={"MODE": "slow"}),
    "an out's path": lambda p: declare(p, outs={"model": "out/m/${matrix.seed}"}),
    "the matrix value": lambda p: declare(p, matrix={"seed": (1,)}),
    "a distribution it imports": lambda p: add_distribution(p.python, "torch", "2.0", imports=("torch",)),
    "the order of sources": lambda p: setattr(p, "policy", replace(p.policy, sources=(".", "src"))),
}
DOES_NOT: dict[str, Callable[[Project], object]] = {
    "a module nobody imports": lambda p: p.write("src/unused.py", "x = 2\n"),
    "a distribution nobody imports": lambda p: add_distribution(p.python, "scipy", "1.0", imports=("scipy",)),
    "a file nobody reads": lambda p: p.write("README.md", "changed"),
    "an unused parameter": lambda p: p.set_params(train={"lr": 0.1, "deep": {"a": 1}}, other=2),
    "the name": lambda p: declare(p, name="fit"),
    "the timeout": lambda p: declare(p, timeout=5.0),
    "the variables it is passed": lambda p: declare(p, pass_env=("HOME2",)),
    "a commit": lambda p: p.commit(),
    "an untracked file becoming tracked": lambda p: p.git("add", "-A"),
    "the time of a file": lambda p: (p.root / "train.py").touch(),
}


@pytest.mark.parametrize("what", COUNTS)
def test_it_counts(project: Project, what: str) -> None:
    """A change of it changes the input digest."""
    before = digest_of(project)
    COUNTS[what](project)

    assert digest_of(project) != before


@pytest.mark.parametrize("what", DOES_NOT)
def test_it_does_not_count(project: Project, what: str) -> None:
    """A change of it leaves the input digest as it is."""
    before = digest_of(project)
    DOES_NOT[what](project)

    assert digest_of(project) == before


def test_tiers_and_needs_do_not_count(project: Project) -> None:
    """They say when a stage runs, not what it makes."""
    plain = stage("b", "python train.py", deps=[])
    project.declare(stage("a", "true", deps=[]), plain)
    before = project.plan()["b"].input_digest
    project.declare(stage("a", "true", deps=[]), stage("b", "python train.py", deps=[], needs=("a",)))

    assert project.plan()["b"].input_digest == before


def test_a_named_dep_taken_by_the_command_counts_without_its_path(project: Project) -> None:
    """Moving it is no change; a dep that the command does not take counts with its path."""
    digests = {}
    for path in ("data/a.csv", "data/copy.csv"):
        project.write(path, "a")
        for cmd in ("cat ${deps.d}", "cat x"):
            project.declare(stage("s", cmd, deps={"d": path}))
            digests[path, cmd] = digest_of(project)

    assert digests["data/a.csv", "cat ${deps.d}"] == digests["data/copy.csv", "cat ${deps.d}"]
    assert digests["data/a.csv", "cat x"] != digests["data/copy.csv", "cat x"]


def test_one_change_gives_one_reason(project: Project) -> None:
    """The plan names the part, old and new, and nothing else."""
    declare(project, cmd="sh -c 'touch out/0' ${params.train.lr} train.py")
    project.run()
    project.set_params(train={"lr": 0.2, "deep": {"a": 1}}, other=5)
    (planned,) = project.plan().cells

    assert planned.changed == (Change(part="params.train.lr", old=0.1, new=0.2),)
    assert planned.reason == "params.train.lr 0.1 -> 0.2"


def test_the_two_digests_of_equal_parts_differ() -> None:
    """An input digest can never be mistaken for an action key."""
    parts = {"cmd": ["x"]}

    assert action_key(parts) != input_digest(parts)


def test_changes_tell_absent_from_null() -> None:
    """A parameter that became null is not one that went away."""
    assert changes({"params.a": None}, {}) == (Change(part="params.a", old=None, new=None),)
    assert changes({"params.a": None}, {"params.a": None}) == ()


def test_changes_come_in_the_order_people_look_for_them() -> None:
    """Command, parameters, code, deps; then the rest."""
    parts = ["zzz", "platform", "deps.a", "files.a", "params.b", "params.a", "cmd", "environment", "env.X"]
    told = [change.part for change in changes({}, dict.fromkeys(parts, 1))]

    assert told == ["cmd", "params.a", "params.b", "files.a", "deps.a", "env.X", "environment", "platform", "zzz"]


def test_parts_are_taken_out_with_all_below_them() -> None:
    """By whole names."""
    assert without({"deps.a": 1, "deps.a/x": 1, "deps.ab": 1}, "deps.a") == {"deps.ab": 1}


OWN: dict[str, Json] = {"cmd": ["x"], "params.a": 1}


@pytest.mark.parametrize(
    ("same", "last", "pending", "action", "reason"),
    [
        ("r1", None, (), Action.REUSE, "same inputs as run r1"),
        ("r1", {"cmd": ["y"]}, ("p",), Action.REUSE, "same inputs as run r1"),
        (None, None, ("p",), Action.RUN, "no earlier result"),
        (None, OWN | {"deps.d": 5}, ("p", "q"), Action.RUN_IF_CHANGED, "runs if p or q makes something new"),
        (None, OWN | {"params.a": 2}, ("p",), Action.RUN, "params.a 2 -> 1"),
        (None, OWN, (), Action.RUN, "its inputs were produced differently"),
    ],
)
def test_what_a_plan_does_follows_from_what_is_stored(
    same: str | None, last: dict[str, Json] | None, pending: tuple[str, ...], action: Action, reason: str
) -> None:
    """A result with these inputs first, then the cell's own changes, then its producers."""
    choice = choose(
        OWN,
        produced=frozenset({"deps.d"}),
        pending=pending,
        same_inputs_run=same,
        last=last,
        listings=lambda _name: None,
    )

    assert (choice.action, choice.reason) == (action, reason)


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (Change(part="files.src/a.py", old="b3:1", new="b3:2"), "src/a.py changed"),
        (Change(part="files.src/a.py", old=None, new="b3:2"), "src/a.py is new"),
        (Change(part="deps.d/x", old="b3:1", new=None), "deps.d/x is gone"),
        (Change(part="params.lr", old=0.1, new=None), "params.lr 0.1 -> (none)"),
        (Change(part="environment", old="b3:1", new="b3:2"), "environment changed"),
        (Change(part="environment.numpy", old="1.26 aa", new="2.0 bb"), "numpy 1.26 -> 2.0"),
        (Change(part="environment.numpy", old="1.26 aa", new="1.26 bb"), "numpy 1.26 aa -> 1.26 bb"),
        (Change(part="environment.numpy", old=None, new="2.0 bb"), "numpy is new"),
        (Change(part="environment.numpy", old="1.26 aa", new=None), "numpy is gone"),
        (Change(part="environment.Python", old="cpython 3.11", new="pypy 3.10"), "Python cpython 3.11 -> pypy 3.10"),
        (Change(part="outs.m", old="a", new="b"), "m a -> b"),
        (Change(part="taken.j", old=None, new={"path": "j.xml"}), "j.xml is newer than all inputs, and is taken"),
        (Change(part="taken.j", old={"path": "j.xml"}, new=None), "j.xml is gone, or older than an input"),
        (
            Change(part="taken.j", old={"path": "j.xml", "digest": "b3:1"}, new={"path": "j.xml"}),
            "j.xml was written anew",
        ),
    ],
)
def test_a_change_is_a_phrase(change: Change, phrase: str) -> None:
    """Files by their path, values by old and new."""
    assert describe_one(change) == phrase


def test_many_changes_are_cut_short() -> None:
    """Two are shown and the rest is counted."""
    many = tuple(Change(part=f"files.{name}", old="b3:1", new="b3:2") for name in "abcd")

    assert describe(many) == "a changed, b changed and 2 more"


def test_a_chain_of_plans_says_what_may_stop(project: Project) -> None:
    """The changed stage runs; what it feeds runs if it makes something new; the rest is reused."""
    project.declare(
        stage("one", "sh -c 'echo 1 > out/one'", deps=["README.md"], outs={"o": "out/one"}),
        stage("two", "cp ${deps.o} ${outs.p}", deps={"o": made("one", "o")}, outs={"p": "out/two"}),
        stage("three", "cp ${deps.o} ${outs.p}", deps={"o": made("two", "p")}, outs={"p": "out/three"}),
        stage("beside", "touch out/beside", deps=[], outs=["out/beside"]),
    )
    project.run()
    project.write("README.md", "changed")
    plan = project.plan()
    ran = project.run()

    assert {cell.cell.name: cell.action.value for cell in plan.cells} == {
        "one": "run",
        "two": "run_if_changed",
        "three": "run_if_changed",
        "beside": "reuse",
    }
    assert ran.did == {"one": "ran", "two": "reused", "three": "reused", "beside": "reused"}
    assert {cell.action.value for cell in project.plan().cells} == {"reuse"}
