"""Two models asked in turn: every request is a row, failed ones too, and both files say what was measured."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from seatrial import digest
from seatrial.errors import StageError, UsageError
from seatrial.evidence.answers import read_answers
from seatrial.evidence.measurement import read_measurement
from seatrial.evidence.timings import read_timings
from seatrial.replacing import replace
from seatrial.serving.answers import ask_cases, write_answers
from seatrial.serving.campaign import Contender, Measured, run_campaign
from seatrial.serving.measure import Heat, Request, Who, requests_of
from seatrial.serving.policy import Server
from seatrial.serving.running import serve
from seatrial.serving.timings_file import write_measurement, write_timings
from tests.support.serving import QUICK, behind, function, ground

REQUESTS = requests_of([(f"row {at}", at) for at in range(5)])


def campaign(folder: Path, *servers: Server, requests: tuple[Request, ...] = REQUESTS, starts: int = 1) -> Measured:
    contenders = {who: Contender(server=server) for who, server in zip(Who, servers, strict=False)}
    return run_campaign(contenders, (requests,) * starts, ground(folder))


def test_both_are_asked_the_same_and_who_is_first_alternates(tmp_path: Path) -> None:
    done = campaign(tmp_path, behind(warm_up=3), behind(warm_up=2))

    cold = [row for row in done.rows if row.kind is Heat.COLD]
    warm = [row for row in done.rows if row.kind is Heat.WARM]
    assert [row.order for row in done.rows] == list(range(12))
    assert [(row.model, row.request) for row in cold] == [(Who.CANDIDATE, "row 0"), (Who.BASELINE, "row 0")]
    assert "".join(row.model[0] for row in warm) == "cbbccbbccb"
    assert [row.request for row in warm] == [f"row {at // 2}" for at in range(10)]
    assert all(row.ok and row.ms > 0 for row in done.rows)
    assert done.warm_up == 3


def test_a_cold_start_is_its_own_and_not_that_of_waiting_for_the_other(tmp_path: Path) -> None:
    """The second model takes a second to start, which the first must not be charged with."""
    done = campaign(tmp_path, behind(), behind("slow"))

    quick, slow = (row.ms for row in done.rows if row.kind is Heat.COLD)
    assert slow > 1000
    assert quick < slow


def test_every_start_measures_all_again(tmp_path: Path) -> None:
    done = campaign(tmp_path, behind(), behind(), starts=2)

    cold = [(row.order, row.model) for row in done.rows if row.kind is Heat.COLD]
    assert cold == [(0, Who.CANDIDATE), (1, Who.BASELINE), (12, Who.BASELINE), (13, Who.CANDIDATE)]
    assert len({row.order for row in done.rows}) == len(done.rows) == 24
    assert [len(done.served[who].peaks) for who in Who] == [2, 2]


def test_requests_that_fail_are_rows_that_say_so(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "def load(path):\n    return lambda inputs: [10 // (3 - one) for one in inputs]\n"
    )

    done = campaign(tmp_path, function("model:load"))

    warm = [row for row in done.rows if row.kind is Heat.WARM]
    assert [row.ok for row in warm] == [True, True, True, False, True]
    assert all(row.ms > 0 for row in warm)


def test_several_callers_ask_at_a_time_and_the_models_take_turns_by_stretches(tmp_path: Path) -> None:
    """The model answers only when four ask together."""
    requests = requests_of([(f"row {at}", at) for at in range(40)])
    patient = replace(QUICK, request=15.0)
    servers = [behind("gathers", concurrency=4, warm_up=0, timeouts=patient) for _ in range(2)]

    done = campaign(tmp_path, *servers, requests=requests)

    warm = [row for row in done.rows if row.kind is Heat.WARM]
    assert "".join(row.model[0] for row in warm) == "c" * 32 + "b" * 32 + "b" * 8 + "c" * 8
    assert [row.order for row in done.rows] == list(range(82))
    assert sorted(row.request for row in warm) == sorted([request.id for request in requests] * 2)
    assert all(row.ok for row in warm)


def test_a_model_that_dies_ends_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(StageError) as caught:
        campaign(tmp_path, behind("dies-after-3", warm_up=0), behind(warm_up=0))

    assert "the candidate died at request row 2: its process ended with exit code 7" in str(caught.value)
    assert "out of luck" in str(caught.value)


def test_a_model_whose_first_answer_never_comes_is_told_with_what_came(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"its first request \(row 0\) was not answered: POST /predict answers 500"):
        campaign(tmp_path, behind("500"))


@pytest.mark.parametrize(
    ("servers", "requests", "said"),
    [
        ((), REQUESTS, "no candidate"),
        ((behind(),), (), "no request"),
        ((behind(concurrency=4), behind()), REQUESTS, "different numbers of callers"),
        ((function("model:load", concurrency=2),), REQUESTS, "one caller at a time"),
        ((behind(),), requests_of([("a", 1), ("b", 2)], size=2), "takes one at a time"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_starts(
    tmp_path: Path, servers: tuple[Server, ...], requests: tuple[Request, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        campaign(tmp_path, *servers, requests=requests)


def test_requests_of_several_inputs_are_named_by_their_ends() -> None:
    found = requests_of([("a", 1), ("b", 2), ("c", 3)], size=2)

    assert [(one.id, one.inputs) for one in found] == [("a..b", (1, 2)), ("c", (3,))]


def test_both_files_say_what_was_measured(tmp_path: Path) -> None:
    """In the columns and keys that the readers of timings and measurements take."""
    done = campaign(tmp_path, behind(warm_up=1), behind(warm_up=1), requests=requests_of([('a,"b', 1), ("c", 2)]))
    table, record = tmp_path / "out/timings.csv", tmp_path / "out/measurement.json"

    known = write_timings(table, done.rows)
    write_measurement(record, done.served, timings=known, warm_up=done.warm_up, concurrency=1)

    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert list(rows[0]) == ["order", "model", "request", "kind", "ok", "ms"]
    assert [row["request"] for row in rows if row["kind"] == "warm"] == ['a,"b', 'a,"b', "c", "c"]
    assert {row["model"] for row in rows} == {"candidate", "baseline"}
    assert {row["ok"] for row in rows} == {"true"}
    assert [float(row["ms"]) for row in rows] == pytest.approx([row.ms for row in done.rows], abs=1e-6)
    document: Mapping[str, object] = json.loads(record.read_text())
    assert document["timings"] == digest.of_bytes(table.read_bytes())
    assert (document["schema_version"], document["concurrency"], document["warm_up"]) == (1, 1, 1)
    for who in ("candidate", "baseline"):
        served = document[who]
        assert isinstance(served, dict)
        assert served["machine"]["cores"] >= 1
        assert served["machine"]["memory_bytes"] > 1 << 30
        assert len(served["peak_rss_bytes"]) == 1


def test_the_readers_of_evidence_take_both_files(tmp_path: Path) -> None:
    """What is judged is what was measured, for each model, cold starts and failures apart."""
    (tmp_path / "model.py").write_text(
        "def load(path):\n    return lambda inputs: [10 // (3 - one) for one in inputs]\n"
    )
    done = campaign(tmp_path, function("model:load", warm_up=2), function("model:load", warm_up=2), starts=2)
    table, record = tmp_path / "timings.csv", tmp_path / "measurement.json"
    known = write_timings(table, done.rows)
    write_measurement(record, done.served, timings=known, warm_up=done.warm_up, concurrency=1)

    timings, measurement = read_timings(table), read_measurement(record)

    assert timings.baseline is not None
    for read, who in ((timings.candidate, Who.CANDIDATE), (timings.baseline, Who.BASELINE)):
        rows = [row for row in done.rows if row.model is who]
        assert read.order == tuple(row.order for row in rows if row.kind is Heat.WARM)
        assert read.ok == tuple(row.ok for row in rows if row.kind is Heat.WARM)
        assert read.request == tuple(row.request for row in rows if row.kind is Heat.WARM)
        assert read.cold_ms == pytest.approx([row.ms for row in rows if row.kind is Heat.COLD], abs=1e-6)
        assert read.failed == 2
    assert measurement.timings == timings.source.digest
    assert (measurement.warm_up, measurement.concurrency) == (2, 1)
    assert measurement.candidate.peak_rss_bytes == done.served[Who.CANDIDATE].peaks
    assert measurement.baseline is not None
    assert measurement.candidate.machine == measurement.baseline.machine
    assert measurement.candidate.machine is not None


def test_answers_to_cases_are_written_as_rows(tmp_path: Path) -> None:
    """Text as it is, all else as JSON with its keys in order; asked as often as was said."""
    with serve(replace(behind(), answer=""), ground(tmp_path)) as model:
        written = write_answers(tmp_path / "answers.jsonl", ask_cases(model, [("a", 1), ("b", 2)], repeats=2))

    rows = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert written == 4
    assert [(row["id"], row["repeat"]) for row in rows] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert rows[0]["answer"] == '{"result":{"label":"up","score":2.0}}'
    read = read_answers(tmp_path / "answers.jsonl")
    assert read.repeats == 2
    assert {name: len(answers) for name, answers in read.by_case.items()} == {"a": 2, "b": 2}
    assert read.by_case["a"][0].text == rows[0]["answer"]


def test_a_case_without_an_answer_leaves_no_file(tmp_path: Path) -> None:
    died = pytest.raises(StageError, match="did not answer case b: its process ended with exit code 7")
    with serve(behind("dies-after-1", timeouts=QUICK), ground(tmp_path)) as model, died:
        write_answers(tmp_path / "answers.jsonl", ask_cases(model, [("a", 1), ("b", 2)]))

    assert not (tmp_path / "answers.jsonl").exists()


def test_a_case_without_an_answer_says_what_to_do_and_what_is_not_written(tmp_path: Path) -> None:
    with serve(behind("500", timeouts=QUICK), ground(tmp_path)) as model, pytest.raises(StageError) as caught:
        write_answers(tmp_path / "answers.jsonl", ask_cases(model, [("a", 1)]))

    (problem,) = caught.value.problems
    assert "answers 500" in problem.message
    assert problem.message.endswith("none of its answers is written")
    assert str(tmp_path) in (problem.next_step or "")
    assert "take the case out" in (problem.next_step or "")
