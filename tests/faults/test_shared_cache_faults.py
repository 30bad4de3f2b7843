"""The shared cache: what one machine made another one takes; what goes wrong costs time and never a wrong result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.replacing import replace
from seatrial.store.objects import ObjectStore
from tests.support.buckets import client, needs_obstore, small_bucket
from tests.support.fault_proxy import Fault, FaultProxy
from tests.support.sharing import PULL, TRUSTED, Fleet, Machine, new_fleet
from tests.support.small_s3 import SmallS3

pytestmark = needs_obstore
RAN = {"make": "ran", "use": "ran"}
REUSED = {"make": "reused", "use": "reused"}


class House:
    """A bucket and the machines around it."""

    def __init__(self, fleet: Fleet, proxy: FaultProxy, server: SmallS3) -> None:
        self.fleet = fleet
        self.proxy = proxy
        self.server = server

    def objects(self, request: float = 10.0) -> ObjectStore:
        return client(self.proxy.environ, "cache", request=request, attempts=2)

    def machine(self, name: str, *, pull: bool = False, push: bool = True, request: float = 10.0) -> Machine:
        return self.fleet.machine(name, self.objects(request), PULL if pull else TRUSTED, push=push)

    def keys(self, part: str) -> list[str]:
        return sorted(key for key in self.server.objects if part in key)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with small_bucket() as (proxy, server):
        yield House(new_fleet(tmp_path), proxy, server)


def test_what_one_machine_made_another_one_takes(house: House) -> None:
    """Blobs and results, once; a machine that has them asks nobody."""
    first, second = house.machine("a"), house.machine("b")
    assert first.did() == RAN
    house.fleet.luck.write_text("two")

    assert second.did() == REUSED
    assert (second.read("out/data/rows"), second.read("out/model")) == ("rows one", "rows one used")
    assert second.warnings == ()

    house.proxy.heal()
    assert second.did() == REUSED
    assert house.proxy.asked == []


def test_a_machine_that_lost_everything_gets_it_back(house: House) -> None:
    """The local cache may be deleted at any time."""
    machine = house.machine("a")
    machine.run()
    machine.forget_all()

    assert machine.did() == REUSED
    assert machine.read("out/model") == "rows one used"


def test_only_what_is_missing_is_fetched(house: House) -> None:
    """A blob that is here already is not asked for again."""
    house.machine("a").run()
    second = house.machine("b")
    second.run()
    results = second.project.root / ".seatrial" / "ac"
    for path in results.glob("*.json"):
        path.unlink()
    house.proxy.heal()

    assert second.did() == REUSED
    assert house.proxy.count("GET", "/cas/") == 0


@pytest.mark.parametrize("fault", ["unavailable", "refuse", "deny", "truncate"])
def test_without_an_answer_the_run_goes_on_alone(house: House, fault: Fault) -> None:
    """One warning, few questions, and the right results."""
    house.machine("a").run()
    house.proxy.heal()
    house.proxy.fail(fault)
    second = house.machine("b")

    assert second.did() == RAN
    assert second.read("out/model") == "rows one used"
    assert len(second.warnings) == 1
    assert "the shared cache is not used in this run" in second.warnings[0]
    assert len(house.proxy.asked) <= 8


def test_one_that_hangs_is_not_waited_for_again_and_again(house: House) -> None:
    """Two questions with two attempts each, then no more in this run."""
    house.proxy.fail("hang")
    machine = house.machine("a", request=0.3)

    assert machine.did() == RAN
    assert len(machine.warnings) == 1
    assert len(house.proxy.asked) <= 4


def test_the_warning_is_an_event_of_the_run(house: House) -> None:
    """So that the log tells afterwards why nothing was shared."""
    house.proxy.fail("deny")

    assert len(house.machine("a").run().named("shared_cache_warning")) == 1


def test_one_failure_is_not_the_end(house: House) -> None:
    """What failed once is made here; the next question is asked."""
    house.machine("a").run()
    house.proxy.fail("unavailable", method="GET", part="/ac/", times=2)
    second = house.machine("b")

    assert second.did() == {"make": "ran", "use": "reused"}


@pytest.mark.parametrize("part", ["/cas/", "/ac/"])
def test_a_lie_is_a_miss_with_a_warning(house: House, part: str) -> None:
    """Other bytes than those that were stored are never used."""
    house.machine("a").run()
    house.proxy.heal()
    house.proxy.fail("lie", method="GET", part=part)
    second = house.machine("b")

    assert second.did() == RAN
    assert second.read("out/model") == "rows one used"
    assert second.warnings


def test_damage_is_healed_by_who_met_it(house: House) -> None:
    """He makes the bytes anew and stores them; the next machine takes them."""
    house.machine("a").run()
    for key in house.keys("/cas/"):
        house.server.objects[key] = b"evil" + house.server.objects[key][4:]

    assert house.machine("b").did() == RAN
    assert house.machine("c").did() == REUSED


def test_blobs_that_are_gone_are_a_miss_and_come_back(house: House) -> None:
    """Somebody emptied half of the bucket."""
    house.machine("a").run()
    for key in house.keys("/cas/"):
        del house.server.objects[key]
    second = house.machine("b")

    assert second.did() == RAN
    assert any("is not there" in warning for warning in second.warnings)
    assert house.machine("c").did() == REUSED


def test_a_lost_reply_is_not_a_lost_result(house: House) -> None:
    """The first machine's own result does not pass for a rival's."""
    house.proxy.fail("lose", method="PUT", part="/ac/")
    first = house.machine("a")

    assert first.did() == RAN
    assert first.warnings == ()
    house.proxy.heal()
    assert house.machine("b").did() == REUSED


def test_who_comes_second_adopts_what_is_stored(house: House) -> None:
    """Two machines ran the same key and made different bytes: everything behind it has one key on both."""
    first, second = house.machine("a"), house.machine("b")
    plain = house.proxy.backend

    def racing(asked: object) -> object:
        if "/ac/" in getattr(asked, "key", "") and getattr(asked, "method", "") == "GET" and not first.shared:
            house.proxy.backend = plain
            reply = plain(asked)  # type: ignore[arg-type]  # handed through
            first.run()  # while the second machine is told that there is nothing
            house.fleet.luck.write_text("two")
            return reply
        return plain(asked)  # type: ignore[arg-type]  # as above

    house.proxy.backend = racing  # type: ignore[assignment]  # as above
    ran = second.run()

    assert ran.did == {"make": "ran", "use": "reused"}
    assert second.read("out/data/rows") == "rows one"
    assert ran["make"].result == first.run()["make"].result
    assert second.did() == REUSED


def test_a_pull_request_takes_what_is_trusted_and_leaves_nothing_there(house: House) -> None:
    """It reads both and writes its own."""
    house.machine("main").run()
    before = house.keys("cache/trusted/")
    pull = house.machine("pull", pull=True)
    assert pull.did() == REUSED

    pull.project.write("use.py", pull.project.read("use.py") + "# changed\n")

    assert pull.did() == {"make": "reused", "use": "ran"}
    assert house.keys("cache/trusted/") == before
    assert house.keys("cache/pr-17/ac/")
    again = house.machine("again", pull=True)
    again.project.write("use.py", pull.project.read("use.py"))
    assert again.did() == REUSED


def test_a_forged_result_of_a_pull_request_is_never_read_by_a_trusted_run(house: House) -> None:
    """Right key, right digests, wrong bytes: only the domain tells, and it is not even asked for."""
    house.machine("honest").run()
    for key in house.keys("cache/trusted/"):
        del house.server.objects[key]
    pull = house.machine("pull", pull=True)
    pull.run()
    evil = b"rows forged"
    name = digest.of_bytes(evil)
    [result] = [key for key in house.keys("pr-17/ac/") if json.loads(house.server.objects[key])["cell"] == "use"]
    forged = json.loads(house.server.objects[result])
    forged["outs"]["model"] |= {"digest": name, "size": len(evil)}
    house.server.objects[result] = digest.canonical(forged)
    house.server.objects[f"cache/pr-17/cas/{name[3:5]}/{name[5:]}"] = evil
    victim = house.machine("same-pull", pull=True)
    assert victim.did() == REUSED
    assert victim.read("out/model") == "rows forged"  # the forgery is good: where it may be read, it is
    house.proxy.heal()

    trusted = house.machine("trusted")

    assert trusted.did() == RAN
    assert trusted.read("out/model") == "rows one used"
    assert house.proxy.count("GET", "pr-17") + house.proxy.count("HEAD", "pr-17") == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row | {"action_key": "b3:" + "0" * 64},
        lambda row: row | {"parts": {**row["parts"], "cmd": ["other"]}},
        lambda row: row | {"outs": {"model": {"digest": "../../etc"}}},
        lambda row: row | {"schema": 99},
        lambda row: [],
        lambda row: row | {"finished": 5},
        lambda row: row | {"wall": "long"},
        lambda row: row | {"cpu": float("nan")},
        lambda row: row | {"machine": {"name": "mine"}},
        lambda row: row | {"cell": None},
        lambda row: row | {"peak_memory": -1},
    ],
    ids=["key", "parts", "outs", "schema", "list", "finished", "wall", "cpu", "machine", "cell", "memory"],
)
def test_a_result_that_does_not_give_its_key_is_not_believed(house: House, change: object) -> None:
    """Also in the trusted domain: it could only have got there by mistake."""
    house.machine("a").run()
    for key in house.keys("/ac/"):
        house.server.objects[key] = json.dumps(change(json.loads(house.server.objects[key]))).encode()  # type: ignore[operator]  # a lambda

    second = house.machine("b")

    assert second.did() == RAN
    assert len(second.warnings) >= 1
    assert house.machine("c").did() == REUSED  # replaced by one that is right


@pytest.mark.parametrize(
    "change",
    [lambda outs: {}, lambda outs: {name: out | {"kind": "dir"} for name, out in outs.items()}],
    ids=["other outs", "a file called a folder"],
)
def test_a_result_with_impossible_outs_is_not_used(house: House, change: object) -> None:
    """Its key is right, and what it says of the outs cannot be: the stage runs."""
    house.machine("a").run()
    for key in house.keys("/ac/"):
        row = json.loads(house.server.objects[key])
        house.server.objects[key] = json.dumps(row | {"outs": change(row["outs"])}).encode()  # type: ignore[operator]  # a lambda

    second = house.machine("b")

    assert second.did()["use"] == "ran"
    assert second.read("out/model") == "rows one used"


def test_reading_only_leaves_nothing(house: House) -> None:
    """`cache: {push: false}`."""
    machine = house.machine("a", push=False)

    assert machine.did() == RAN
    assert house.server.objects == {}
    assert machine.warnings == ()


def test_a_bucket_that_only_lets_read_is_read(house: House) -> None:
    """Denied writes are told once, with the way to say that they are meant."""
    house.machine("a").run()
    house.proxy.fail("deny", method="PUT")
    second = house.machine("b")
    second.project.write("use.py", second.project.read("use.py") + "# changed\n")

    assert second.did() == {"make": "reused", "use": "ran"}
    assert len(second.warnings) == 1
    assert "push: false" in second.warnings[0]


def test_a_forgotten_result_is_not_believed_and_a_new_one_is(house: House) -> None:
    """A tombstone holds for what ended before it, on every machine."""
    first = house.machine("a")
    ran = first.run()
    key = ran["use"].result
    assert key is not None
    assert first.shared is not None
    stored = {name: house.server.objects[name] for name in house.keys("/ac/")}
    first.shared.forget(key.action_key, "2099-01-01T00:00:00.000Z")
    house.server.objects |= stored  # and somebody puts it back

    assert house.machine("b").did() == {"make": "reused", "use": "ran"}

    first.shared.forget(key.action_key, "2020-01-01T00:00:00.000Z")
    house.server.objects |= stored
    assert house.machine("c").did() == REUSED


def test_what_was_forgotten_here_does_not_come_back_from_there(house: House) -> None:
    """The local tombstone counts for shared results as well."""
    house.machine("a").run()
    second = house.machine("b")
    result = second.run()["use"].result
    assert result is not None
    digits = result.action_key.removeprefix("b3:")
    second.forget_all()
    tombstone = second.project.root / ".seatrial" / "ac" / "forgotten" / digits[:2] / digits[2:]
    tombstone.parent.mkdir(parents=True)
    tombstone.write_bytes(b'{"at":"2099-01-01T00:00:00.000Z"}')

    assert second.did() == {"make": "reused", "use": "ran"}


def test_the_bytes_of_an_out_that_is_not_kept_are_not_shared(house: House) -> None:
    """`cache: false`: its digest is, so that what reads it has its key; who lacks the bytes makes them."""
    first, second = house.machine("a"), house.machine("b")
    for machine in (first, second):
        stages = machine.project.policy.stages
        outs = tuple(replace(out, cache=False) for out in stages["use"].outs)
        machine.project.declare(stages["make"], replace(stages["use"], outs=outs))
    first.run()

    assert b"rows one used" not in house.server.objects.values()
    assert b"rows one" in house.server.objects.values()
    assert second.did() == {"make": "reused", "use": "ran"}
    assert second.warnings == ()


def test_a_large_out_goes_in_parts_and_is_told(house: House) -> None:
    """Progress of what takes long is in the log."""
    first, second = house.machine("a"), house.machine("b")
    first.part = second.part = 3
    first.run()
    assert house.keys(".parts")

    ran = second.run()

    assert ran.did == REUSED
    assert second.read("out/model") == "rows one used"
    assert ran.named("transfer")[-1]["done"] == ran.named("transfer")[-1]["of"]


def test_what_cannot_be_kept_here_is_a_miss(house: House) -> None:
    """The disk refuses what comes from elsewhere: a warning, and the stage runs."""
    first, second = house.machine("a"), house.machine("b")
    first.part = second.part = 3
    first.run()
    (second.project.root / ".seatrial" / "cas").mkdir(parents=True)
    (second.project.root / ".seatrial" / "cas" / "partial").write_text("a file where a folder should be")

    assert second.did() == RAN
    assert any("cannot be used" in warning for warning in second.warnings)
    assert second.read("out/model") == "rows one used"
