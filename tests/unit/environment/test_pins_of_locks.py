"""What lock files pin, line by line, and how two states of one differ."""

from __future__ import annotations

import pytest

from seatrial.environment.pin_records import Pins
from seatrial.environment.pins import PinChange, changed_pins, pin_changes, read_pins
from tests.support.lock_texts import COMPILED, CONDA, LOOSE, PDM, POETRY, PYLOCK, UV


def pins(path: str, text: str | bytes) -> Pins:
    found = read_pins(path, text if isinstance(text, bytes) else text.encode())
    assert found is not None
    return found


def shown(found: Pins) -> dict[str, str]:
    return {name: ", ".join(pin.text for pin in rows) for name, rows in found.pins.items()}


def lines(found: Pins) -> dict[str, int | None]:
    return {name: rows[0].line for name, rows in found.pins.items()}


def test_a_compiled_requirement_file_tells_pins_and_graph() -> None:
    """Both forms of `via`; hashes, extras and markers are no versions."""
    found = pins("requirements.txt", COMPILED)

    assert shown(found) == {"numpy": "1.26.4", "pandas": "2.2.0", "python-dateutil": "2.9.0", "six": "1.16.0"}
    assert lines(found) == {"numpy": 5, "pandas": 11, "python-dateutil": 14, "six": 15}
    assert found.graph == {
        "numpy": frozenset(),
        "pandas": frozenset({"numpy", "python-dateutil"}),
        "matplotlib": frozenset({"python-dateutil"}),
        "python-dateutil": frozenset({"six"}),
        "six": frozenset(),
    }
    assert found.hashed
    assert found.rest == ("--index-url https://example.invalid/simple",)


def test_requirements_by_hand_have_their_text_as_pin() -> None:
    """A range, nothing at all, an address; other files are named. They tell no graph."""
    found = pins("requirements/train.txt", LOOSE)

    assert shown(found) == {
        "numpy": ">=1.20,<2",
        "torch": "any",
        "requests": "2.31.0",
        "my-tool": "git+https://example.invalid/tool.git@abc#egg=My_Tool",
        "fast": "@ https://example.invalid/fast-1.0.zip",
        "speedy": "https://example.invalid/wheels/speedy-2.1-py3-none-any.whl",
    }
    assert found.includes == ("base.txt", "constraints.txt")
    assert found.graph is None
    assert found.versions == {"requests": frozenset({"2.31.0"})}


def test_a_graph_is_only_told_when_all_pins_tell() -> None:
    """One pin without `via` may be needed by anything."""
    partly = pins("requirements.txt", "numpy==1  # via pandas\npandas==2\n")
    text = "numpy==1\n  # via\n  #   -c constraints.txt\n  #   pandas\n# The end\n#   six\npandas==2\n  # via app\n"
    whole = pins("requirements.txt", text)

    assert partly.graph is None
    assert whole.graph == {"numpy": frozenset(), "pandas": frozenset({"numpy"}), "app": frozenset({"pandas"})}


@pytest.mark.parametrize(
    ("path", "text", "graph"),
    [
        (
            "uv.lock",
            UV,
            {
                "app": {"pandas", "cupy-cuda12x"},
                "cupy-cuda12x": set(),
                "numpy": set(),
                "pandas": {"numpy"},
                "tool": set(),
            },
        ),
        ("poetry.lock", POETRY, {"pandas": {"numpy", "python-dateutil", "tzdata"}, "numpy": set()}),
        ("sub/pdm.lock", PDM, {"pandas": {"numpy", "python-dateutil"}}),
        ("pylock.train.toml", PYLOCK, {"pandas": {"numpy"}, "numpy": set()}),
    ],
)
def test_locks_in_toml_tell_versions_and_graph(path: str, text: str, graph: dict[str, set[str]]) -> None:
    """Each in its own way of writing what is needed."""
    found = pins(path, text)

    assert found.graph == {name: frozenset(needs) for name, needs in graph.items()}
    assert found.pins["pandas"][0].version == "2.2.0"
    row = found.pins["pandas"][0].line
    assert row is not None
    assert text.splitlines()[row - 1] == 'version = "2.2.0"'


def test_a_lock_that_leaves_needs_out_tells_no_graph() -> None:
    """`pip lock` writes none at all."""
    assert pins("pylock.toml", PYLOCK.replace('dependencies = [{ name = "numpy" }]\n', "")).graph is None


def test_a_conda_environment_is_read_in_its_plain_form() -> None:
    """With what pip installs in it; the interpreter is no package of a stage."""
    found = pins("environment.yml", CONDA)

    assert shown(found) == {
        "numpy": "1.26.4=py311_0",
        "pytorch": ">=2.1",
        "cudatoolkit": "any",
        "pip": "any",
        "wandb": "0.16.0",
        "scikit-learn": "1.4",
    }
    assert found.native
    assert found.rest == ("channels - conda-forge", "channels:", "python=3.11")
    assert found.includes == ("more.txt",)
    assert lines(found)["wandb"] == 11


