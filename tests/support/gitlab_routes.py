"""What each request does to the GitLab of the tests, after GitLab's documentation and what its services do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support import gitlab_schemas as schemas
from tests.support.gitlab_state import INSTANT, NUMBER, GitLabState, RefusedError

Groups = Mapping[str, str]
Query = Mapping[str, str]
Given = tuple[int, dict[str, str], Any]
Act = Callable[[GitLabState, Groups, Query, Any], Given]


def _get_user(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    return 200, {}, fake.hold(fake.users[fake.me], schemas.USER, "user")


def _get_users(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    wanted = query["username"].lower()
    found = [user for user in fake.users.values() if user["username"].lower() == wanted]
    return fake.page(found, query, "users", schemas.USER, "/users")


def _get_member(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    fake.the_project(groups["project"])
    number = int(groups["user"])
    if number not in fake.levels:
        raise RefusedError(404, "404 Not found")
    level, state = fake.levels[number]
    member = {**fake.users[number], "access_level": level, "state": state, "membership_state": "active"}
    return 200, {}, fake.hold(member, schemas.MEMBER, "member")


def _get_project(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    return 200, {}, fake.hold(fake.known_project(groups["project"]), schemas.PROJECT, "project")


def _get_merge_request(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    found = fake.merge_requests[fake.merge_request(groups)]
    return 200, {}, fake.hold(found, schemas.MERGE_REQUEST, "merge request")


def _list_merge_requests(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    fake.the_project(groups["project"])
    found = [
        each
        for each in fake.merge_requests.values()
        if query.get("state") in (None, "all", each["state"])
        and query.get("source_branch") in (None, each["source_branch"])
    ]
    target = f"/projects/{NUMBER}/merge_requests"
    return fake.page(found, query, "merge_requests", schemas.MERGE_REQUEST, target)


def _list_of_commit(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    fake.the_project(groups["project"])
    found = [each for each in fake.merge_requests.values() if each["sha"] == groups["sha"]]
    if not found and groups["sha"] not in fake.commits:
        raise RefusedError(404, "404 Commit Not Found")
    target = f"/projects/{NUMBER}/repository/commits/{groups['sha']}/merge_requests"
    return fake.page(found, query, "of_commit", schemas.MERGE_REQUEST, target)


def _list_notes(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    number = fake.merge_request(groups)
    notes = sorted(fake.notes.get(number, []), key=lambda note: int(note["id"]), reverse=query.get("sort") != "asc")
    return fake.page(notes, query, "notes", schemas.NOTE, f"/projects/{NUMBER}/merge_requests/{number}/notes")


def _post_note(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    number = fake.merge_request(groups)
    body = fake.carried_out(fake.taken(sent, schemas.SEND_NOTE, "a note")["body"])
    if not body:
        return 202, {}, {"commands_changes": {}, "summary": ["done"]}
    return 201, {}, fake.hold(fake.add_note(number, body, by=fake.me), schemas.NOTE, "note")


def _put_note(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    _, note = fake.note(groups)
    body = fake.taken(sent, schemas.CHANGE_NOTE, "a note")["body"]
    if note["author"]["id"] != fake.me:
        raise RefusedError(403, "403 Forbidden")
    note["body"] = fake.carried_out(body)
    return 200, {}, fake.hold(note, schemas.NOTE, "note")


def _delete_note(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    notes, note = fake.note(groups)
    notes.remove(note)
    return 204, {}, None


def _list_statuses(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    fake.the_project(groups["project"])
    found = [each for each in fake.statuses if each["sha"] == groups["sha"]]
    target = f"/projects/{NUMBER}/repository/commits/{groups['sha']}/statuses"
    return fake.page(found, query, "statuses", schemas.COMMIT_STATUS, target)


def _post_status(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    """As GitLab's own service does it: one that has not ended is moved on, else a new one is made."""
    fake.the_project(groups["project"])
    wanted = fake.taken(sent, schemas.SEND_STATUS, "a status")
    if groups["sha"] not in fake.commits:
        raise RefusedError(404, "404 Commit Not Found")
    name, state = wanted.get("name") or wanted.get("context") or "default", wanted["state"]
    for each in fake.statuses:
        if (each["sha"], each["name"]) == (groups["sha"], name) and each["status"] in ("pending", "running"):
            if each["status"] == state:
                event = {"pending": "enqueue", "running": "run"}[state]
                why = f"Cannot transition status via :{event} from :{state} (Reason(s): Status cannot transition)"
                raise RefusedError(400, why)
            each.update(status=state, description=wanted.get("description"), target_url=wanted.get("target_url"))
            return 201, {}, fake.hold(each, schemas.COMMIT_STATUS, "status")
    made = {
        "id": fake.fresh(),
        "sha": groups["sha"],
        "ref": "better-model",
        "status": state,
        "name": name,
        "target_url": wanted.get("target_url"),
        "description": wanted.get("description"),
        "created_at": INSTANT,
        "author": fake.users[fake.me],
    }
    fake.statuses.append(made)
    return 201, {}, fake.hold(made, schemas.COMMIT_STATUS, "status")


