"""What the keys about running stages become: commands, resources, retries, budgets, shared places."""

from __future__ import annotations

import pytest

from seatrial.config.load import load
from seatrial.flows.policy import CachePolicy, ProjectPolicy
from seatrial.pipeline.policy import Budget, MachineLimits, Over, Resources, Retries, StageSpec, UrlSource

HEAD = "project: p\n"


def policy(text: str) -> ProjectPolicy:
    return load(lambda path: (HEAD + text).encode() if path == "seatrial.yaml" else None).policy


def stage(text: str, before: str = "") -> StageSpec:
    return policy(f"{before}stages: {{a: {{{text}}}}}\n").pipeline.stages["a"]


def test_a_shell_stage_keeps_its_text_as_it_is_written() -> None:
    found = stage('shell: "sort ${X:-y} | uniq > $SEATRIAL_OUTS_ROWS", outs: {rows: r.txt}')

    assert (found.cmd, found.shell) == ("", "sort ${X:-y} | uniq > $SEATRIAL_OUTS_ROWS")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cmd: x", Resources()),
        ("cmd: x, resources: {cpus: 0.5, memory: 2GiB, gpus: 8}", Resources(cpus=0.5, memory=2 << 30, gpus=8)),
        ("cmd: x, resources: {memory: 1500kB}", Resources(memory=1_500_000)),
        ("cmd: x, resources: {memory: 1073741824}", Resources(memory=1 << 30)),
    ],
)
def test_resources_of_a_cell(text: str, expected: Resources) -> None:
    assert stage(text).resources == expected


def test_tokens_are_counted_by_the_project_and_asked_for_by_stages() -> None:
    found = policy("resources: {cpus: 8, tokens: {rig: 2}}\nstages: {a: {cmd: x, resources: {tokens: {rig: 1}}}}\n")

    assert found.pipeline.machine == MachineLimits(cpus=8, tokens={"rig": 2})
    assert found.pipeline.stages["a"].resources.tokens == {"rig": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Retries()),
        (", retries: 2", Retries(count=2)),
        (
            ", retries: {count: 3, delay: 30s, factor: 1, longest: 1h}",
            Retries(count=3, delay=30, factor=1, longest=3600),
        ),
    ],
)
def test_retries(text: str, expected: Retries) -> None:
    assert stage(f"cmd: x{text}").retries == expected


def test_switches_and_secrets_of_a_stage() -> None:
    found = stage("cmd: x, always: true, effects: true, fail_fast: true, secrets: [TOKEN]")

    assert (found.always, found.effects, found.fail_fast, found.secrets) == (True, True, True, ("TOKEN",))
    assert not stage("cmd: x").always


def test_outs_that_are_not_stored_stay_in_place_or_may_differ() -> None:
    (out,) = stage("cmd: x, outs: {o: {path: o, cache: false, persist: true, tolerance: 1e-6}}").outs

    assert (out.cache, out.persist, out.tolerance) == (False, True, 1e-6)


@pytest.mark.parametrize("url", ["s3://bucket/key", "s3://bucket/prefix/", "hf://org/name@0123456789abcdef"])
def test_an_address_as_a_dep(url: str) -> None:
    (dep,) = stage(f"cmd: x, deps: {{d: '{url}'}}").deps or ()

    assert dep.source == UrlSource(url=url)


def test_a_matrix_with_cells_taken_out_and_added() -> None:
    found = stage("cmd: x, matrix: {s: [0, 1], exclude: [{s: 1}], include: [{s: 9}]}")

    assert (found.matrix, found.exclude, found.include) == ({"s": (0, 1)}, ({"s": 1},), ({"s": 9},))


def test_an_included_cell_can_be_referred_to_and_an_excluded_one_cannot() -> None:
    text = (
        "stages:\n"
        "  a: {cmd: x, matrix: {s: [0, 1], exclude: [{s: 1}], include: [{s: 9}]}, outs: {o: 'o/${matrix.s}'}}\n"
        "  b: {cmd: x, deps: {d: 'a[s=%s].o'}}\n"
    )

    assert policy(text % 9).pipeline.stages["b"].deps
    with pytest.raises(Exception, match=r"stage a has no cell `\[s=1\]`"):
        policy(text % 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("budget: 5m", Budget(time=300)),
        ("budget: {time: 90, over: stop}", Budget(time=90, over=Over.STOP)),
    ],
)
def test_budgets_of_a_tier(text: str, expected: Budget) -> None:
    found = policy(f"tiers: {{t: {{{text}}}}}\nstages: {{a: {{cmd: x}}}}\n")

    assert found.tiers["t"].budget == expected


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("release: {}", True),
        ("nightly: {}", False),
        ("nightly: {frozen: true}", True),
        ("release: {frozen: false}", False),
        ("ship: {on_pass: {promote: production}}", True),
    ],
)
def test_which_tiers_refuse_what_is_not_pinned(tier: str, expected: bool) -> None:
    (found,) = policy(f"tiers: {{{tier}}}\nstages: {{a: {{cmd: x}}}}\n").tiers.values()

    assert found.refuses_floating is expected


def test_where_records_and_results_are_shared() -> None:
    found = policy(
        "state: s3://models/digits\ncache: {remote: 'file:///mnt/cache', push: false, keep: 30d, size: 50GiB}\n"
        "stages: {a: {cmd: x}}\n"
    )

    assert found.state == "s3://models/digits"
    assert found.cache == CachePolicy(remote="file:///mnt/cache", push=False, keep=30 * 86400, size=50 << 30)


@pytest.mark.parametrize("address", ["git", "git:vault"])
def test_records_can_lie_on_a_git_ref(address: str) -> None:
    """Of `origin`, or of the remote that is named."""
    assert policy(f"state: {address}\nstages: {{a: {{cmd: x}}}}\n").state == address


def test_records_are_local_and_nothing_is_shared_unless_said_so() -> None:
    found = policy("stages: {a: {cmd: x}}\n")

    assert (found.state, found.cache) == ("local", CachePolicy())
