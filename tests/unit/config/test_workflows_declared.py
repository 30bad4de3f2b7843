"""`workflows:` is read strictly: all mistakes at once, and nothing reaches a forge that it would execute."""

from __future__ import annotations

import pytest

from seatrial.config.load import load
from seatrial.errors import ConfigError
from seatrial.forge.workflows.policy import DAILY, DownloadsPolicy, TestsPolicy, WorkflowsPolicy
from seatrial.forge.workflows.wanted import Role
from seatrial.replacing import replace

HEAD = "project: digits\ntiers: {pr: {}, quick: {}}\nstages: {unit: {cmd: x}}\nworkflows:\n"


def declared(text: str) -> WorkflowsPolicy:
    found = load(lambda path: (HEAD + text).encode() if path == "seatrial.yaml" else None).policy.workflows
    tests = None if found.tests is None else replace(found.tests, place=None)
    downloads = None if found.downloads is None else replace(found.downloads, place=None)
    return replace(found, place=None, places={}, tests=tests, downloads=downloads)


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        declared(text)
    return [f"{problem} -> {problem.next_step}" for problem in refused.value.problems]


def test_every_key_is_read() -> None:
    text = """\
  seatrial: seatrial==1.0
  install: [pip install -r a.txt, make deps]
  python: "3.12"
  runners: {default: big, gpu: [self-hosted, gpu]}
  tiers: {fast: quick, nightly: false}
  schedule: "30  4 * * 1-5"
  tests: {python: ["3.11", "3.12"], frameworks: {torch-2.4: "torch==2.4.*"}, stages: [unit]}
  downloads: {paths: [~/.cache/huggingface], by: [model.yaml]}
  secrets: [A_KEY]
  variables: [A_REGION]
"""

    assert declared(text) == WorkflowsPolicy(
        seatrial="seatrial==1.0",
        install=("pip install -r a.txt", "make deps"),
        python="3.12",
        runners={"default": ("big",), "gpu": ("self-hosted", "gpu")},
        tiers={Role.FAST: "quick", Role.NIGHTLY: None},
        schedule="30 4 * * 1-5",
        tests=TestsPolicy(pythons=("3.11", "3.12"), frameworks={"torch-2.4": "torch==2.4.*"}, stages=("unit",)),
        downloads=DownloadsPolicy(paths=("~/.cache/huggingface",), by=("model.yaml",)),
        secrets=("A_KEY",),
        variables=("A_REGION",),
    )


def test_nothing_has_to_be_said() -> None:
    assert declared("  python: '3.12'\n").schedule == DAILY
    assert declared("  install: []\n").install == ()
    assert declared("  install: make deps\n").install == ("make deps",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  runner: x\n", "did you mean `runners`?"),
        ("  runners: {gpus: x}\n", "did you mean `gpu`?"),
        ("  runners: {gpu: []}\n", "a runner needs a label"),
        ("  runners: {gpu: 'a b'}\n", "`a b` cannot be the label of a runner"),
        ("  runners: {gpu: [a, a]}\n", "`a` stands twice"),
        ("  runners: {gpu: '${{ github.event.x }}'}\n", "cannot be the label"),
        ("  install: 'echo ${{ github.head_ref }}'\n", "before a shell reads it"),
        ('  install: "a\\nb"\n', "one line that can be printed"),
        ('  seatrial: "x${{ secrets.A }}"\n', "before a shell reads it"),
        ("  python: 3.10\n", "3.10 is the number 3.1"),
        ("  python: '4'\n", "`4` is no version of Python"),
        ("  schedule: daily\n", "has five fields, not 1"),
        ("  schedule: '60 6 * * *'\n", "`60` is no minute"),
        ("  schedule: '0 6 * * 5-1'\n", "`5-1` is no weekday"),
        ("  schedule: '0 */0 * * *'\n", "`*/0` is no hour"),
        ("  schedule: '0 6 * * mon'\n", "`mon` is no weekday"),
        ("  tiers: {fast: quik}\n", "did you mean `quick`?"),
        ("  tiers: {fast: pr, slow: pr}\n", "tier `pr` is that for fast already"),
        ("  tiers: {quick: pr}\n", "unknown key `quick`"),
        ("  tests: {}\n", "neither `python` nor `frameworks`"),
        ("  tests: {python: []}\n", "`python` names no version"),
        ("  tests: {python: ['3.11', '3.11']}\n", "`3.11` stands twice"),
        ("  tests: {python: ['3.11'], stages: [units]}\n", "did you mean `unit`?"),
        ("  tests: {frameworks: {a: '-r x.txt'}}\n", "cannot begin with an option"),
        ("  tests: {frameworks: {A b: x}}\n", "cannot name a set of packages"),
        ("  downloads: {paths: [a]}\n", "`by` is missing"),
        ("  downloads: {paths: ['/etc'], by: [a]}\n", "`/etc` is no folder that can be kept"),
        ("  downloads: {paths: ['~/../x'], by: [a]}\n", "is no folder that can be kept"),
        ("  downloads: {paths: [a], by: ['../x']}\n", "leaves its folder"),
        ('  downloads: {paths: [a], by: ["it\'s"]}\n', "cannot be part of a key"),
        ("  downloads: {paths: [], by: [a]}\n", "`paths` is empty"),
        ("  secrets: [ghp_abc-def]\n", "is not the name of a variable"),
        ("  secrets: [GITHUB_TOKEN]\n", "is the forge's own"),
    ],
)
def test_a_mistake_is_told_with_what_to_write(text: str, said: str) -> None:
    found = mistakes(text)

    assert any(said in each for each in found), found
    assert all(each.startswith("seatrial.yaml:") for each in found)


def test_what_may_be_a_secret_is_not_repeated() -> None:
    assert not any("hunter2" in each for each in mistakes("  secrets: ['hunter2!']\n"))


def test_all_mistakes_are_told_at_once() -> None:
    assert len(mistakes("  python: 3.10\n  schedule: x\n  runners: {gpu: []}\n")) == 3
