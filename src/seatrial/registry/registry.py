"""Versions, aliases and the ledger of every model, over any `StateStore`.

Called by the flows (register, promote, baselines) and by the `models` commands. One model is
one stream, so that everything that depends on each other (does the version exist, who holds
the alias) is decided at one place in one order, and a racer is noticed by his record's number.

Subtle: a conflict means only that *some* record came in between. Registering then takes the next
number; an alias move is tried again only while the alias is still held by whom the caller
judged against, else the judgement is stale and the caller must judge anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import TypeVar, assert_never

from msgspec import Struct
from msgspec.structs import asdict

from seatrial.errors import ConflictError, UsageError
from seatrial.nearest import nearest
from seatrial.registry.history import History, fold
from seatrial.registry.labels import check_link, check_tag
from seatrial.registry.records import (
    Actor,
    AliasMove,
    Approval,
    ApprovedBy,
    Draft,
    How,
    Linked,
    Record,
    Revoked,
    Tagged,
    Version,
)
from seatrial.registry.refs import NumberRef, Ref, check_alias, check_model, parse_ref
from seatrial.registry.serial import to_body
from seatrial.store.blobs import BlobStore
from seatrial.store.state import StateStore
from seatrial.verdict import Decision, Finding

_PREFIX = "models/"
_LIST = "seatrial models list"
_SAME_WORK = ("artifact", "commit", "config", "evaluation", "test_set", "tier", "overlay", "overridden")
_R = TypeVar("_R", bound=Record | None)


class ModelSummary(Struct, frozen=True, kw_only=True):
    """One model in a listing: how many versions, the newest, and who holds which alias."""

    model: str
    versions: int
    latest: Version
    aliases: Mapping[str, int]


class Registry:
    """The model registry. Every method that decides something reads the verified records."""

    def __init__(self, state: StateStore) -> None:
        self._state = state

    @property
    def blobs(self) -> BlobStore:
        """Where registered artifacts and evidence are read from."""
        return self._state.blobs

    # -- looking ----------------------------------------------------------------------

    def models(self) -> tuple[str, ...]:
        """The names of all models. Raises StateError."""
        return tuple(stream.removeprefix(_PREFIX) for stream in self._state.streams(_PREFIX))

    def overview(self) -> tuple[ModelSummary, ...]:
        """All models, for listings only: it may come from an index. Raises StateError."""
        entries = self._state.browse(_PREFIX)
        found = []
        for stream, group in groupby(entries, key=lambda entry: entry.stream):
            history = fold(stream.removeprefix(_PREFIX), tuple(group))
            latest = history.versions[len(history.versions)]
            found.append(
                ModelSummary(
                    model=history.model, versions=len(history.versions), latest=latest, aliases=history.aliases
                )
            )
        return tuple(found)

    def history(self, model: str) -> History:
        """Everything about one model; empty when it has no version. Raises StateError, UsageError."""
        check_model(model)
        return fold(model, self._state.read(_PREFIX + model))

    def versions(self, model: str) -> tuple[Version, ...]:
        """All versions of a model, oldest first."""
        return tuple(self.history(model).versions.values())

    def aliases(self, model: str) -> Mapping[str, int]:
        """Which version each alias points at."""
        return self.history(model).aliases

    def ledger(self, model: str) -> tuple[AliasMove, ...]:
        """Every move of every alias, oldest first."""
        return self.history(model).ledger

    def holder(self, model: str, alias: str) -> Version | None:
        """Who holds an alias now; None when nobody ever did. Raises StateError when that cannot be known."""
        history = self.history(model)
        number = history.aliases.get(alias)
        return None if number is None else history.versions[number]

    def version(self, ref: Ref) -> Version:
        """The version a reference means. Raises UsageError naming what there is, StateError."""
        history = self.history(ref.model)
        if not history.versions:
            raise self._unknown_model(ref.model)
        number = ref.number if isinstance(ref, NumberRef) else history.aliases.get(ref.alias)
        if number is None or number not in history.versions:
            raise _unknown_version(history, ref)
        return history.versions[number]

    def resolve(self, text: str) -> Version:
        """The version that `digits@17` or `digits@production` means. Raises UsageError, StateError."""
        return self.version(parse_ref(text))

    # -- writing ----------------------------------------------------------------------

    def register(self, draft: Draft, *, source: BlobStore) -> Version:
        """Give a draft the next number, after its blobs were copied from `source`.

        The very same model of the same clean commit, evaluated the same way, is one version however many
        runs reused it and whoever registers it first: a nightly with nothing changed registers nothing
        new. So is one run's artifact, from whatever work tree. What is registered already is returned as
        it is. Raises CorruptBlobError, with nothing registered, when `source` cannot give a blob whole,
        and UsageError for tags or links that cannot be kept.
        """
        for key, value in draft.tags.items():
            check_tag(key, value)
        for url in draft.links:
            check_link(url)
        existing = _same(self.history(draft.model), draft)
        if existing is not None:
            return existing
        for artifact in draft.stored:
            self._state.keep(artifact, source)

        def next_version(history: History) -> Version:
            return _same(history, draft) or Version(**asdict(draft) | {"number": len(history.versions) + 1})

        return self._write(draft.model, next_version)

    def move_alias(
        self,
        model: str,
        alias: str,
        version: int,
        *,
        expected_holder: int | None,
        how: How,
        actor: Actor,
        at: str,
        decision: Decision | None = None,
        findings: tuple[Finding, ...] = (),
        gate_set: str | None = None,
        reason: str | None = None,
        rules: Mapping[str, object] | None = None,
        approvals: tuple[ApprovedBy, ...] = (),
    ) -> AliasMove:
        """Point an alias at a version, if `expected_holder` holds it still (None: nobody ever did).

        `at` is an ISO instant. The `approvals` that the move rests on must stand still. When the version is itself the
        expected holder, nothing is written and the move that put it there is returned. Raises ConflictError when
        somebody else holds the alias, or an approval was withdrawn, UsageError for an unknown version or an unusable
        alias.
        """
        check_alias(alias)

        def move(history: History) -> AliasMove:
            if version not in history.versions:
                raise _unknown_version(history, NumberRef(model=model, number=version))
            holder = history.aliases.get(alias)
            if holder != expected_holder:
                raise _held_by_another(model, alias, expected_holder, holder)
            if holder == version:
                return next(row for row in reversed(history.ledger) if row.alias == alias)
            _refuse_withdrawn(history, version, alias, approvals)
            return AliasMove(
                model=model,
                alias=alias,
                version=version,
                previous=holder,
                how=how,
                actor=actor,
                at=at,
                decision=decision,
                findings=findings,
                gate_set=gate_set,
                reason=reason,
                rules=rules or {},
                approvals=approvals,
            )

        return self._write(model, move)

    def approve(self, model: str, approval: Approval) -> Approval:
        """Record an approval. Raises UsageError for an unknown version or an unusable alias."""
        check_alias(approval.alias)

        def record(history: History) -> Approval:
            if approval.version not in history.versions:
                raise _unknown_version(history, NumberRef(model=model, number=approval.version))
            return approval

        return self._write(model, record)

    def revoke(self, model: str, revoked: Revoked) -> Revoked | None:
        """Take back the approvals that somebody gave a version for an alias; None where none of them stands."""

        def record(history: History) -> Revoked | None:
            given = history.approvals_of(revoked.version, revoked.alias)
            standing = any(one.revoked is None and one.approval.actor == revoked.of for one in given)
            return revoked if standing else None

        return self._write(model, record)

    def tag(self, ref: Ref, key: str, value: str | None, *, actor: Actor, at: str) -> Version:
        """Set a tag, or remove it with None. Idempotent. Raises UsageError."""
        check_tag(key, value)
        number = self.version(ref).number

        def record(history: History) -> Tagged | None:
            if history.versions[number].tags.get(key) == value:
                return None
            return Tagged(version=number, key=key, value=value, actor=actor, at=at)

        self._write(ref.model, record)
        return self.version(NumberRef(model=ref.model, number=number))

    def link(self, ref: Ref, url: str, *, actor: Actor, at: str) -> Version:
        """Link a version to a page of another tracker (http or https). Idempotent. Raises UsageError."""
        check_link(url)
        number = self.version(ref).number

        def record(history: History) -> Linked | None:
            if url in history.versions[number].links:
                return None
            return Linked(version=number, url=url, actor=actor, at=at)

        self._write(ref.model, record)
        return self.version(NumberRef(model=ref.model, number=number))

    # -- inside -----------------------------------------------------------------------

    def _write(self, model: str, decide: Callable[[History], _R]) -> _R:
        """Append what `decide` makes of the history, anew after each conflict.

        Ends, because every conflict means that somebody else got ahead. A record that the history
        holds already is returned, not written.
        """
        while True:
            history = self.history(model)
            record = decide(history)
            if record is None or _known(history, record):
                return record
            try:
                self._state.append(_PREFIX + model, to_body(record), expected=history.length)
            except ConflictError:
                continue
            return record

    def _unknown_model(self, model: str) -> UsageError:
        known = self.models()
        near = nearest(model, known)
        have = f"did you mean {near}?" if near else f"there are: {', '.join(known)}" if known else "there are none"
        return UsageError(
            f"no version of {model!r} is registered; {have}",
            next_step=_LIST if known else "seatrial run, then seatrial models register",
        )


def _known(history: History, record: Record) -> bool:
    """Whether `decide` handed back a record that it took from the history."""
    match record:
        case Version():
            return history.versions.get(record.number) is record
        case AliasMove():
            return any(row is record for row in history.ledger)
        case Tagged() | Linked() | Approval() | Revoked():
            return False
        case _:
            assert_never(record)


def _same(history: History, draft: Draft) -> Version | None:
    """The version that this draft is already. Asked anew after each conflict: the racer may have been it."""
    return next((version for version in history.versions.values() if _is_same(version, draft)), None)


def _is_same(version: Version, draft: Draft) -> bool:
    if version.artifact.digest != draft.artifact.digest:
        return False
    if version.run == draft.run:
        return True
    if draft.commit is None or draft.dirty or version.dirty:
        return False
    if draft.voted_against not in (None, version.voted_against):
        return False  # votes against another model are another ground to be judged on
    return all(getattr(version, name) == getattr(draft, name) for name in _SAME_WORK)


def _refuse_withdrawn(history: History, version: int, alias: str, approvals: tuple[ApprovedBy, ...]) -> None:
    """A move that rests on approvals is made while they stand, or not at all."""
    given = {
        (one.approval.actor, one.approval.at) for one in history.approvals_of(version, alias) if one.revoked is None
    }
    for approval in approvals:
        if (approval.actor, approval.at) not in given:
            raise ConflictError(
                f"the approval of {approval.actor.name} for {alias} was withdrawn meanwhile",
                next_step="run the command again; it will be judged with the approvals that stand",
            )


def _held_by_another(model: str, alias: str, expected: int | None, holder: int | None) -> ConflictError:
    was = "nobody held it" if expected is None else f"{model}@{expected} held it"
    now = "nobody ever held it" if holder is None else f"{model}@{holder} holds it"
    return ConflictError(
        f"{alias} of {model} moved meanwhile: {was} when this was judged, and now {now}",
        next_step="run the command again; it will be judged against the new holder",
    )


def _unknown_version(history: History, ref: Ref) -> UsageError:
    numbers = list(history.versions)
    have = (
        f"versions: {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"version: {numbers[0]}" if numbers else ""
    )
    aliases = ", ".join(f"{alias} -> {number}" for alias, number in sorted(history.aliases.items()))
    what = f"version {ref.number}" if isinstance(ref, NumberRef) else f"alias {ref.alias!r}"
    return UsageError(
        f"{history.model} has no {what} ({have or 'it has no versions'}; aliases: {aliases or 'none'})", next_step=_LIST
    )