def _list_deployments(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    fake.the_project(groups["project"])
    found = [each for each in fake.deployments if query.get("environment") in (None, each["environment"]["name"])]
    ordered = sorted(found, key=lambda each: int(each["id"]), reverse=query.get("sort") == "desc")
    # The list has no approvals, only the deployment itself has.
    short = [{name: value for name, value in each.items() if name != "approvals"} for each in ordered]
    return fake.page(short, query, "deployments", schemas.DEPLOYMENT, f"/projects/{NUMBER}/deployments")


def _deployment(fake: GitLabState, groups: Groups) -> dict[str, Any]:
    fake.the_project(groups["project"])
    for each in fake.deployments:
        if str(each["id"]) == groups["deployment"]:
            return each
    raise RefusedError(404, "404 Deployment Not Found")


def _get_deployment(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    return 200, {}, fake.hold(_deployment(fake, groups), schemas.DEPLOYMENT, "deployment")


def _post_deployment(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    fake.the_project(groups["project"])
    wanted = fake.taken(sent, schemas.SEND_DEPLOYMENT, "a deployment")
    if wanted["sha"] not in fake.commits:
        raise RefusedError(400, {"sha": ["The commit does not exist"]})
    if wanted["ref"] != "main":
        raise RefusedError(400, {"ref": ["The branch or tag does not exist"]})
    made = fake.add_deployment(
        sha=wanted["sha"],
        ref=wanted["ref"],
        status=wanted["status"],
        environment={"id": 9, "name": wanted["environment"], "external_url": None},
    )
    return 201, {}, fake.hold(made, schemas.DEPLOYMENT, "deployment")


def _put_deployment(fake: GitLabState, groups: Groups, query: Query, sent: Any) -> Given:
    found = _deployment(fake, groups)
    state = fake.taken(sent, schemas.CHANGE_DEPLOYMENT, "a deployment")["status"]
    if found["deployable"] is not None:
        raise RefusedError(403, "Deployments created using GitLab CI/CD cannot be updated")
    if found["status"] == state:
        raise RefusedError(400, f"Cannot transition status from :{state}")
    found["status"] = state
    return 200, {}, fake.hold(found, schemas.DEPLOYMENT, "deployment")


_P = r"/projects/(?P<project>[^/]+)"
_M = _P + r"/merge_requests/(?P<iid>\d+)"
ROUTES: tuple[tuple[str, str, Act, bool], ...] = (
    ("GET", r"/user", _get_user, False),
    ("GET", r"/users", _get_users, False),
    ("GET", _P, _get_project, False),
    ("GET", _P + r"/members/all/(?P<user>\d+)", _get_member, False),
    ("GET", _P + r"/merge_requests", _list_merge_requests, True),
    ("GET", _M, _get_merge_request, True),
    ("GET", _P + r"/repository/commits/(?P<sha>[^/]+)/merge_requests", _list_of_commit, True),
    ("GET", _M + r"/notes", _list_notes, True),
    ("POST", _M + r"/notes", _post_note, False),
    ("PUT", _M + r"/notes/(?P<note>[^/]+)", _put_note, False),
    ("DELETE", _M + r"/notes/(?P<note>[^/]+)", _delete_note, False),
    ("GET", _P + r"/repository/commits/(?P<sha>[^/]+)/statuses", _list_statuses, False),
    ("POST", _P + r"/statuses/(?P<sha>[^/]+)", _post_status, False),
    ("GET", _P + r"/deployments", _list_deployments, True),
    ("POST", _P + r"/deployments", _post_deployment, True),
    ("GET", _P + r"/deployments/(?P<deployment>\d+)", _get_deployment, True),
    ("PUT", _P + r"/deployments/(?P<deployment>\d+)", _put_deployment, True),
)
"""Method, path, what it does, and whether CI_JOB_TOKEN may."""
