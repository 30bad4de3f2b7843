"""What installed distributions provide and need, asked of a real interpreter with hand-made folders."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.environment import interpreter
from seatrial.environment.interpreter import describe, installation
from seatrial.environment.reach import Installation, reached
from seatrial.errors import OutsideError
from seatrial.store.stat_cache import StatCache
from tests.support.project import add_distribution, bare_python, site_packages


@pytest.fixture
def python(tmp_path: Path) -> str:
    return str(bare_python(tmp_path / "bare"))


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[StatCache]:
    cache = StatCache(tmp_path / "facts.db")
    yield cache
    cache.close()


def ask(python: str, memory: StatCache) -> Installation:
    return installation(Path(python), os.environ, memory)


def names(python: str, memory: StatCache, *imports: str) -> set[str]:
    return set(reached(imports, ask(python, memory)).distributions)


def test_imports_come_from_the_list_of_files(python: str, memory: StatCache) -> None:
    """Packages, modules and extension modules; not programs, caches, libraries beside, or the notes themselves."""
    record = (
        "pkg/__init__.py,,\npkg/deep/x.py,,\nsingle.py,,\n_fast.cpython-311-x86_64-linux-gnu.so,,\n"
        '"odd,name.py",,\n../../../bin/tool,,\npkg.libs/libz.so,,\n__pycache__/single.cpython-311.pyc,,\n'
        "odd-1.dist-info/METADATA,,\nnote.txt,,\nspace/google/x.py,,\n"
    )
    add_distribution(python, "odd", "1", notes={"RECORD": record})

    assert ask(python, memory).provided["odd"].imports == frozenset({"pkg", "single", "_fast", "space"})


def test_imports_come_from_top_level_too(python: str, memory: StatCache) -> None:
    """Old installations list no files; where both are there, both count."""
    add_distribution(python, "scikit-learn", "1", notes={"top_level.txt": "sklearn\n\nnot/a/name\n"})
    add_distribution(python, "both", "1", imports=("here",), notes={"top_level.txt": "there\n"})
    provided = ask(python, memory).provided

    assert provided["scikit-learn"].imports == frozenset({"sklearn"})
    assert provided["both"].imports == frozenset({"here", "there"})


def test_an_egg_says_it_in_its_own_files(python: str, memory: StatCache) -> None:
    """`.egg-info` folders: SOURCES.txt, and sections of needs that are extras."""
    egg = site_packages(python) / "old.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: old\nVersion: 2.0\n")
    (egg / "SOURCES.txt").write_text("setup.py\nsrc/oldpkg/__init__.py\n")
    (egg / "requires.txt").write_text("numpy>=1\n\n[fast]\nnumba\n\n[test:python_version<'3.9']\nnose\n")
    old = ask(python, memory).provided["old"]

    assert old.imports is not None
    assert "oldpkg" in old.imports
    assert old.requires == frozenset({"numpy", "numba"})


def test_needs_count_whatever_their_marker_or_extra(python: str, memory: StatCache) -> None:
    """But not those for the work on a distribution, or everything would need everything."""
    add_distribution(
        python,
        "frame",
        "1",
        imports=("frame",),
        requires=(
            "numpy (>=1.2)",
            "Tz.Data ; sys_platform == 'win32'",
            'pyarrow>=10; extra == "parquet"',
            "pytest; extra == 'test'",
            "hypothesis ; extra == 'all'",
            "sphinx-theme[x]>1; python_version > '3' and extra == 'docs'",
            "lxml; extra == 'test' or extra == 'xml'",
            "tests-of-all ; extra == 'integration-tests'",
            "wheel @ https://example.invalid/wheel.whl",
            "; nothing",
        ),
    )

    assert ask(python, memory).provided["frame"].requires == frozenset({"numpy", "Tz.Data", "pyarrow", "lxml", "wheel"})


def test_needs_below_a_license_in_the_head_are_read(python: str, memory: StatCache) -> None:
    """Heads were seen that have the whole license in them, empty lines and all."""
    info = add_distribution(python, "plot", "1", imports=("plot",))
    text = "Name: plot\nVersion: 1\nLicense: Some\n        \n\n        words\nRequires-Dist: numpy\n\nText\n"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\n{text}")

    assert ask(python, memory).provided["plot"].requires == frozenset({"numpy"})


def test_a_namespace_is_provided_by_all_who_have_a_part_of_it(python: str, memory: StatCache) -> None:
    """One import name, several distributions."""
    for name in ("storage", "vision"):
        (site_packages(python) / "google" / "cloud" / name).mkdir(parents=True)
        notes = {"RECORD": f"google/cloud/{name}/__init__.py,,\n"}
        add_distribution(python, f"google-cloud-{name}", "1", notes=notes)
    add_distribution(python, "other", "1", imports=("other",))

    assert names(python, memory, "google") == {"google-cloud-storage", "google-cloud-vision"}


def test_a_module_that_nobody_installed_makes_everything_count(python: str, memory: StatCache) -> None:
    """Copied there by hand, in a folder of a `.pth` file or left behind: what it needs is written nowhere."""
    site = site_packages(python)
    add_distribution(python, "numpy", "1", imports=("numpy",))
    add_distribution(python, "scipy", "1", imports=("scipy",))
    (site / "copied.py").write_text("import scipy")
    (site.parent / "beside").mkdir()
    (site.parent / "beside" / "far.py").write_text("")
    (site / "far.pth").write_text("../beside\n")

    assert names(python, memory, "copied") == names(python, memory, "far") == {"numpy", "scipy"}
    assert names(python, memory, "numpy") == {"numpy"}


def test_code_in_a_zip_file_is_not_known(python: str, memory: StatCache) -> None:
    """So a name that nobody provides may come from there."""
    add_distribution(python, "numpy", "1", imports=("numpy",))
    with zipfile.ZipFile(site_packages(python) / "more.zip", "w") as archive:
        archive.writestr("packed.py", "import numpy")
    (site_packages(python) / "more.pth").write_text("./more.zip\n")

    assert ask(python, memory).loose is None
    assert names(python, memory, "packed") == {"numpy"}


def test_an_editable_installation_provides_what_its_folder_has(tmp_path: Path, python: str, memory: StatCache) -> None:
    """Whether its folder or only its top level is told; and its `.pth` is no code at the start."""
    source = tmp_path / "elsewhere" / "src"
    (source / "mine").mkdir(parents=True)
    (source / "mine" / "__init__.py").write_text("")
    site = site_packages(python)
    (site / "_mine.pth").write_text(f"{source}\n")
    (site / "__editable__.yours-1.pth").write_text("import __editable___yours_1_finder; print(end='')\n")
    (site / "__editable___yours_1_finder.py").write_text("MAPPING = {}\n")
    url = '{"url": "file:///x", "dir_info": {"editable": true}}'
    add_distribution(
        python, "mine", "1", requires=("numpy",), notes={"direct_url.json": url, "RECORD": "_mine.pth,,\n"}
    )
    record = "__editable__.yours-1.pth,,\n__editable___yours_1_finder.py,,\n"
    add_distribution(python, "yours", "1", notes={"direct_url.json": url, "RECORD": record, "top_level.txt": "yours\n"})
    add_distribution(python, "numpy", "1", imports=("numpy",))

    assert names(python, memory, "mine") == {"mine", "numpy"}
    assert names(python, memory, "yours") == {"yours"}
    assert names(python, memory, "os") == set()


def test_code_at_the_start_of_the_interpreter_is_seen(python: str, memory: StatCache) -> None:
    """In whatever way it is written."""
    site = site_packages(python)
    (site / "distutils-precedence.pth").write_text("import os; f = 0 and __import__('_hack').add()\n")
    (site / "cover.pth").write_text("# a comment: import not_me\nimport sys; from cover import x\n")
    add_distribution(python, "hack", "1", imports=("_hack",))
    add_distribution(python, "cover", "1", imports=("cover",))
    (site / "cover.py").write_text("x = 1")
    add_distribution(python, "numpy", "1", imports=("numpy",))

    assert names(python, memory, "json") == {"hack", "cover"}


def test_the_library_is_that_of_the_interpreter(python: str, memory: StatCache) -> None:
    """Not ours."""
    found = ask(python, memory)

    assert {"os", "json", "_io", "sys", "sqlite3"} <= found.stdlib
    assert not found.loose


HOSTILE: dict[str, dict[str, str | bytes]] = {
    "no text": {"RECORD": b"\xff\xfe\x00", "top_level.txt": b"\xff", "entry_points.txt": b"\xff"},
    "long": {"RECORD": "x/y.py,,\n" * 200_000},
    "paths out": {"RECORD": "/etc/passwd,,\n../../x.py,,\n\n,,\n\0,,\n", "top_level.txt": "../x\n/abs\n"},
    "groups": {"entry_points.txt": "[\n]\n[[[\n[" + "a" * 100_000 + "]\n"},
    "no metadata": {"METADATA": b""},
    "metadata of bytes": {"METADATA": b"Name: bad\nVersion: 1\nRequires-Dist: \xff\xfe\n"},
    "editable of nothing": {"direct_url.json": '{"dir_info": {"editable": true}}', "RECORD": "x.pth,,\n"},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_notes_that_are_damaged_leave_the_others_known(python: str, memory: StatCache, kind: str) -> None:
    """A good distribution beside them is told as ever."""
    add_distribution(python, "good", "1", imports=("good",), requires=("bad",))
    info = add_distribution(python, "bad", "1")
    for name, content in HOSTILE[kind].items():
        (info / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        found = ask(python, memory)
    except OutsideError:
        with pytest.raises(OutsideError):
            describe(Path(python), os.environ, memory)  # then nothing at all is known of it
        return

    assert found.provided["good"].imports == frozenset({"good"})
    assert "good" in reached(["good"], found).distributions


def test_it_is_asked_once_until_a_folder_changes(tmp_path: Path, python: str, memory: StatCache) -> None:
    """Each question starts the interpreter once; a change starts it twice again."""
    counting = tmp_path / "counting"
    counting.write_text(f'#!/bin/sh\necho x >> {tmp_path}/starts\nexec {python} "$@"\n')
    counting.chmod(0o755)
    for _ in range(3):
        installation(counting, os.environ, memory)
    once = (tmp_path / "starts").read_text()
    add_distribution(python, "new", "1", imports=("new",))

    assert once == "x\nx\n"
    assert installation(counting, os.environ, memory).provided["new"].imports == frozenset({"new"})
    assert (tmp_path / "starts").read_text() == "x\nx\nx\nx\n"


def test_what_cannot_be_asked_is_an_outside_failure(tmp_path: Path, python: str, memory: StatCache) -> None:
    """Also when only the second question fails."""
    broken = tmp_path / "broken"
    broken.write_text(f'#!/bin/sh\ncase "$2" in *top_level*) echo "{{}}";; *) exec {python} "$@";; esac\n')
    broken.chmod(0o755)
    describe(broken, os.environ, memory)

    with pytest.raises(OutsideError, match="cannot tell what is installed"):
        installation(broken, os.environ, memory)


def test_both_answers_have_the_same_names() -> None:
    """Of the interpreter that runs the tests, with all that is installed in it."""
    told = [
        subprocess.run(
            [sys.executable, "-c", Path(interpreter.__file__).with_name(program).read_text()],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for program in ("probe.py", "import_names.py")
    ]
    first, second = (ast.literal_eval(text)["distributions"] for text in told)

    assert len(first) > 5
    assert first.keys() == second.keys()
    assert second["pytest"][0] == ["_pytest", "py", "pytest"]
