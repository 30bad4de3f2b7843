"""Two clones that share a state promote at once: exactly one moves the alias first, whatever the state lies on.

Called by the live tests of each kind of shared state.
"""

from __future__ import annotations

import itertools
import json

from tests.support.cli import BETTER, PATIENCE, Repo


def exactly_one_moves_the_alias_first(first: Repo, second: Repo) -> None:
    """Both promote, each a version of its own; the other one judges again against the new holder, or gives up with a
    conflict; no record is lost. A model is in production before."""
    first.set_params(BETTER)
    first.run()
    second_ref = first.register()
    first.set_params(("  skill: 0.9\n", "  skill: 0.97\n"))
    first.run()
    third_ref = first.register()
    second.run()

    children = [
        repo.start("models", "promote", ref, "--to", "production", "--json")
        for repo, ref in ((first, second_ref), (second, third_ref))
    ]
    codes = []
    for child in children:
        child.communicate(timeout=PATIENCE)
        codes.append(child.returncode)

    history = json.loads(first.seatrial("models", "show", "tiny", "--json").out)["model"]
    moves = [move for move in history["ledger"] if move["alias"] == "production"]
    winners = [code for code in codes if code == 0]
    assert set(codes) <= {0, 1, 3, 6}
    assert winners
    assert len(moves) == 1 + len(winners)
    for before, after in itertools.pairwise(moves):
        assert after["previous"] == before["version"]
    assert second.aliases()["production"] == moves[-1]["version"]
