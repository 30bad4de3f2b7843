"""What GitLab answers, read into our records; pure.

Called by `adapter.py`. An answer is another program's word: a key that is missing or of another type is an error of
the surroundings that names the key, and never a record with holes. Keys that are not needed are not looked at, since
GitLab adds new ones with every release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seatrial.digest import Json
from seatrial.evidence.json_value import Fault, Keys, Value
from seatrial.forge.failures import UnreachableError
from seatrial.forge.port import Comment, Deployed, Pull, Review, Role, State, Status

_STATES = {"success": State.SUCCESS, "failed": State.FAILURE, "canceled": State.FAILURE, "skipped": State.FAILURE}
_ROLES = ((50, Role.ADMIN), (40, Role.MAINTAIN), (30, Role.WRITE), (10, Role.READ))
_ACTIVE = "active"

DEPLOYED: Mapping[Deployed, str] = {
    Deployed.IN_PROGRESS: "running",
    Deployed.SUCCESS: "success",
    Deployed.FAILURE: "failed",
}
"""GitLab's words. A deployment that is replaced by another becomes inactive there without being told."""


def keys_of(answer: Json) -> Keys:
    """The members of an answer. Raises UnreachableError for anything else."""
    return Value(answer, _refuse).keys()


def comment(answer: Json, *, me: int | None, page: str | None) -> Comment | None:
    """A note; None where GitLab itself wrote it. `me` is the id of the token's user, `page` the merge request's."""
    keys = keys_of(answer)
    if keys["system"].flag():
        return None
    number = keys["id"].whole()
    author = keys["author"].keys()
    return Comment(
        id=str(number),
        body=keys["body"].text(),
        author=author["username"].text(),
        ours=me is not None and author["id"].whole() == me,
        url=f"{page}#note_{number}" if page else None,
    )


def pull(answer: Json, *, head_repo: str | None) -> Pull | None:
    """A merge request; None while GitLab has not looked at its commits yet."""
    keys = keys_of(answer)
    refs = keys["diff_refs"].maybe(Value.keys)
    head = keys["sha"].maybe(Value.text)
    if refs is None or head is None:
        return None
    return Pull(
        number=keys["iid"].whole(),
        head_sha=head,
        head_ref=keys["source_branch"].text(),
        head_repo=head_repo,
        base_ref=keys["target_branch"].text(),
        base_sha=refs["start_sha"].text(),  # the head of the target branch; `base_sha` is where the two part
        author=keys["author"].keys()["username"].text(),
        is_open=keys["state"].text() == "opened",
        url=keys["web_url"].maybe(Value.text),
    )


def statuses(answers: Iterable[Json]) -> tuple[Status, ...]:
    """The newest status of each name. One that was canceled or skipped has not succeeded."""
    newest: dict[str, tuple[int, Status]] = {}
    for answer in answers:
        keys = keys_of(answer)
        number, name = keys["id"].whole(), keys["name"].text()
        if name in newest and newest[name][0] > number:
            continue
        author = keys["author"].maybe(Value.keys)
        found = Status(
            context=name,
            sha=keys["sha"].text(),
            state=_STATES.get(keys["status"].text(), State.RUNNING),
            description=keys["description"].maybe(Value.text) or "",
            url=keys["target_url"].maybe(Value.text),
            creator=None if author is None else author["username"].text(),
        )
        newest[name] = (number, found)
    return tuple(status for _, status in newest.values())


def role(answer: Json) -> Role:
    """What a membership allows; one that is not active allows nothing."""
    keys = keys_of(answer)
    level = keys["access_level"].whole()
    awaited = keys.if_there("membership_state", Value.text, _ACTIVE) != _ACTIVE
    if keys["state"].text() != _ACTIVE or awaited:
        return Role.NONE
    return next((role for least, role in _ROLES if level >= least), Role.NONE)


def reviews(answer: Json) -> tuple[Review, ...]:
    """What was said to a deployment that waited for approval; nothing where the plan of GitLab has no approvals."""
    keys = keys_of(answer)
    environment = keys["environment"].keys()["name"].text()
    if "approvals" not in keys:
        return ()
    return keys["approvals"].each(lambda value: _review(value.keys(), environment))


def _review(keys: Keys, environment: str) -> Review:
    return Review(
        user=keys["user"].keys()["username"].text(),
        environments=(environment,),
        approved=keys["status"].text() == "approved",
        comment=keys["comment"].maybe(Value.text) or "",
    )


def pipeline_of(answer: Json) -> str | None:
    """The pipeline whose stage made a deployment; None where a program of its own told of it."""
    made_by = keys_of(answer)["deployable"].maybe(Value.keys)
    return None if made_by is None else str(made_by["pipeline"].keys()["id"].whole())


def is_by_a_pipeline(answer: Json) -> bool:
    """Whether a stage of CI made a deployment: GitLab refuses to have such a one changed."""
    return keys_of(answer)["deployable"].json is not None


def _refuse(fault: Fault) -> None:
    raise UnreachableError(
        f"GitLab gave an answer that cannot be read: `{fault.key}`: {fault.message}",
        next_step="check that the address leads to a GitLab of version 15 or newer",
    )
