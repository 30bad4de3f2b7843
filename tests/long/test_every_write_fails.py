"""Every step on the disk of a whole cold `run` fails once, with each error: exit code 5, and nothing is lost.

Run with `--long`. `tests/faults/test_whole_runs_on_failing_disks.py` takes some of them.
"""

from __future__ import annotations

import collections
import errno
from collections.abc import Iterator

import pytest

from tests.support.campaign import Campaign, campaign, fail_at
from tests.support.commanding import Fault

CODES = (errno.ENOSPC, errno.EIO, errno.EMFILE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with campaign(tmp_path_factory.mktemp("writes")) as made:
        yield made


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
def test_every_step(made: Campaign, code: int) -> None:
    """n = 1, 2, 3, ... to the last one of a cold run."""
    made.begin("b", "cold")
    steps = made.commander.type(made.repo, "run", "--json", fault=Fault(fail_at=1 << 30)).steps
    codes: collections.Counter[int | None] = collections.Counter()
    wrong = []
    for at in range(1, steps + 1):
        try:
            codes[fail_at(made, at, code)] += 1
        except AssertionError as error:
            wrong.append(str(error))
    print(f"\n{errno.errorcode[code]} at each of {steps} steps ended with these exit codes: {dict(codes)}")

    assert wrong == []
    assert codes[5] > 100
