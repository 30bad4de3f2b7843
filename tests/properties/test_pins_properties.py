"""Comparing two states of a lock: unchanged is no change, order does not matter, and a change is never missed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.environment.pin_records import Pins
from seatrial.environment.pins import changed_pins, read_pins

NAMES = st.sampled_from(["numpy", "Pandas", "scikit_learn", "a.b", "x"])
VERSIONS = st.sampled_from(["1.0", "2.0", "2.0.post1", "3!1"])
PINNED = st.dictionaries(NAMES, VERSIONS)
ROWS = st.lists(
    st.tuples(NAMES, VERSIONS, st.lists(st.sampled_from(["aa", "bb"]), unique=True), st.sampled_from(["", "a < 'b'"])),
    max_size=6,
)


def requirement(row: tuple[str, str, list[str], str]) -> str:
    name, version, hashes, marker = row
    end = f" ; {marker}" if marker else ""
    return f"{name}=={version}{end}" + "".join(f" \\\n    --hash=sha256:{one}" for one in hashes) + "\n    # via app\n"


def table(row: tuple[str, str, list[str], str]) -> str:
    name, version, hashes, marker = row
    wheels = ", ".join(f'{{hash = "sha256:{one}"}}' for one in hashes)
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\nmarker = "{marker}"\nwheels = [{wheels}]\n'


def read(path: str, text: str) -> Pins:
    found = read_pins(path, text.encode())
    assert found is not None
    assert not found.digest
    return found


@given(rows=ROWS, data=st.data())
def test_order_does_not_matter(rows: list[tuple[str, str, list[str], str]], data: st.DataObject) -> None:
    """Of lines, of tables and of hashes."""
    other = [
        (name, version, data.draw(st.permutations(hashes)), marker)
        for name, version, hashes, marker in data.draw(st.permutations(rows))
    ]
    for path, write in (("requirements.txt", requirement), ("uv.lock", table)):
        assert (
            changed_pins(read(path, "".join(map(write, rows))), read(path, "".join(map(write, other)))) == frozenset()
        )


@given(before=PINNED, now=PINNED)
def test_exactly_the_names_whose_version_differs_are_told(before: dict[str, str], now: dict[str, str]) -> None:
    """In both kinds of files alike."""
    expected = {
        name.lower().replace("_", "-").replace(".", "-")
        for name in before.keys() | now.keys()
        if before.get(name) != now.get(name)
    }
    for path, write in (("requirements.txt", requirement), ("uv.lock", table)):
        old, new = (read(path, "".join(write((*row, [], "")) for row in one.items())) for one in (before, now))
        assert changed_pins(old, new) == changed_pins(new, old) == frozenset(expected)


@given(data=st.binary(max_size=200), path=st.sampled_from(["requirements.txt", "uv.lock", "environment.yml"]))
def test_any_bytes_are_the_same_as_themselves(data: bytes, path: str) -> None:
    """And reading them ends."""
    assert changed_pins(read_pins(path, data), read_pins(path, data)) == frozenset()
