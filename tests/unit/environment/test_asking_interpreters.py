"""Which interpreter stages run in, and what is installed in it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.environment import interpreter
from seatrial.environment.interpreter import describe, find_python
from seatrial.environment.records import Environment
from seatrial.errors import ConfigError, OutsideError
from seatrial.store.stat_cache import StatCache
from tests.support.project import add_distribution, bare_python


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A bare interpreter."""
    return bare_python(tmp_path / "bare")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[StatCache]:
    cache = StatCache(tmp_path / "facts.db")
    yield cache
    cache.close()


def test_the_declared_interpreter_comes_first(tmp_path: Path, python: Path) -> None:
    """Seen from the main work tree; then the active environment, then PATH."""
    active = bare_python(tmp_path / "active")
    on_path = tmp_path / "bin" / "python3"
    on_path.parent.mkdir()
    on_path.symlink_to(python)
    environ = {"VIRTUAL_ENV": str(active.parent.parent), "PATH": str(on_path.parent)}
    on_path.chmod(0o755)

    assert find_python("bare/venv/bin/python", tmp_path, environ) == python
    assert find_python(str(python), Path("/elsewhere"), environ) == python
    assert find_python("python3", tmp_path, environ) == on_path
    assert find_python(None, tmp_path, environ) == active
    assert find_python(None, tmp_path, environ | {"VIRTUAL_ENV": str(tmp_path)}) == on_path


@pytest.mark.parametrize("declared", [None, "none/bin/python", "python9"])
def test_no_interpreter_is_a_mistake_of_configuration(tmp_path: Path, declared: str | None) -> None:
    """With what to type next."""
    with pytest.raises(ConfigError) as caught:
        find_python(declared, tmp_path, {"PATH": str(tmp_path)})

    assert caught.value.next_step


def test_it_is_asked_without_any_dependency_of_ours(python: Path, memory: StatCache) -> None:
    """The bare interpreter has nothing installed and can be asked."""
    answer = describe(python, os.environ, memory)

    assert answer.distributions == {}
    assert answer.executable == str(python)
    assert answer.platform_class.count("-") == 2


def test_a_distribution_changes_the_identity_by_name_version_and_build(python: Path, memory: StatCache) -> None:
    """Installed, upgraded, rebuilt, removed: each is another environment, and removing brings the first back."""
    identities = [describe(python, os.environ, memory).identity()]
    for version, tag in (("1.0", "py3-none-any"), ("1.0", "cp311-linux"), ("2.0", "cp311-linux")):
        info = add_distribution(str(python), "Torch_Vision", version, tag=tag)
        answer = describe(python, os.environ, memory)
        identities.append(answer.identity())
        for path in info.iterdir():
            path.unlink()
        info.rmdir()
    last = describe(python, os.environ, memory).identity()

    assert len(set(identities)) == 4
    assert [*answer.distributions] == ["torch-vision"]
    assert answer.distributions["torch-vision"].startswith("2.0 ")
    assert last == identities[0]


def test_it_is_asked_once_until_a_folder_of_it_changes(tmp_path: Path, python: Path, memory: StatCache) -> None:
    """An interpreter that counts its starts is started once; a change in its folders starts it again."""
    counting = tmp_path / "counting"
    counting.write_text(f'#!/bin/sh\necho x >> {tmp_path}/starts\nexec {python} "$@"\n')
    counting.chmod(0o755)
    describe(counting, os.environ, memory)
    describe(counting, os.environ, memory)
    once = (tmp_path / "starts").read_text()
    add_distribution(str(python), "new", "1")
    after = describe(counting, os.environ, memory)

    assert once == "x\n"
    assert (tmp_path / "starts").read_text() == "x\nx\n"
    assert "new" in after.distributions


