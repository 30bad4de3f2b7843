"""What each wild character of a glob means."""

from __future__ import annotations

import pytest

from seatrial.errors import UserError
from seatrial.pipeline.globs import glob_pattern


@pytest.mark.parametrize(
    ("glob", "path", "matched"),
    [
        ("*.csv", "a.csv", True),
        ("*.csv", "data/a.csv", False),
        ("*.csv", ".csv", True),
        ("data/*", "data/a", True),
        ("data/*", "data/a/b", False),
        ("data/**", "data/a/b", True),
        ("data/**", "database/a", False),
        ("data/**/*.csv", "data/a.csv", True),
        ("data/**/*.csv", "data/x/y/a.csv", True),
        ("**/a.py", "a.py", True),
        ("**/a.py", "ba.py", False),
        ("?.py", "a.py", True),
        ("a?b", "a/b", False),
        ("[ab].py", "b.py", True),
        ("[!ab].py", "b.py", False),
        ("[!ab].py", "c.py", True),
        ("[a-c].py", "b.py", True),
        ("a[!x]b", "a/b", False),
        ("a[+-9]b", "a/b", False),
        ("[^a].py", "^.py", True),
        ("./data//*.csv", "data/a.csv", True),
        ("a+(b).py", "a+(b).py", True),
        ("a.py", "axpy", False),
        ("*", "a\nb", True),
    ],
)
def test_a_form_matches_or_not(glob: str, path: str, matched: bool) -> None:
    """One line a rule."""
    assert (glob_pattern(glob).match(path) is not None) is matched


def test_a_range_that_runs_backwards_is_refused() -> None:
    """It would otherwise match nothing and be looked for elsewhere."""
    with pytest.raises(UserError, match=r"\[z-a\]"):
        glob_pattern("[z-a].csv")
