"""Which kind of source a file is, and that no bytes are too much."""

from __future__ import annotations

import time

import pytest

from seatrial.change.extract.sources import KINDS, MAX_BYTES, extract, kind_of
from seatrial.change.facts import EMPTY, Facts, LinkFacts


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/b.py", "python"),
        ("a.ipynb", "notebook"),
        ("a/b.sh", "shell"),
        ("b.bash", "shell"),
        ("a.yaml", "yaml"),
        ("a.YML", "yaml"),
        ("a.json", "json"),
        ("pyproject.toml", "toml"),
        ("setup.cfg", "ini"),
        ("x/Dockerfile", "dockerfile"),
        ("Dockerfile.gpu", "dockerfile"),
        ("gpu.dockerfile", "dockerfile"),
        ("dockerfile.py", "python"),
        ("Dockerfile.py", "python"),
        ("dockerfile.cpython-311.pyc", None),
        ("a.md", None),
        ("a/py", None),
        (".py", None),
        ("a.py/b", None),
        ("a.pyi", None),
        ("", None),
    ],
)
def test_the_name_says_the_kind(path: str, kind: str | None) -> None:
    """And for most files, that there is nothing to read."""
    assert kind_of(path) == kind


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\xff\xfe\xfd", b"[" * 100_000, b"{" * 100_000, b"'", b'"', b"<<", b"$(" * 5000]
)
def test_no_bytes_make_it_raise(kind: str, data: bytes) -> None:
    """Whatever the name of the file promised."""
    assert isinstance(extract(kind, data), Facts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "piece",
    [
        "{{",
        "{%",
        "[",
        "<<A\n",
        "RUN <<A\n",
        "${",
        "$(",
        "'\"",
        "a.b.",
        "a/",
        "x = x + x\n",
        "\\\n",
        "- - ",
        "a: {",
        "`",
    ],
)
def test_much_of_the_same_takes_no_more_than_its_length(kind: str, piece: str) -> None:
    """A quarter of a megabyte of it; nothing is searched again and again."""
    data = (piece * (250_000 // len(piece))).encode()
    before = time.process_time()
    extract(kind, data)

    assert time.process_time() - before < 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_too_large_is_broken(kind: str) -> None:
    """It is not even looked at."""
    assert extract(kind, b"#" * (MAX_BYTES + 1)) == Facts(LinkFacts(broken=1))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"notebook", "python"}))
def test_an_empty_file_says_nothing(kind: str) -> None:
    """It is a file like any other."""
    assert extract(kind, b"") == Facts(EMPTY)