def test_the_folder_it_is_asked_in_does_not_count(
    tmp_path: Path, python: Path, memory: StatCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `json.py` of the user's beside it is not imported."""
    (tmp_path / "json.py").write_text("raise SystemExit('not me')")
    monkeypatch.chdir(tmp_path)

    assert describe(python, os.environ, memory).distributions == {}


def test_pythonpath_of_the_shell_does_not_count(tmp_path: Path, python: Path, memory: StatCache) -> None:
    """Stages do not see it either."""
    other = bare_python(tmp_path / "other")
    info = add_distribution(str(other), "hidden", "1")
    environ = dict(os.environ) | {"PYTHONPATH": str(info.parent), "PYTHONHOME": "/nowhere"}

    assert describe(python, environ, memory).distributions == {}


@pytest.mark.parametrize("script", ["exit 1", "echo 'no json'", "echo oops >&2; exit 3"])
def test_an_interpreter_that_cannot_answer_is_an_outside_failure(
    tmp_path: Path, memory: StatCache, script: str
) -> None:
    """Never an empty environment."""
    broken = tmp_path / "broken"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)

    with pytest.raises(OutsideError, match="broken"):
        describe(broken, os.environ, memory)


def environment(python: str = "3.11.2", executable: str = "/a", **distributions: str) -> Environment:
    return Environment(
        executable=executable,
        python=python,
        implementation="cpython",
        system="linux",
        machine="x86_64",
        distributions=distributions,
    )


def test_where_it_lies_and_its_patch_version_do_not_count() -> None:
    """Python x.y and what is installed do."""
    assert environment().identity() == environment(python="3.11.9", executable="/b").identity()
    assert environment().identity() != environment(python="3.12.0").identity()
    assert environment(a="1 x").identity() != environment(a="1 y").identity() != environment(b="1 x").identity()


def test_it_finds_what_the_library_finds() -> None:
    """The folders are read directly, which is quicker; names, versions and builds are the library's."""
    from importlib import metadata

    probe = Path(interpreter.__file__).with_name("probe.py").read_text()
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    found = ast.literal_eval(done.stdout)["distributions"]
    expected = {
        one.metadata["Name"].lower().replace("_", "-").replace(".", "-"): one.version
        for one in metadata.distributions()
    }

    assert len(found) > 5
    assert {name: row[0] for name, row in found.items()} == expected


def test_what_lies_in_a_zip_file_or_an_egg_is_found_by_the_library(python: Path, memory: StatCache) -> None:
    """Such an installation is asked in the slow way."""
    (packages,) = python.parents[1].glob("lib/python3*/site-packages")
    egg = packages / "old-2.0-py3.egg" / "EGG-INFO"
    egg.mkdir(parents=True)
    (egg / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: old\nVersion: 2.0\n")
    (packages / "old.pth").write_text("./old-2.0-py3.egg\n")
    answer = describe(python, os.environ, memory)

    assert answer.distributions["old"].startswith("2.0 ")


def test_programs_that_would_be_taken_first_are_named(tmp_path: Path) -> None:
    """In the order in which `find_python` looks; a declared path has none before it."""
    python = tmp_path / "b" / "python3"
    environ = {"VIRTUAL_ENV": "/gone", "PATH": f"/a:{tmp_path}/b:/c"}

    assert interpreter.passed_over(python, None, environ) == ("/gone/bin/python", "/gone/bin/python3", "/a/python3")
    assert interpreter.passed_over(python, "python3", environ) == ("/a/python3",)
    assert interpreter.passed_over(python, "b/python3", environ) == ()


def test_what_watches_an_installation_says_when_it_moved(python: Path, memory: StatCache) -> None:
    """None once a distribution has come or gone since the interpreter was asked."""
    before = interpreter.watched(python, memory)
    describe(python, os.environ, memory)
    asked = interpreter.watched(python, memory)
    add_distribution(str(python), "later", "1.0")

    assert before is None
    assert asked is not None
    assert str(python) in asked
    assert interpreter.watched(python, memory) is None
