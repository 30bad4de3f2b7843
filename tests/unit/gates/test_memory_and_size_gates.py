"""Memory and size: bytes against a limit and against the baseline's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.evidence.records import Source
from seatrial.evidence.timing_records import Machine, Measurement, ServedModel
from seatrial.gates.bytes_compared import in_one_unit
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, AbsentReason, Evidence, LeftOut, Present
from seatrial.gates.margin import Margin
from seatrial.gates.memory import judge as memory
from seatrial.gates.memory.policy import Memory
from seatrial.gates.size import judge as size
from seatrial.gates.size.policy import Size
from seatrial.verdict import Verdict

_MIB = 2**20
_BASELINE = Present(evidence=Evidence(artifact="b3:old"), label="digits@3 (production)")
_TENTH = Margin(value=0.1, relative=True)


def measured(candidate: ServedModel, baseline: ServedModel | None = None) -> Measurement:
    return Measurement(source=Source(path="m.json", digest="b3:m"), candidate=candidate, baseline=baseline)


def peaks(*mib: int, cores: int | None = None) -> ServedModel:
    machine = None if cores is None else Machine(cpu="AMD EPYC", cores=cores, memory_bytes=2**33)
    return ServedModel(machine=machine, peak_rss_bytes=tuple(each * _MIB for each in mib))


@pytest.mark.parametrize(
    ("limit", "verdict", "reason"),
    [
        (420 * _MIB, Verdict.PASS, Reason.WITHIN_LIMIT),
        (420 * _MIB - 1, Verdict.FAIL, Reason.ABOVE_MAX),
    ],
)
def test_the_largest_of_all_starts_counts(limit: int, verdict: Verdict, reason: Reason) -> None:
    """Exactly the limit is within it; the message says how many starts there were and where the least lies."""
    (finding,) = memory.judge(Memory(max=limit), measured(peaks(400, 420, 410)), LeftOut())

    assert (finding.verdict, finding.reason) == (verdict, reason)
    assert (finding.name, finding.metric, finding.n) == ("memory.max", "peak_rss_bytes", 3)
    assert (finding.estimate, finding.threshold, finding.interval) == (420.0 * _MIB, float(limit), None)
    assert "(the largest of 3 starts, the least 400 MiB)" in finding.message
    assert finding.digests == {"measurement": "b3:m"}


def test_one_start_is_a_point_and_said_to_be_one() -> None:
    (finding,) = memory.judge(Memory(max=2**31), measured(peaks(400)), LeftOut())

    assert finding.message == "peak memory 400 MiB (one start, without an interval) is at most 2,048 MiB"


@pytest.mark.parametrize(
    ("candidate", "margin", "verdict", "reason"),
    [
        (440, _TENTH, Verdict.PASS, Reason.NOT_WORSE),
        (441, _TENTH, Verdict.FAIL, Reason.WORSE),
        (300, _TENTH, Verdict.PASS, Reason.NOT_WORSE),
        (450, Margin(value=50.0 * _MIB, relative=False), Verdict.PASS, Reason.NOT_WORSE),
        (451, Margin(value=50.0 * _MIB, relative=False), Verdict.FAIL, Reason.WORSE),
    ],
)
def test_memory_may_grow_by_so_much(candidate: int, margin: Margin, verdict: Verdict, reason: Reason) -> None:
    """A share of the baseline's largest peak, or bytes."""
    record = measured(peaks(candidate), peaks(390, 400))
    (finding,) = memory.judge(Memory(max_increase=margin), record, _BASELINE, artifact="b3:new")

    assert (finding.verdict, finding.reason, finding.name) == (verdict, reason, "memory.max_increase")
    assert (finding.candidate, finding.baseline) == (float(candidate * _MIB), 400.0 * _MIB)
    expected = candidate / 400 - 1 if margin.relative else (candidate - 400) * _MIB
    assert finding.estimate == pytest.approx(expected)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, Reason.MEASUREMENT_MISSING),
        (measured(ServedModel()), Reason.NOT_MEASURED),
        (measured(ServedModel(), peaks(400)), Reason.NOT_MEASURED),
    ],
)
def test_memory_that_nobody_measured_is_an_error(record: Measurement | None, reason: Reason) -> None:
    """Of each of the two questions, under its own name."""
    rule = Memory(max=2**31, max_increase=_TENTH)
    findings = memory.judge(rule, record, _BASELINE, artifact="b3:new")

    assert [finding.name for finding in findings] == ["memory.max", "memory.max_increase"]
    assert {(finding.verdict, finding.reason) for finding in findings} == {(Verdict.ERROR, reason)}


