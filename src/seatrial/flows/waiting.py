"""Which versions wait for approvals, and how those given stand, told without judging anything.

Called by `models list` and `models show`. Judging a version may mean running an evaluation, which no listing may; so
what the gates would find now is the one part of an approval's ground that is not compared here. `models promote` and
`models approve` compare it.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.flows.approval_rules import rules_for
from seatrial.flows.authors import authors_of
from seatrial.flows.case_files import test_cases
from seatrial.flows.debts import read_book
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.workspace import Workspace
from seatrial.gates.choice import choose_for_alias
from seatrial.gates.rules import rules_of
from seatrial.registry.approval import Standing, standing
from seatrial.registry.approval_evidence import grounds, policy_digest
from seatrial.registry.approval_policy import ApprovalRule
from seatrial.registry.debt import Book
from seatrial.registry.history import History
from seatrial.registry.promotion import unfit
from seatrial.registry.records import Version
from seatrial.registry.registry import Registry
from seatrial.verdict import Verdict


class Waiting(Struct, frozen=True, kw_only=True):
    """How the approvals of a version for an alias stand."""

    version: Version
    alias: str
    standing: Standing

    @property
    def waits(self) -> bool:
        """Whether any is missing."""
        return self.standing.missing > 0


class Approvals:
    """The approvals of one project, with what they are held against read once. Raises ConfigError, StateError."""

    def __init__(self, workspace: Workspace, policy: ProjectPolicy) -> None:
        self._workspace = workspace
        self._policy = policy
        self._rules = rules_for(workspace, policy)
        self._book: Book = read_book(workspace.state)

    def waiting(self, history: History) -> tuple[Waiting, ...]:
        """What of a model waits: for each alias with a rule the newest version that could take it, and any other that
        somebody has approved already."""
        found = []
        for alias in sorted(self._rules_of(history)):
            holder = history.aliases.get(alias, 0)
            later = [one for one in history.versions.values() if one.number > holder and _could_take(one)]
            for version in later:
                one = self._of(history, version, alias)
                if one.waits and (version is later[-1] or one.standing.valid):
                    found.append(one)
        return tuple(found)

    def of_version(self, history: History, version: Version) -> tuple[Waiting, ...]:
        """How the approvals of one version stand, by alias; of aliases with a rule that it does not hold also where
        nobody has approved it."""
        given = {one.approval.alias for one in history.approvals if one.approval.version == version.number}
        asked = {
            alias
            for alias in self._rules_of(history)
            if history.aliases.get(alias, 0) < version.number and _could_take(version)
        }
        if version.model not in self._policy.models:
            return ()
        return tuple(self._of(history, version, alias) for alias in sorted(given | asked))

    def _rules_of(self, history: History) -> Mapping[str, ApprovalRule]:
        return self._rules.get(history.model, {})

    def _of(self, history: History, version: Version, alias: str) -> Waiting:
        declared = self._policy.models[history.model]
        gate_set = choose_for_alias(declared.gates, alias, declared.gates_file)
        rule = self._rules_of(history).get(alias)
        number = history.aliases.get(alias)
        holder = None if number is None else history.versions[number]
        debt = self._book.owed_by(version)
        return Waiting(
            version=version,
            alias=alias,
            standing=standing(
                history.approvals_of(version.number, alias),
                rule,
                evidence=grounds(version, alias, holder=holder, ledger=history.ledger, debt=debt),
                policy=policy_digest(rules_of(gate_set), test_cases(self._workspace.git.root, gate_set).digests, rule),
                now=self._workspace.clock.now(),
                authors=authors_of(self._workspace, version, holder),
            ),
        )


def histories(workspace: Workspace) -> tuple[History, ...]:
    """Every model's history."""
    registry = Registry(workspace.state)
    return tuple(registry.history(name) for name in registry.models())


def _could_take(version: Version) -> bool:
    """Whether approvals could be all that a version lacks, as it was judged at registration."""
    return not unfit(version) and all(finding.verdict is not Verdict.FAIL for finding in version.findings)