@pytest.mark.parametrize("path", ["pixi.lock", "conda-lock.yml", "a/conda-lock.yaml", "Pipfile.lock"])
def test_other_locks_have_a_digest_alone(path: str) -> None:
    """The same bytes are the same; others are unknown."""
    assert pin_changes(pins(path, "a"), pins(path, "a")) == ()
    assert pin_changes(pins(path, "a"), pins(path, "b")) is None


@pytest.mark.parametrize("path", ["README.md", "data/notes.txt", "pyproject.toml", "lock.toml", "environment.txt"])
def test_other_files_are_no_locks(path: str) -> None:
    """Whatever is in them."""
    assert read_pins(path, b"numpy==1\n") is None


def change(path: str, text: str, *replacements: tuple[str, str]) -> tuple[PinChange, ...] | None:
    new = text
    for old, wanted in replacements:
        assert old in new
        new = new.replace(old, wanted)
    return pin_changes(pins(path, text), pins(path, new))


def test_a_changed_pin_is_told_with_its_line() -> None:
    """`requirements.txt:5 numpy 1.26.4 -> 2.0.0`."""
    assert change("requirements.txt", COMPILED, ("numpy==1.26.4", "numpy==2.0.0")) == (
        PinChange(name="numpy", old="1.26.4", new="2.0.0", line=5),
    )
    assert change("uv.lock", UV, ('version = "1.26.4"', 'version = "2.0.0"')) == (
        PinChange(name="numpy", old="1.26.4", new="2.0.0", line=25),
    )
    assert change("uv.lock", UV, ("0123abc", "4567def")) == (
        PinChange(name="tool", old="1.0", new="1.0 (other files, source or marker)", line=37),
    )
    assert change("requirements.txt", LOOSE, ("torch\n", "")) == (PinChange(name="torch", old="any", new=None),)


