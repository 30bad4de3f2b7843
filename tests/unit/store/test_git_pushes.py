"""What `git push --porcelain` says of each ref, and what is made of an answer that breaks off."""

from __future__ import annotations

from typing import cast

import pytest

from seatrial.store.git_command import GitCommand, Said
from seatrial.store.git_remote import GitRemote, Outcome, Patience, Update
from seatrial.store.objects import DeniedError, UnreachableError

REF = "refs/seatrial/state"


class _Answers:
    """Stands for git: one answer to every push, and a remote with one address."""

    def __init__(self, row: str, err: str = "", code: int = 1) -> None:
        self._said = Said(code=code, out=f"To origin\n{row}\nDone\n".encode(), err=err)

    def run(self, *arguments: str, **named: object) -> Said:
        assert "seconds" in named
        if arguments == ("remote", "-v"):
            return Said(code=0, out=b"origin\thttps://host/x.git (fetch)\norigin\thttps://host/x.git (push)\n", err="")
        assert "--porcelain" in arguments
        return self._said


def _push(answers: _Answers) -> Outcome:
    remote = GitRemote(cast("GitCommand", answers), "origin", Patience())
    (pushed,) = remote.push([Update(ref=REF, new="1" * 40)])
    return pushed.outcome


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (f"*\t{'1' * 40}:{REF}\t[new reference]", Outcome.DONE),
        (f" \t{'1' * 40}:{REF}\tabc..def", Outcome.DONE),
        (f"=\t{'1' * 40}:{REF}\t[up to date]", Outcome.SAME),
        (f"!\t{'1' * 40}:{REF}\t[rejected] (stale info)", Outcome.MOVED),
        (f"!\t{'1' * 40}:{REF}\t[remote rejected] (hook declined)", Outcome.REFUSED),
    ],
)
def test_each_word_of_git_has_one_outcome(row: str, outcome: Outcome) -> None:
    """A lease that did not hold is a race that was lost; a hook's word is a refusal."""
    assert _push(_Answers(row)) is outcome


@pytest.mark.parametrize("row", [f"!\t{'1' * 40}:{REF}\t[remote failure] (remote failed to report status)", ""])
def test_a_push_whose_end_is_unknown_is_neither_done_nor_refused(row: str) -> None:
    """The caller looks at what is there; an answer that names no ref is none, whatever git ended with."""
    with pytest.raises(UnreachableError):
        _push(_Answers(row, err="fatal: the remote end hung up unexpectedly"))
    with pytest.raises(UnreachableError):
        _push(_Answers(row, code=0))


def test_a_server_that_knows_nobody_has_refused() -> None:
    """No further attempt would help."""
    with pytest.raises(DeniedError):
        _push(_Answers("", err="fatal: Authentication failed for 'https://host/x.git'"))
