"""The shape of `forge:`, `notify:` and `approvals:` for editors: where people review, who is told, who approves.

Called by `project` beside this file; the readers are `forge_document`, `notify_document` and `approvals_document`.
"""

from __future__ import annotations

from seatrial.config.approvals_document import APPROVAL_KEYS
from seatrial.config.forge_document import FORGE_KEYS, LOGIN
from seatrial.config.names import VARIABLE
from seatrial.config.notify_document import LONGEST_NAME, NOTIFY_KEYS, ONLY_KEYS
from seatrial.config.schema.shapes import (
    ALIAS,
    DURATION_SHAPE,
    FLAG,
    NAMED,
    TEXT,
    Schema,
    anchored,
    by_name,
    closed,
    entries,
    key,
    one_key,
    one_of,
    texts,
    when,
    whole,
    without,
    word,
)
from seatrial.flows.policy import MAIN
from seatrial.forge.channels import TELLABLE, Channel, Wire
from seatrial.forge.policy import ForgePolicy, Kind
from seatrial.registry.approval_policy import ApprovalRule, KnownBy

VARIABLE_OF_OURS: Schema = {"type": "string", "pattern": anchored(VARIABLE)}
ALIAS_OF_VERSION: Schema = {**ALIAS, "not": {"const": MAIN}}
_PERSON: Schema = {"type": "string", "pattern": r"^(?!\s*@)[^/]*[^/\s][^/]*$"}
_WEB: Schema = {"type": "string", "pattern": r"^\s*[Hh][Tt][Tt][Pp][Ss]?://\S"}


def forge() -> Schema:
    """How verdicts reach the place where people review."""
    usual = ForgePolicy()
    return closed(
        __name__,
        FORGE_KEYS,
        {
            "kind": key("the one whose CI this runs in, else `local`", word(Kind), default=usual.kind.value),
            "check": key("the name that branch protection asks for", {**TEXT, "maxLength": 100}),
            "token_from": key("the variable that holds the token; never the token itself", VARIABLE_OF_OURS),
            "environments": key("names of the forge's environments, by alias", by_name(TEXT, names=ALIAS)),
            "maintainers": key(
                "list of logins who may allow dear stages of a stranger's change by a comment",
                texts({"type": "string", "pattern": anchored(LOGIN)}),
            ),
        },
        title="forge",
    )


def notify() -> Schema:
    """Who is told of what, by the name of a channel."""
    usual = Channel(name="", kind=Wire.WEBHOOK)
    variable = {**VARIABLE_OF_OURS, "maxLength": LONGEST_NAME}
    only = closed(
        __name__,
        ONLY_KEYS,
        {
            "tiers": key("list of tiers", texts(least=1)),
            "models": key("list of models; stages that fail and data are told all the same", texts(least=1)),
        },
        title="only",
    )
    channel = closed(
        __name__,
        NOTIFY_KEYS,
        {
            "kind": key("`slack`, also for servers that take its form; `webhook`: JSON, signed", word(Wire)),
            "url": key("https address, in clear; not for Slack, whose address is a secret", _WEB),
            "url_from": key("name of the variable that holds the address", variable),
            "secret_from": key("name of the variable that holds the key of the signature", variable),
            "on": key("list of `failure`, `recovery`, `approval`", texts(word(TELLABLE), least=1)),
            "only": key("mapping of `tiers` and `models`, each a list of names: of nothing else it is told", only),
            "pull_requests": key("`true`: runs of pull requests are told too", FLAG, default=usual.pull_requests),
            "quiet": key(
                "time for which a subject that was told to fail is not told again for new reasons",
                DURATION_SHAPE,
                default=usual.quiet,
            ),
            "allow_private": key(
                "`true`: the address may lead to this machine or a private network, and be plain http",
                FLAG,
                default=usual.allow_private,
            ),
        },
        title="channel",
        required=("kind",),
        allOf=[one_key(("url", "url_from")), when("kind", (Wire.SLACK.value,), without(("url", "secret_from")))],
    )
    return by_name(channel, names={**NAMED, "maxLength": LONGEST_NAME})


def approvals() -> Schema:
    """Who must let a version take an alias, by alias."""
    usual = ApprovalRule()
    names = entries(one_of(_PERSON, entries(_PERSON, least=1)), least=1)
    rule = closed(
        __name__,
        APPROVAL_KEYS,
        {
            "from": key(
                "who may approve; an entry is one person: a name, or a list of all names of that person", names
            ),
            "min": key("how many of them must", whole(1, 100), default=usual.min),
            "not_author": key("nobody approves of their own work", FLAG, default=usual.not_author),
            "expires": key("how long an approval counts", DURATION_SHAPE),
            "known_by": key(
                "the ways of knowing a person that count",
                texts(word(KnownBy), least=1),
                default=[way.value for way in usual.known_by],
            ),
        },
        title="approval",
        required=("from",),
    )
    return by_name(rule, names=ALIAS_OF_VERSION)