CHANGES: dict[str, tuple[str, str, tuple[str, str], set[str] | None]] = {
    "a hash": ("requirements.txt", COMPILED, ("sha256:bb", "sha256:zz"), {"numpy"}),
    "a marker": ("requirements.txt", COMPILED, ('>= "3.9"', '>= "3.10"'), {"pandas"}),
    "an extra": ("requirements.txt", COMPILED, ("[parquet]", "[all]"), {"pandas"}),
    "an address": ("requirements.txt", LOOSE, ("tool.git@abc", "tool.git@def"), {"my-tool"}),
    "a wheel": ("requirements.txt", LOOSE, ("speedy-2.1", "speedy-2.2"), {"speedy"}),
    "a range": ("requirements.txt", LOOSE, ("<2\n", "<3\n"), {"numpy"}),
    "who needs it": ("requirements.txt", COMPILED, (", matplotlib", ""), set()),
    "a comment": ("requirements.txt", LOOSE, ("for the downloads", "why"), set()),
    "an index": ("requirements.txt", COMPILED, ("/simple", "/other"), None),
    "another file": ("requirements.txt", LOOSE, ("-r base.txt", "-r ground.txt"), None),
    "an address of no name": ("requirements.txt", "./here\nx==1\n", ("./here", "./there"), None),
    "uv: a hash": ("uv.lock", UV, ("sha256:aa", "sha256:zz"), {"cupy-cuda12x"}),
    "uv: a mirror": ("uv.lock", UV, ("https://files.invalid/numpy", "https://mirror.invalid/numpy"), set()),
    "uv: how it was made": ("uv.lock", UV, ('requires-python = ">=3.11"', 'requires-python = ">=3.12"'), set()),
    "uv: the project's version": ("uv.lock", UV, ("0.1.0", "0.2.0"), {"app"}),
    "uv: under which marker it is needed": ("uv.lock", UV, ("== 'linux'", "== 'darwin'"), {"cupy-cuda12x"}),
    "uv: something unheard of": ("uv.lock", UV, ("version = 1\n", "version = 1\nnews = 1\n"), None),
    "poetry: under which marker": ("poetry.lock", POETRY, ("< '3.12'", "< '3.13'"), {"numpy"}),
    "poetry: a group": ("poetry.lock", POETRY, ('["main"]', '["main", "dev"]'), {"pandas"}),
    "poetry: a description": ("poetry.lock", POETRY, ("frames", "more frames"), set()),
    "poetry: the hash of its request": ("poetry.lock", POETRY, ('hash = "x"', 'hash = "y"'), set()),
    "pylock: an address": ("pylock.toml", PYLOCK, ("files.invalid/n.whl", "mirror.invalid/n.whl"), set()),
    "pylock: a hash": ("pylock.toml", PYLOCK, ('"bb"', '"cc"'), {"numpy"}),
    "conda: a build": ("environment.yml", CONDA, ("py311_0", "py311_1"), {"numpy"}),
    "conda: the interpreter": ("environment.yml", CONDA, ("python=3.11", "python=3.12"), None),
    "conda: a channel": ("environment.yml", CONDA, ("conda-forge", "defaults"), None),
    "conda: its name": ("environment.yml", CONDA, ("name: train", "name: other"), set()),
    "conda: of pip": ("environment.yml", CONDA, ("wandb==0.16.0", "wandb==0.17.0"), {"wandb"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_counts_as_a_change_of_which_pin(what: str) -> None:
    """None is everything, an empty set nothing."""
    path, text, (old, new), expected = CHANGES[what]
    assert old in text
    found = changed_pins(pins(path, text), pins(path, text.replace(old, new, 1)))

    assert found == (None if expected is None else frozenset(expected))


def test_several_versions_of_one_package_are_compared_together() -> None:
    """For other platforms or Pythons; in whatever order they stand."""
    two = "numpy==1.26 ; python_version < '3.12'\nnumpy==2.0 ; python_version >= '3.12'\n"
    other = "numpy==2.0 ; python_version >= '3.12'\nnumpy==1.26 ; python_version < '3.12'\n"
    moved = two.replace("2.0", "2.1")

    assert changed_pins(pins("requirements.txt", two), pins("requirements.txt", other)) == frozenset()
    assert pin_changes(pins("requirements.txt", two), pins("requirements.txt", moved)) == (
        PinChange(name="numpy", old="1.26, 2.0", new="1.26, 2.1", line=2),
    )


def test_a_lock_that_came_or_went_changes_everything() -> None:
    """What was installed before it, nobody knows."""
    found = pins("uv.lock", UV)

    assert changed_pins(None, found) is None
    assert changed_pins(found, None) is None
    assert changed_pins(None, None) == frozenset()


HOSTILE: dict[str, tuple[str, bytes]] = {
    "no TOML": ("uv.lock", b"[[package"),
    "no text": ("poetry.lock", b"\xff\xfe\x00"),
    "deep": ("uv.lock", b"x = " + b"[" * 100_000),
    "packages of another kind": ("uv.lock", b"package = 5\n"),
    "rows of another kind": ("uv.lock", b"package = [1, 2]\n"),
    "rows without names": ("poetry.lock", b'[[package]]\nversion = "1"\n'),
    "anchors": ("environment.yml", b"dependencies: &x\n  - a\n"),
    "a list in a line": ("environment.yml", b"dependencies: [a, b]\n"),
    "a mapping in the list": ("environment.yml", b"dependencies:\n  - a\n  x: 1\n"),
    "no package": ("environment.yml", b"dependencies:\n  - '!!python/object'\n"),
    "huge": ("requirements.txt", b"#" * ((32 << 20) + 1)),
    "requirements of bytes": ("requirements.txt", b"numpy==1\xff\n"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_cannot_be_read_is_known_by_its_digest(kind: str) -> None:
    """So any change of it may be a change of everything."""
    path, data = HOSTILE[kind]
    found = pins(path, data)

    assert found.digest
    assert pin_changes(found, pins(path, data)) == ()
    assert pin_changes(found, pins(path, data + b"\n")) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("uv.lock", '[[package]]\nname = "a"\nversion = 5\nsource = "x"\ndependencies = "y"\nwheels = [1, {}]\n'),
        ("uv.lock", 'package = [{name = "a", version = "1"}]\n'),
        (
            "poetry.lock",
            '[[package]]\nname = "a"\n[package.dependencies]\nb = [1, {markers = 5}]\nc = {markers = []}\n',
        ),
        ("pylock.toml", '[[packages]]\nname = "a"\nupload-time = 2024-01-01T00:00:00Z\ndependencies = [{}, 5]\n'),
        ("requirements.txt", "\\\n\\\n==\n[x]\n; marker\n-\n--\n-r\n-e\n@ x\n" + "a" * 100_000 + "\n"),
        ("requirements.txt", " " * 1_000_000 + "\\\n" * 1_000 + "x==1 " + "--hash=a " * 100_000),
        ("environment.yml", "dependencies:\n- a\n-  pip:\n   - b==1\n- pip:\n"),
    ],
)
def test_strange_locks_are_read_as_far_as_they_go(path: str, text: str) -> None:
    """Without an end in an error, and the same as themselves."""
    assert changed_pins(pins(path, text), pins(path, text)) == frozenset()


def test_a_table_in_a_text_does_not_move_the_lines() -> None:
    """Then no line is told at all."""
    text = '[[package]]\nname = "a"\nversion = "1"\nnote = """\n[[package]]\n"""\n'

    assert lines(pins("uv.lock", text)) == {"a": None}
