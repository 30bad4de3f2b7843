"""May this version move to this alias, and where does a rollback lead? Pure decisions.

Called by the promote flow after it has judged the stored evidence anew; nothing here trusts a
verdict that was stored. What a version *is* (trained from uncommitted files, under a tier's
overlay, with overridden parameters) can never be argued away. What was *judged* can be: a named
person may pass a hold or a block with a reason, and the ledger then says so.

Subtle: an approval lifts a hold and nothing else: no block, no ERROR, no missing genesis. And the decision handed in is
never believed further than the findings bear it out: no findings at all, or a FAIL or ERROR among them, block, whatever
the caller says.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from seatrial.errors import UsageError
from seatrial.registry.approval import Standing, Void
from seatrial.registry.debt import Debt, settling
from seatrial.registry.records import AliasMove, How, UnpinnedReads, Version
from seatrial.replacing import replace
from seatrial.verdict import Decision, Finding, Verdict, combine

_MOST_DEBTS = 10  # named one by one in a refusal
_OTHER_BASELINE = "other_baseline"
_MEASURE = "measure it beside the holder of now: seatrial run && seatrial models register"
_NO_NEWS = (Void.WITHDRAWN, Void.REPEATED)
_BETTER = "make a better model: change what it is made of, then seatrial run && seatrial models register"
_PIN = "declare what was read as a dep in the repository or at a pinned address, and run again"


class Refusal(StrEnum):
    """What kind of no it is; faces turn it into an exit code."""

    FIX = "fix"  # the user must fix something, or evidence is in ERROR: exit 2
    BLOCKED = "blocked"  # a gate says FAIL: exit 1
    HELD = "held"  # INCONCLUSIVE or debt: exit 3


class Allowed(Struct, frozen=True, kw_only=True):
    """The alias may move, and the ledger is to say `how`."""

    how: How


class AlreadyThere(Struct, frozen=True, kw_only=True):
    """The version holds the alias already; there is nothing to do, and that is a success."""


class Refused(Struct, frozen=True, kw_only=True):
    """The alias may not move. `reasons` are sentences; `next_step` is a command or an edit. `remedy` is the part of it
    that takes the reasons away, without an override: for somebody who cannot promote."""

    refusal: Refusal
    reasons: tuple[str, ...]
    next_step: str
    remedy: str | None = None


Permission = Allowed | AlreadyThere | Refused


def may_promote(
    version: Version,
    alias: str,
    *,
    holder: int | None,
    findings: Sequence[Finding],
    decision: Decision,
    first: bool = False,
    override_reason: str | None = None,
    debt: Sequence[Debt] = (),
    approvals: Standing | None = None,
) -> Permission:
    """Whether `version` may take `alias` from `holder` (None: nobody ever held it).

    `findings` and `decision` come from judging now, against that holder. `first` declares that
    there is nothing to compare with. `override_reason` is a person's reason for passing a hold
    or a block, None when they did not ask to. `debt` is what should have run and was deferred.
    `approvals` are those given to this version for this alias.
    """
    if holder == version.number:
        return AlreadyThere()
    command = f"seatrial models promote {version.ref} --to {alias}"
    faults = unfit(version)
    if faults:
        return Refused(
            refusal=Refusal.FIX,
            reasons=faults,
            next_step="commit what is to count, then: seatrial run && seatrial models register",
        )
    genesis = _genesis(alias, command, holder=holder, first=first)
    if genesis is not None:
        return genesis
    if override_reason is not None and not override_reason.strip():
        return Refused(
            refusal=Refusal.FIX,
            reasons=("an override needs a reason in words, which the ledger keeps",),
            next_step=f'{command}{" --first" if first else ""} --override --reason "WHY"',
        )
    command += " --first" if first else ""
    said = approvals or Standing()
    refused = _judged(findings, decision, debt, command, version.unpinned)
    liftable = refused is None or is_hold(refused, decision)
    if said.lifts and liftable:
        refused = None
    if refused is None or refused.refusal is Refusal.HELD:
        refused = _approved(refused, said, alias, command, version, liftable=liftable)
    if refused is None:
        return Allowed(how=How.FIRST if first else How.PROMOTE)
    return refused if override_reason is None else Allowed(how=How.OVERRIDE)


def unfit(version: Version) -> tuple[str, ...]:
    """Why the version could not be made again from what is committed; no override passes these."""
    reasons: list[str] = []
    if version.commit is None:
        reasons.append(f"{version.ref} was made without a commit, so it cannot be made again")
    elif version.dirty:
        reasons.append(f"{version.ref} was made from a work tree with uncommitted changes")
    if version.overlay:
        names = ", ".join(sorted(version.overlay))
        reasons.append(f"{version.ref} was trained under tier {version.tier or '?'}, which changes {names}")
    if version.overridden:
        names = ", ".join(sorted(version.overridden))
        reasons.append(f"{version.ref} was trained with parameters overridden on the command line: {names}")
    return tuple(reasons)


def _genesis(alias: str, command: str, *, holder: int | None, first: bool) -> Refused | None:
    if holder is None and not first:
        return Refused(
            refusal=Refusal.FIX,
            reasons=(f"nobody has ever held {alias}, so there is nothing to compare with",),
            next_step=f"{command} --first",
        )
    if holder is not None and first:
        return Refused(
            refusal=Refusal.FIX,
            reasons=(f"--first is for an alias nobody ever held, and version {holder} holds {alias}",),
            next_step=command,
        )
    return None


def _judged(
    findings: Sequence[Finding],
    decision: Decision,
    debt: Sequence[Debt],
    command: str,
    unpinned: Sequence[UnpinnedReads],
) -> Refused | None:
    verdicts = [finding.verdict for finding in findings]
    combined = combine(verdicts)
    unproven = combined in (Verdict.FAIL, Verdict.ERROR)
    held = decision in (Decision.HOLD, Decision.BLOCK) or bool(debt) or bool(unpinned)
    if not (unproven or held):
        return None
    reasons = [f"{finding.verdict}: {finding.message}" for finding in findings if finding.verdict is not Verdict.PASS]
    if not findings:
        reasons.append("nothing was judged, and unknown is not a pass")
    reasons += [f"debt: {one}" for one in debt[:_MOST_DEBTS]]
    if len(debt) > _MOST_DEBTS:
        reasons.append(f"debt: {len(debt) - _MOST_DEBTS} more deferred stages; see `seatrial models list`")
    reasons += [f"unpinned: {one}" for one in unpinned]
    if not reasons:
        reasons.append(f"the decision is {decision}")
    refusal = {Verdict.FAIL: Refusal.BLOCKED, Verdict.ERROR: Refusal.FIX}.get(combined, Refusal.HELD)
    others = any(finding.reason == _OTHER_BASELINE for finding in findings)
    settle = _MEASURE if others else settling(debt) or (_PIN if unpinned else "settle what is said above")
    if combined is Verdict.FAIL:  # no debt that is settled, and no other row, makes this model pass
        settle = _BETTER
    return Refused(
        refusal=refusal,
        reasons=tuple(reasons),
        next_step=f'{settle}, or pass it in your own name: {command} --override --reason "WHY"',
        remedy=settle,
    )


def is_hold(refused: Refused, decision: Decision) -> bool:
    """Whether what refuses can be lifted: a set that blocks on INCONCLUSIVE asks for no approval of it."""
    return refused.refusal is Refusal.HELD and decision is not Decision.BLOCK


def _approved(
    refused: Refused | None, said: Standing, alias: str, command: str, version: Version, *, liftable: bool
) -> Refused | None:
    """A refusal with what approvals have to do with it: those that are missing, and those that count no more."""
    approve = f"seatrial models approve {version.ref} --to {alias}"
    void = tuple(str(one) for one in said.void if one.reason not in _NO_NEWS)
    if not said.missing:
        if refused is None or not liftable:
            return refused
        step = f"{refused.next_step}; or let somebody else than its author approve it: {approve}"
        return replace(refused, reasons=(*refused.reasons, *void), next_step=step)
    reasons = (*(() if refused is None else refused.reasons), said.wanted(alias), *void)
    step = f'{approve}, and then {command}; or pass it in your own name: {command} --override --reason "WHY"'
    return Refused(
        refusal=Refusal.HELD,
        reasons=reasons,
        next_step=step if refused is None or liftable else refused.next_step,
    )


def rollback_target(ledger: Sequence[AliasMove], alias: str, *, to: int | None = None) -> int:
    """The version that a rollback of `alias` leads to: the holder before the current one, or `to`.

    A rollback takes the versions above its target off the alias's path for good, so that a
    second one goes further back instead of returning to what was just left. `to` must lie on
    that path: a version that never held the alias, or was rolled back from, is promoted instead.
    Raises UsageError.
    """
    path = _path(ledger, alias)
    model = ledger[0].model if ledger else "NAME"
    if not path:
        raise UsageError(
            f"nobody holds {alias}, so there is nothing to roll back",
            next_step="seatrial models list",
        )
    earlier = path[:-1]
    if to is None and earlier:
        return earlier[-1]
    if to is not None and to in earlier:
        return to
    if to is not None and to == path[-1]:
        raise UsageError(f"{model}@{to} holds {alias} already", next_step="seatrial models list")
    if to is None:
        raise UsageError(
            f"{model}@{path[-1]} is the first version that held {alias}; there is none before it",
            next_step=f"seatrial models promote {model}@NUMBER --to {alias}",
        )
    known = ", ".join(str(number) for number in dict.fromkeys(earlier)) or "none"
    raise UsageError(
        f"{model}@{to} is not among the earlier holders of {alias} that a rollback can lead to ({known})",
        next_step=f"seatrial models promote {model}@{to} --to {alias}",
    )


def _path(ledger: Sequence[AliasMove], alias: str) -> list[int]:
    """The holders from the first to the current one, without those that were rolled back from."""
    path: list[int] = []
    for move in ledger:
        if move.alias != alias:
            continue
        if move.how is How.ROLLBACK and move.version in path[:-1]:
            path.pop()
            while path[-1] != move.version:
                path.pop()
        else:
            path.append(move.version)
    return path
