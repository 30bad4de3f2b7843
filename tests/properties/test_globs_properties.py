"""Globs agree with a slow and obvious matcher, and `*` never crosses a folder."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.pipeline.globs import glob_pattern

NAMES = st.text(alphabet="ab.", min_size=1, max_size=3).filter(lambda name: name.strip("."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PIECES = st.text(alphabet="ab.*?", min_size=1, max_size=3).filter(lambda piece: piece.strip(".") and "**" not in piece)
GLOBS = st.lists(PIECES | st.just("**"), min_size=1, max_size=4).map("/".join)


def matches(path: str, glob: str) -> bool:
    return glob_pattern(glob).match(path) is not None


def one_name(name: str, piece: str) -> bool:
    """Does a name without folders match a piece of `*`, `?` and letters? By trying every split."""
    if not piece:
        return not name
    if piece[0] == "*":
        return any(one_name(name[skip:], piece[1:]) for skip in range(len(name) + 1))
    return bool(name) and piece[0] in ("?", name[0]) and one_name(name[1:], piece[1:])


def oracle(names: list[str], pieces: list[str]) -> bool:
    """Does a path match, folder by folder? `**` last needs something below it, elsewhere it may be nothing."""
    if not pieces:
        return not names
    if pieces[0] == "**":
        if len(pieces) == 1:
            return bool(names)
        return any(oracle(names[skip:], pieces[1:]) for skip in range(len(names) + 1))
    return bool(names) and one_name(names[0], pieces[0]) and oracle(names[1:], pieces[1:])


@given(PATHS, GLOBS)
@example("a", "**/a")
@example("a/b", "a/**")
@example("a", "a/**")
@example("a/b/a", "**/a")
def test_a_glob_matches_what_the_oracle_says(path: str, glob: str) -> None:
    """On paths and globs of up to four short names."""
    assert matches(path, glob) == oracle(path.split("/"), glob.split("/"))


@given(PATHS, GLOBS.filter(lambda glob: "**" not in glob))
def test_a_star_never_crosses_a_folder(path: str, glob: str) -> None:
    """Without `**` a match has exactly as many folders as the glob."""
    if matches(path, glob):
        assert path.count("/") == glob.count("/")


@given(PATHS)
def test_a_path_without_wild_characters_matches_itself_alone(path: str) -> None:
    """Dots and the like are literal."""
    assert matches(path, path)
    assert not matches(path + "x", path)
    assert not matches("x" + path, path)


@given(PATHS)
def test_two_stars_match_everything(path: str) -> None:
    """At any depth."""
    assert matches(path, "**")
