"""What the registry remembers of a model: its versions, and what was done with them.

Written by `registry.py`, read by the flows, the report and the command line. A `Draft` is
everything known when a version is registered; a `Version` is a draft with its number and with
the tags and links it has by now. The other records are the steps of a model's history:
`AliasMove` is a row of the promotion ledger, `Tagged` and `Linked` change labels, `Approval` and `Revoked` are a
person's word that a version may take an alias, and its withdrawal.

Subtle: these records outlive the code that wrote them. A field may be added with a default;
renaming or removing one, or changing a meaning, needs a new schema in `serial.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from seatrial.evidence.policy import Columns
from seatrial.store.blobs import Artifact
from seatrial.verdict import Decision, Finding, Verdict

_MOST_PATHS = 3  # named in a sentence


class IdentifiedBy(StrEnum):
    """How we know who somebody is. Said beside each name, because none of these is proof."""

    GIT_CONFIG = "git config"
    GITHUB_ACTIONS = "github actions"
    GITLAB_CI = "gitlab ci"
    OS_USER = "os user"
    GITHUB_REVIEW = "github review"
    GITHUB_COMMENT = "github comment"
    GITLAB_APPROVAL = "gitlab approval"
    GITLAB_COMMENT = "gitlab comment"


class How(StrEnum):
    """How an alias came to move."""

    PROMOTE = "promote"
    FIRST = "first"
    OVERRIDE = "override"
    ROLLBACK = "rollback"


class Actor(Struct, frozen=True, kw_only=True):
    """Who did something."""

    name: str
    identified_by: IdentifiedBy


class StoredFile(Struct, frozen=True, kw_only=True):
    """An evidence file whose blobs the state keeps. `path` is as the stage declared it (its suffix
    says the format); `stage` and `action` are the cell and the action key that made it."""

    path: str
    artifact: Artifact
    stage: str | None = None
    action: str | None = None


class StoredPredictions(Struct, frozen=True, kw_only=True):
    """The rows a version was judged on: enough to judge them again without the work tree."""

    file: StoredFile
    columns: Columns
    rows: int


class DeferredCell(Struct, frozen=True, kw_only=True):
    """A cell that should have run beside what made a version, and was deferred. `input_digest` identifies what
    it would have read, `work` the same wherever it is run (see `debt.py`)."""

    cell: str
    input_digest: str
    work: str


class UnpinnedReads(Struct, frozen=True, kw_only=True):
    """Files outside of the repository that a cell was seen to read, and of which nobody knows what they will hold
    tomorrow. `paths` are the first of them, `in_all` is how many there were."""

    cell: str
    paths: tuple[str, ...]
    in_all: int

    def __str__(self) -> str:
        shown = ", ".join(self.paths[:_MOST_PATHS])
        more = self.in_all - min(len(self.paths), _MOST_PATHS)
        what = "a file" if self.in_all == 1 else f"{self.in_all} files"
        return f"{self.cell} read {what} outside of the repository: {shown}" + (f" and {more} more" if more else "")


class StoredSeed(Struct, frozen=True, kw_only=True):
    """What one cell of a recipe left: metrics, or predictions where there are columns."""

    file: StoredFile
    columns: Columns | None = None


class Draft(Struct, frozen=True, kw_only=True):
    """A version before it has a number.

    `created_at` is an ISO instant. `commit` is the full commit id, `tree` the id of its git tree (None when files
    were not committed). `data` gives digests by dataset, `params` the parameters that the stage which made the
    artifact used, by dotted path. `overlay` holds the tier's parameter overlay, `overridden` what was overridden on
    the command line, both by dotted path. `evaluation` identifies the evaluating action without its model dep
    (command, closure, parameters, environment) and `test_set` the data it ran on: stored rows serve as a baseline
    only where both are equal. `compared` keeps a baseline's rows, by its artifact's digest, where they had to be made
    again for this version's judgement, `compared_answers` its answers to the test cases where it was asked for that.
    `others` is further evidence by its kind (answers, preferences, timings), `voted_against` the digest of the artifact
    that its preferences compare this one with, None where there are none or nobody knows;
    `seeds` is what the same training gave with other seeds. `deferred` are the cells that its run should have run and
    did not, `unpinned` what its cells and those before them read that nothing pins. `findings`, `verdict` and
    `decision` are as judged at registration, None when nobody judged; `rules` is the gate set as it was then.
    `installed` says what `environment` is the digest of, where that was known: a draft holds it itself, a version has
    it in `installed_file`, because few ask for it and every listing reads all versions.
    """

    model: str
    artifact: Artifact
    run: str
    created_at: str
    actor: Actor
    config: str
    environment: str
    made_by: str | None = None
    action: str | None = None
    commit: str | None = None
    tree: str | None = None
    dirty: bool = False
    data: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    tier: str | None = None
    overlay: Mapping[str, object] = field(default_factory=dict)
    overridden: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    predictions: StoredPredictions | None = None
    metrics_files: tuple[StoredFile, ...] = ()
    curves: tuple[StoredFile, ...] = ()
    others: Mapping[str, StoredFile] = field(default_factory=dict)
    seeds: tuple[StoredSeed, ...] = ()
    evaluation: str | None = None
    test_set: str | None = None
    compared: Mapping[str, StoredPredictions] = field(default_factory=dict)
    compared_answers: Mapping[str, StoredFile] = field(default_factory=dict)
    gate_set: str | None = None
    findings: tuple[Finding, ...] = ()
    verdict: Verdict | None = None
    decision: Decision | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    deferred: tuple[DeferredCell, ...] = ()
    unpinned: tuple[UnpinnedReads, ...] = ()
    voted_against: str | None = None
    rules: Mapping[str, object] = field(default_factory=dict)
    installed: Mapping[str, str] = field(default_factory=dict)
    installed_file: StoredFile | None = None

    @property
    def stored(self) -> tuple[Artifact, ...]:
        """Every artifact whose blobs the state must hold for this version."""
        files = [*self.metrics_files, *self.curves, *self.others.values(), *(seed.file for seed in self.seeds)]
        if self.predictions is not None:
            files.append(self.predictions.file)
        files += [rows.file for rows in self.compared.values()]
        files += self.compared_answers.values()
        if self.installed_file is not None:
            files.append(self.installed_file)
        return (self.artifact, *(file.artifact for file in files))


class Version(Draft, frozen=True, kw_only=True):
    """One registered version. Numbers count from 1 within a model."""

    number: int

    @property
    def ref(self) -> str:
        return f"{self.model}@{self.number}"


class ApprovedBy(Struct, frozen=True, kw_only=True):
    """An approval that a move rested on: whose, when it was given, and where it can be read."""

    actor: Actor
    at: str
    note: str | None = None
    where: str | None = None


class AliasMove(Struct, frozen=True, kw_only=True):
    """One row of the ledger: `alias` came to point at `version`.

    `previous` is the version it pointed at before, None when nobody ever held it. `decision`,
    `findings`, `gate_set` and `rules`, the set as it was, say what the move rested on; a rollback is not
    judged, so there they are None and empty. `reason` is the person's own words (override, rollback).
    `approvals` are those that stood when it was made.
    """

    model: str
    alias: str
    version: int
    previous: int | None
    how: How
    actor: Actor
    at: str
    decision: Decision | None = None
    findings: tuple[Finding, ...] = ()
    gate_set: str | None = None
    reason: str | None = None
    rules: Mapping[str, object] = field(default_factory=dict)
    approvals: tuple[ApprovedBy, ...] = ()


class Tagged(Struct, frozen=True, kw_only=True):
    """A version's tag `key` was set to `value`, or removed when it is None."""

    version: int
    key: str
    value: str | None
    actor: Actor
    at: str


class Linked(Struct, frozen=True, kw_only=True):
    """A version was linked to a page of another tracker."""

    version: int
    url: str
    actor: Actor
    at: str


class Approval(Struct, frozen=True, kw_only=True):
    """Somebody's word that `version` may take `alias`, as things stood when it was given.

    `evidence` is the digest of all that the approver was shown, `shown` the digests of its parts, by which one can say
    what has changed since. `policy` is the digest of the gates and of the rule for approvals. `where` is the address of
    the comment or the review by which it was given.
    """

    version: int
    alias: str
    evidence: str
    policy: str
    actor: Actor
    at: str
    shown: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None
    where: str | None = None


class Revoked(Struct, frozen=True, kw_only=True):
    """Every approval that `of` gave before, of this version for this alias, is taken back; `actor` did that."""

    version: int
    alias: str
    of: Actor
    actor: Actor
    at: str
    note: str | None = None


Record = Version | AliasMove | Tagged | Linked | Approval | Revoked