@pytest.mark.parametrize("baseline", [None, ServedModel()])
def test_a_baseline_that_nobody_measured_is_an_error(baseline: ServedModel | None) -> None:
    (finding,) = memory.judge(Memory(max_increase=_TENTH), measured(peaks(400), baseline), _BASELINE)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.NOT_MEASURED)
    assert "digits@3 (production)" in finding.message


def test_memory_of_two_classes_of_machine_is_not_compared() -> None:
    """A server starts a worker for each core."""
    record = measured(peaks(400, cores=2), peaks(400, cores=64))
    (finding,) = memory.judge(Memory(max_increase=_TENTH), record, _BASELINE)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.DIFFERENT_MACHINES)


@pytest.mark.parametrize("kind", ["memory", "size"])
def test_without_a_baseline_there_is_an_error_or_nothing(kind: str) -> None:
    """A first model is not compared; a missing baseline is never agreement."""

    def judged(baseline: Absent | LeftOut | Present, artifact: str | None = None) -> list[tuple[Verdict, str]]:
        if kind == "memory":
            found = memory.judge(Memory(max_increase=_TENTH), measured(peaks(400)), baseline, artifact=artifact)
        else:
            found = size.judge(Size(max_increase=_TENTH), 5, None, baseline, artifact=artifact)
        return [(finding.verdict, finding.reason) for finding in found]

    assert judged(LeftOut()) == []
    assert judged(Absent(reason=AbsentReason.NO_BASELINE)) == [(Verdict.ERROR, Reason.NO_BASELINE)]
    assert judged(Absent(reason=AbsentReason.NOT_RESCORED)) == [(Verdict.ERROR, Reason.NOT_RESCORED)]
    assert judged(Absent(reason=AbsentReason.BASELINE_ABSENT)) == [(Verdict.INCONCLUSIVE, Reason.BASELINE_ABSENT)]
    assert judged(_BASELINE, "b3:old") == [(Verdict.PASS, Reason.SAME_ARTIFACT)]
    assert judged(_BASELINE, "b3:new") == [(Verdict.ERROR, Reason.NOT_MEASURED)]


@pytest.mark.parametrize(
    ("count", "verdict", "message"),
    [
        (500_000_000, Verdict.PASS, "the artifact's size 500 MB is at most 500 MB"),
        (500_000_001, Verdict.FAIL, "the artifact's size 500.000001 MB is not at most 500 MB"),
        (123_456, Verdict.PASS, "the artifact's size 123.5 kB is at most 500,000 kB"),
    ],
)
def test_a_size_is_compared_to_the_byte(count: int, verdict: Verdict, message: str) -> None:
    (finding,) = size.judge(Size(max=500_000_000), count, None, LeftOut(), artifact="b3:new")

    assert finding.verdict is verdict
    assert finding.message == message
    assert (finding.name, finding.metric, finding.estimate) == ("size.max", "bytes", float(count))
    assert finding.digests == {"candidate_artifact": "b3:new"}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((5, 0), ("5 B", "0 B")),
        ((2**31, 1_500_000), ("2,048 MiB", "1.431 MiB")),
        ((950_000, 1_000_002), ("950 kB", "1,000 kB")),
        ((1_000, 1_024), ("1 kB", "1.024 kB")),
        ((1_024, 1_000), ("1,024 B", "1,000 B")),
        ((123_456_789, 123_456_788), ("123.456789 MB", "123.456788 MB")),
        ((420 * _MIB, 420 * _MIB + 1, 400 * _MIB), ("420 MiB", "420.000001 MiB", "400 MiB")),
        ((3 * 2**50 + 1, 1), ("3,377,699,720,527,873 B", "1 B")),
    ],
)
def test_sizes_of_one_sentence_have_one_unit(counts: tuple[int, ...], expected: tuple[str, ...]) -> None:
    """That of the first, which a person wrote, or a smaller one of its family; and no two of them look alike."""
    written = in_one_unit(*counts)

    assert tuple(written(each) for each in counts) == expected


@given(counts=st.lists(st.integers(min_value=0, max_value=2**52), min_size=1, max_size=5))
def test_one_unit_and_different_texts_for_any_sizes(counts: list[int]) -> None:
    written = in_one_unit(*counts)
    texts = {each: written(each) for each in counts}

    assert len({text.split()[1] for text in texts.values()}) == 1
    assert len(set(texts.values())) == len(texts)


