"""`notify:` of a project: who is told what, and where. Its keys, and what cannot be meant.

    notify:
      team: {kind: slack, url_from: SLACK_WEBHOOK_URL}
      ops:
        kind: webhook
        url: https://hooks.example.org/seatrial
        secret_from: HOOK_SECRET
        on: [failure, recovery]
        only: {tiers: [nightly], models: [digits]}

Called by `document` for projects that have one. Subtle: `url_from` and `secret_from` take names of variables, and
somebody will write the secret itself there. So no message quotes what stands under them, or under `url`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from seatrial.config.amounts import duration, flag
from seatrial.config.names import NAME_RULE, VARIABLE, is_name
from seatrial.config.node import Node, readable, suggestion
from seatrial.forge.addresses import url_fault
from seatrial.forge.channels import TELLABLE, Channel, Event, Wire

NOTIFY_KEYS = (
    "kind", "url", "url_from", "secret_from", "on", "only", "pull_requests", "quiet", "allow_private",
)  # fmt: skip
ONLY_KEYS = ("tiers", "models")
LONGEST_NAME = 64
_VARIABLE_STEP = "write the name of the variable that holds it, e.g. `{}: {}`, and never the value itself"


def read_notify(node: Node, *, tiers: Collection[str], models: Collection[str]) -> Mapping[str, Channel]:
    """The channels by name; mistakes are noted. `tiers` and `models` are those that the project has."""
    found: dict[str, Channel] = {}
    for name, each in node.items("channels by name"):
        if not is_name(name) or len(name) > LONGEST_NAME:
            step = f"{NAME_RULE}, {LONGEST_NAME} at most"
            each.complain(f"`{readable(name)}` cannot name a channel", step, at_key=True)
        found[name] = _channel(name, each, tiers, models)
    return found


def _channel(name: str, node: Node, tiers: Collection[str], models: Collection[str]) -> Channel:
    default = Channel(name=name, kind=Wire.WEBHOOK)
    if not node.fields(NOTIFY_KEYS):
        return default
    kind = node.required("kind", f"write one of {', '.join(Wire)}")
    word = None if kind is None else kind.choice(tuple(wire.value for wire in Wire), "kind")
    wire = default.kind if word is None else Wire(word)
    quiet, only = node.child("quiet"), node.child("only")
    narrowed = only is not None and only.fields(ONLY_KEYS)
    allow_private = flag(node, "allow_private", default.allow_private)
    return Channel(
        name=name,
        kind=wire,
        url=_url(node, wire, allow_private=allow_private) if word is not None else None,
        url_from=_variable(node, "url_from", "SLACK_WEBHOOK_URL"),
        secret_from=_secret(node, wire),
        on=_on(node.child("on")),
        tiers=_known(only, "tiers", tiers) if only is not None and narrowed else (),
        models=_known(only, "models", models) if only is not None and narrowed else (),
        pull_requests=flag(node, "pull_requests", default.pull_requests),
        quiet=default.quiet if quiet is None else duration(quiet, "quiet"),
        allow_private=allow_private,
        place=node.key_place,
    )


def _url(node: Node, wire: Wire, *, allow_private: bool) -> str | None:
    """The address where it stands in clear. Exactly one of the two keys must be there."""
    child, variable = node.child("url"), node.child("url_from")
    if child is None and variable is None:
        if not node.broken:  # else it may be the key that was misspelt
            key = "url_from: SLACK_WEBHOOK_URL" if wire is Wire.SLACK else "url: https://hooks.example.org/seatrial"
            node.complain("nothing says where its messages go", f"write e.g. `{key}`", at_key=True)
        return None
    if child is None:
        return None
    if variable is not None:
        variable.complain("its address stands in `url` already", "keep one of the two", at_key=True)
    if wire is Wire.SLACK:
        child.complain(
            "whoever knows a Slack address may write there, so it does not belong in a file",
            _VARIABLE_STEP.format("url_from", "SLACK_WEBHOOK_URL"),
            at_key=True,
        )
        return None
    text = child.text("url")
    fault = url_fault(text, allow_private=allow_private) if text else None
    if fault is not None:
        child.complain(f"its address {fault[0]}", fault[1])
    return text or None


def _secret(node: Node, wire: Wire) -> str | None:
    child = node.child("secret_from")
    if child is not None and wire is Wire.SLACK:
        child.complain("Slack takes no signature", "remove it", at_key=True)
        return None
    return _variable(node, "secret_from", "HOOK_SECRET")


def _variable(node: Node, key: str, example: str) -> str | None:
    """The name of a variable. What stands there may be a secret, so it is never quoted."""
    child = node.child(key)
    if child is None:
        return None
    if isinstance(child.value, str) and VARIABLE.match(child.value) and len(child.value) <= LONGEST_NAME:
        return child.value
    child.complain(f"{key} is no name of a variable", _VARIABLE_STEP.format(key, example))
    return None


def _on(node: Node | None) -> tuple[Event, ...]:
    if node is None:
        return TELLABLE
    words = tuple(event.value for event in TELLABLE)
    found: list[Event] = []
    for entry in node.entries("events"):
        word = entry.choice(words, "an event")
        if word is not None and word in found:
            entry.complain(f"`{word}` stands twice", "keep one of the two")
        found += [] if word is None else [Event(word)]
    if node.broken:
        return TELLABLE
    if not found:
        node.complain("it would be told nothing", f"write some of {', '.join(words)}, or remove `on`")
    if Event.RECOVERY in found and Event.FAILURE not in found:
        node.complain("a recovery is told only after a failure", "add `failure`")
    return tuple(found)


def _known(node: Node, key: str, known: Collection[str]) -> tuple[str, ...]:
    """Names of tiers or models that there are."""
    child = node.child(key)
    if child is None:
        return ()
    names = child.texts(key)
    if isinstance(child.value, list) and not names:
        child.complain("it would be told of none", "name some, or remove the key")
    for entry in child.entries(key) if isinstance(child.value, list) else ():
        if isinstance(entry.value, str) and entry.value.strip() and entry.value not in known:
            entry.complain(f"there is no {key[:-1]} `{readable(entry.value)}`", suggestion(entry.value, known, key))
    return names


def notify_values(channel: Channel) -> Mapping[str, object]:
    """Every key with the value in use, for `config --show`."""
    only = {key: list(names) for key, names in (("tiers", channel.tiers), ("models", channel.models)) if names}
    return {
        "kind": channel.kind.value,
        "url": channel.url,
        "url_from": channel.url_from,
        "secret_from": channel.secret_from,
        "on": [event.value for event in channel.on],
        "only": only,
        "pull_requests": channel.pull_requests,
        "quiet": channel.quiet,
        "allow_private": channel.allow_private,
    }
