"""The seven points about data, from facts to evidence. Pure. Called by `probes.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seatrial.adopt.doctor import command_words as does
from seatrial.adopt.doctor.evidence import by_records, checks, declared, present, stages
from seatrial.adopt.doctor.facts import Facts, FindingSeen
from seatrial.adopt.doctor.outcome import Evidence
from seatrial.adopt.doctor.project_words import ci_commands, gate_places, judging, testing
from seatrial.data.codes import Check
from seatrial.data.policy import Contract, Extra
from seatrial.errors import Place
from seatrial.gates.codes import Kind
from seatrial.report.facts import DATA
from seatrial.report.numbers import plural

_FEATURE_CODE = re.compile(
    r"(?:\A|[._])(?:features?|preprocess\w*|transforms?|data|datasets?|dataloaders?|tokeni[sz]\w*|augment\w*|clean\w*"
    r"|encod\w*|schema|ingest\w*)(?:[._]|\Z)",
    re.IGNORECASE,
)
_SUITES = ("great-expectations", "great_expectations", "pandera")


def feature_schema(facts: Facts) -> Iterator[Evidence]:
    """data.1: a contract, judged by a stage, which has failed."""
    yield from by_records("the check of data", checks(facts, DATA), facts.since)
    judged = {spec.uses.dataset: spec for spec in judging(facts, DATA) if spec.uses is not None}
    for name, place in _contracts(facts):
        if name in judged:
            yield present(f"stage `{judged[name].name}` holds `{name}` against its contract", judged[name].place)
        else:
            yield declared(f"`{name}` has a contract, and no stage judges it", place)
    for lock in facts.tree.locks:
        for suite in _SUITES:
            if suite in lock.pins:
                yield declared(f"{suite} is required", file=lock.path, line=lock.pins[suite][0].line)


def feature_cost(facts: Facts) -> Iterator[Evidence]:
    """data.3: limits on what the model costs to answer bound what all its features cost."""
    for kind in (Kind.LATENCY, Kind.MEMORY):
        for name, used, place in gate_places(facts, kind):
            say = present if used else declared
            yield say(f"gate set `{name}` limits {kind.value}", place)


def feature_policy(facts: Facts) -> Iterator[Evidence]:
    """data.4: a column that the contract does not name is refused."""

    def wanted(finding: FindingSeen) -> bool:
        return finding.name in (Check.RULE_EXTRA_COLUMN, Check.SCHEMA_NEW)

    closed = [(name, contract) for name, contract in _read(facts) if contract.extra is Extra.FORBID]
    if closed:
        yield from by_records("the check for columns that are not named", checks(facts, DATA, wanted), facts.since)
    judged = {spec.uses.dataset for spec in judging(facts, DATA) if spec.uses is not None}
    for name, contract in closed:
        say = present if name in judged else declared
        yield say(
            f"the contract of `{name}` forbids columns that it does not name",
            contract.places.get("extra_columns"),
            file=contract.file,
        )


def privacy(facts: Facts) -> Iterator[Evidence]:
    """data.5: columns that are marked sensitive are masked wherever rows are shown."""
    judged = {spec.uses.dataset for spec in judging(facts, DATA) if spec.uses is not None}
    for name, contract in _read(facts):
        marked = [rule for rule in contract.columns.values() if rule.sensitive]
        if marked:
            say = present if name in judged else declared
            place = marked[0].places.get("sensitive")
            yield say(
                f"`{name}` has {plural(len(marked), 'sensitive column')}, masked in reports", place, file=contract.file
            )


def feature_tests(facts: Facts) -> Iterator[Evidence]:
    """data.7: tests import what makes features, and something runs them."""
    yield from code_tests(facts, _FEATURE_CODE, "code that makes features")


_TESTS_FAILED = ("exit code 1",)
"""How runners of tests end when a test failed. Other codes say that none could be run: a missing package has not shown
that the tests can say no."""


def code_tests(facts: Facts, names: re.Pattern[str], what: str) -> Iterator[Evidence]:
    """Tests that import modules of some names; who runs them, and whether they failed."""
    about = sorted(module for module in facts.tree.tested if names.search(module))
    if not about:
        return
    running = testing(facts)
    if running:
        named = frozenset(spec.name for spec in running)
        yield from by_records(
            f"the tests that import `{about[0]}`", stages(facts, named, no=_TESTS_FAILED), facts.since
        )
        yield present(f"stage `{running[0].name}` tests {what} (`{about[0]}`)", running[0].place)
    for file, command in ci_commands(facts, does.tests):
        yield present(f"CI tests {what} (`{about[0]}`)", file=file, line=command.line)
        break
    yield declared(f"tests import {what} (`{about[0]}`)", file=facts.tree.tested[about[0]])


def _contracts(facts: Facts) -> Iterator[tuple[str, Place | None]]:
    if facts.project is not None:
        for name, dataset in facts.project.policy.datasets.items():
            if dataset.contract is not None:
                yield name, dataset.place


def _read(facts: Facts) -> list[tuple[str, Contract]]:
    return [] if facts.project is None else list(facts.project.contracts.items())
