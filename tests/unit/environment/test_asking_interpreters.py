"""Which interpreter stages run in, and what is installed in it."""

from __future__ import annotations

import ast
import json
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


def built(folder: Path, memory: StatCache, *, tag: str = "py3-none-any", origin: object = None) -> Environment:
    """An interpreter of its own with one distribution, whose `direct_url.json` says `origin` (bytes as they are)."""
    python = bare_python(folder)
    info = add_distribution(str(python), "torch", "1.0", tag=tag)
    if origin is not None:
        data = origin if isinstance(origin, bytes) else json.dumps(origin).encode()
        (info / "direct_url.json").write_bytes(data)
    return describe(python, os.environ, memory)


@pytest.mark.parametrize(
    "origin",
    [[], "x", 1, False, {"vcs_info": "x"}, {"vcs_info": ["commit_id"]}, {"archive_info": []}, {"archive_info": None}],
    ids=json.dumps,
)
def test_a_note_of_an_origin_that_says_nothing_counts_as_none(
    tmp_path: Path, memory: StatCache, origin: object
) -> None:
    """Valid JSON of another shape than the standard's: installers of others write what they like."""
    said, silent = built(tmp_path / "said", memory, origin=origin), built(tmp_path / "silent", memory)

    assert [*said.distributions] == ["torch"]
    assert said.identity() == silent.identity()


@pytest.mark.parametrize(
    "origin", [b"{", b"{}{}", b"no json", b"\xff\xfe{}", b"[" * 100_000], ids=["cut", "two", "text", "bytes", "deep"]
)
def test_a_note_of_an_origin_that_cannot_be_read_is_an_outside_failure(
    tmp_path: Path, memory: StatCache, origin: bytes
) -> None:
    """What was built from where is then unknown. It names the interpreter, and gives no answer the next time either."""
    for number in range(2):
        with pytest.raises(OutsideError, match="cannot tell what is installed in it") as caught:
            built(tmp_path / str(number), memory, origin=origin)

        python = tmp_path / str(number) / "venv" / "bin" / "python"
        assert str(python) in str(caught.value)
        assert "the direct_url.json of torch" in str(caught.value) or origin.startswith(b"\xff")
        assert all(str(python) in (problem.next_step or "") for problem in caught.value.problems)
        with pytest.raises(OutsideError):
            describe(python, os.environ, memory)


def vcs(commit: str) -> object:
    return {"url": "https://example.invalid/torch.git", "vcs_info": {"vcs": "git", "commit_id": commit}}


def archive(**hashes: str) -> object:
    return {"url": "https://example.invalid/torch.whl", "archive_info": {"hashes": hashes}}


def test_two_builds_of_one_version_are_told_apart(tmp_path: Path, memory: StatCache) -> None:
    """By the wheel's tags, by a commit, by an archive's hash; the same again is the same, in another folder too."""
    builds: list[tuple[str, object]] = [
        ("py3-none-any", None),
        ("cp311-cp311-linux_x86_64", None),
        ("py3-none-any", vcs("a" * 40)),
        ("py3-none-any", vcs("b" * 40)),
        ("py3-none-any", archive(sha256="a" * 64)),
        ("py3-none-any", archive(sha256="b" * 64)),
        ("py3-none-any", archive(md5="b" * 32)),
    ]
    twice = [
        [
            built(tmp_path / f"{turn}-{number}", memory, tag=tag, origin=origin).identity()
            for number, (tag, origin) in enumerate(builds)
        ]
        for turn in range(2)
    ]

    assert len(set(twice[0])) == len(builds)
    assert twice[0] == twice[1]


def test_where_a_commit_was_fetched_from_does_not_count(tmp_path: Path, memory: StatCache) -> None:
    """A mirror's commit of the same name is the same."""
    commit = {"vcs": "git", "commit_id": "a" * 40}
    identities = {
        built(tmp_path / host, memory, origin={"url": f"https://{host}.invalid/x", "vcs_info": commit}).identity()
        for host in ("one", "two")
    }

    assert len(identities) == 1


HEAD = "Metadata-Version: 2.1\nName: Real_Name\nVersion: 1.5\nSummary: words\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param(HEAD, True, id="plain"),
        pytest.param(HEAD + "\n" + "Name: of the description\nVersion: 9\n" * 20_000, True, id="long"),
        pytest.param((HEAD + "\nName: below\nVersion: 9\n").replace("\n", "\r\n"), True, id="crlf"),
        pytest.param(HEAD.rstrip("\n"), True, id="no end of line"),
        pytest.param(HEAD + "Name: second\nVersion: 9\n", True, id="twice"),
        pytest.param(HEAD.replace("Name:", "NAME:").replace("Version: 1", "version: 1"), True, id="capitals"),
        pytest.param(HEAD.replace("words", "Name: other\n        Name: folded\n  Version: 9"), True, id="folded"),
        pytest.param(HEAD + "\nna\u00efve \u2014 \u65e5\u672c\n", True, id="beyond ASCII"),
        pytest.param("\n" + HEAD, False, id="below an empty line"),
        pytest.param("\r\n" + HEAD.replace("\n", "\r\n"), False, id="below an empty line, crlf"),
        pytest.param(HEAD.replace("Name: ", "\nName: "), False, id="below half of the head"),
        pytest.param("", False, id="empty"),
    ],
)
def test_the_head_of_a_description_is_read_as_the_library_reads_it(
    python: Path, memory: StatCache, text: str, named: bool
) -> None:
    """A name below an empty line is text, not a name; what has none does not count as installed."""
    info = add_distribution(str(python), "folder", "0")
    (info / "METADATA").write_bytes(text.encode())
    asking = "from importlib.metadata import distributions as d; print([(x.metadata['Name'], x.version) for x in d()])"
    theirs = subprocess.run([python, "-c", asking], capture_output=True, text=True, check=True).stdout
    ours = describe(python, os.environ, memory).distributions

    ((name, version),) = ast.literal_eval(theirs)
    assert name == ("Real_Name" if named else None)
    assert {name: row.split()[0] for name, row in ours.items()} == ({"real-name": version} if named else {})