def test_a_size_that_grew_is_told_in_one_unit() -> None:
    (finding,) = size.judge(
        Size(max_increase=Margin(value=0.05, relative=True)), 1_000_002, 950_000, _BASELINE, artifact="b3:new"
    )

    assert finding.message.startswith("the artifact's size 1,000 kB, 5.263 % more than digits@3 (production) at 950 kB")


def test_a_small_growth_of_a_large_size_keeps_its_digits() -> None:
    rule = Size(max_increase=Margin(value=10.0**6, relative=False))
    (finding,) = size.judge(rule, 2 * 10**9 + 5, 2 * 10**9, _BASELINE, artifact="b3:new")

    assert "the artifact's size 2,000.000005 MB, 5 B more than digits@3 (production) at 2,000 MB" in finding.message
    assert finding.message.endswith("within the 1 MB that it may grow")


def test_the_least_start_is_told_in_the_unit_of_the_largest() -> None:
    record = measured(ServedModel(peak_rss_bytes=(413_977_805, 411_000_000, 412_000_000)))
    (finding,) = memory.judge(Memory(max=2 * 10**9), record, LeftOut())

    assert finding.message == "peak memory 414 MB (the largest of 3 starts, the least 411 MB) is at most 2,000 MB"


@pytest.mark.parametrize(
    ("candidate", "verdict"), [(1_100, Verdict.PASS), (1_101, Verdict.FAIL), (1_000, Verdict.PASS), (1, Verdict.PASS)]
)
def test_a_size_may_grow_by_so_much(candidate: int, verdict: Verdict) -> None:
    (finding,) = size.judge(Size(max_increase=_TENTH), candidate, 1_000, _BASELINE, artifact="b3:new")

    assert finding.verdict is verdict
    assert finding.estimate == pytest.approx(candidate / 1_000 - 1)
    assert (finding.threshold, finding.name) == (0.1, "size.max_increase")


def test_growing_from_nothing_has_no_share() -> None:
    """Bytes can be compared with it, a percentage cannot."""
    (share,) = size.judge(Size(max_increase=_TENTH), 5, 0, _BASELINE)
    (count,) = size.judge(Size(max_increase=Margin(value=10.0, relative=False)), 5, 0, _BASELINE)

    assert (share.verdict, share.reason) == (Verdict.ERROR, Reason.NOT_MEASURED)
    assert count.verdict is Verdict.PASS


def test_an_artifact_without_bytes_is_no_small_one() -> None:
    findings = size.judge(Size(max=1_000_000, max_increase=_TENTH), 0, 7, _BASELINE)

    assert [(one.name, one.verdict, one.reason) for one in findings] == [
        ("size.max", Verdict.ERROR, Reason.NOT_MEASURED),
        ("size.max_increase", Verdict.ERROR, Reason.NOT_MEASURED),
    ]
    assert all("no bytes at all: there is nothing in it" in one.message for one in findings)
    (least,) = size.judge(Size(max=1), 1, None, LeftOut())
    assert least.verdict is Verdict.PASS


def test_a_model_without_an_artifact_has_no_size() -> None:
    findings = size.judge(Size(max=5, max_increase=_TENTH), None, 7, _BASELINE)

    assert [(finding.name, finding.reason) for finding in findings] == [
        ("size.max", Reason.NOT_MEASURED),
        ("size.max_increase", Reason.NOT_MEASURED),
    ]


@pytest.mark.parametrize(
    ("of_candidate", "of_baseline", "said"),
    [
        ("b3:new", "b3:old", (Reason.WITHIN_LIMIT, Reason.NOT_WORSE)),
        (None, None, (Reason.WITHIN_LIMIT, Reason.NOT_WORSE)),
        ("b3:new", "b3:older", (Reason.WITHIN_LIMIT, Reason.OTHER_BASELINE)),
        ("b3:third", "b3:old", (Reason.OTHER_CANDIDATE, Reason.OTHER_CANDIDATE)),
    ],
)
def test_memory_of_other_models_than_those_judged_is_refused(
    of_candidate: str | None, of_baseline: str | None, said: tuple[Reason, Reason]
) -> None:
    """What another model took says nothing of this one; a record that does not say what ran is believed."""
    mine, theirs = (ServedModel(artifact=one, peak_rss_bytes=(400 * _MIB,)) for one in (of_candidate, of_baseline))
    rule = Memory(max=2**31, max_increase=_TENTH)

    found = memory.judge(rule, measured(mine, theirs), _BASELINE, artifact="b3:new")

    assert tuple(one.reason for one in found) == said
    others = (Reason.OTHER_CANDIDATE, Reason.OTHER_BASELINE)
    assert [one.verdict is Verdict.ERROR for one in found] == [reason in others for reason in said]
