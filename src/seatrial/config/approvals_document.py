"""`approvals:` of a model: who may let a version take an alias. Its keys, and what cannot be meant.

    approvals:
      production: {min: 1, from: [ann, [ben, ben@example.org]], not_author: true, expires: 7d, known_by: [github]}

Called by `document`. Refused here, besides what is mistyped: a rule that nobody could ever satisfy, and a name that
stands for two people, since an approval counts once for each.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.config.amounts import count, duration, flag
from seatrial.config.names import NAME_RULE, is_alias
from seatrial.config.node import Node, kind, readable
from seatrial.flows.policy import MAIN
from seatrial.registry.approval_policy import ApprovalRule, KnownBy, Person

APPROVAL_KEYS = ("min", "from", "not_author", "expires", "known_by")
_WHO = "write e.g. `from: [ann, ben]`, logins at the forge or mail addresses in git"
_LONGEST = 200


def read_approvals(node: Node) -> Mapping[str, ApprovalRule]:
    """The rule of each alias; mistakes are noted."""
    found = {}
    for alias, each in node.items("rules by alias"):
        if not is_alias(alias):
            each.complain(f"`{readable(alias)}` cannot name an alias", NAME_RULE, at_key=True)
        elif alias == MAIN:
            each.complain(f"`{MAIN}` is the main branch and no alias", "name e.g. `production`", at_key=True)
        found[alias] = _rule(each)
    return found


def _rule(node: Node) -> ApprovalRule:
    usual = ApprovalRule()
    if not node.fields(APPROVAL_KEYS):
        return usual
    people = _people(node.required("from", _WHO))
    least, expires = node.child("min"), node.child("expires")
    rule = ApprovalRule(
        people=people,
        min=usual.min if least is None else count(least, "min", least=1, most=100),
        not_author=flag(node, "not_author", usual.not_author),
        expires=None if expires is None else duration(expires, "expires"),
        known_by=_known_by(node.child("known_by")),
        place=node.key_place,
    )
    if least is not None and not node.broken and rule.min > len(people):
        names = f"{len(people)} {'person is' if len(people) == 1 else 'people are'}"
        least.complain(f"{rule.min} approvals are asked for, and {names} listed", "list more under `from`, or ask less")
    return rule


def _people(node: Node | None) -> tuple[Person, ...]:
    """One person an entry: a name, or a list of all names of that person."""
    if node is None:
        return ()
    people: list[Person] = []
    seen: set[str] = set()
    for entry in node.entries("people"):
        nodes = list(entry.entries("names")) if isinstance(entry.value, list) else [entry]
        names = [name for each in nodes if (name := _name(each, seen))]
        if names:
            people.append(Person(names=tuple(names)))
        elif not entry.broken:
            entry.complain("this person has no name", _WHO)
    if not people and not node.broken:
        node.complain("nobody is listed, so nothing could ever be approved", _WHO)
    return tuple(people)


def _name(node: Node, seen: set[str]) -> str:
    if isinstance(node.value, dict):
        node.complain(f"a person is a name, or a list of the names of one person, not {kind(node.value)}", _WHO)
        return ""
    text = node.text("a name").strip()
    if not text:
        return ""
    if text.startswith("@"):
        node.complain(f"`{readable(text)}` is how one is mentioned", f"write `{readable(text[1:]) or 'ann'}`")
    elif not text.isprintable() or len(text) > _LONGEST:
        node.complain("a name is too long, or holds what cannot be printed", _WHO)
    elif "/" in text:
        node.complain(f"`{readable(text)}` is no person: teams and groups cannot be listed", "list their people")
    elif text.casefold() in seen:
        node.complain(f"`{readable(text)}` stands twice", "name each person once; upper and lower case are the same")
    seen.add(text.casefold())
    return text


def _known_by(node: Node | None) -> tuple[KnownBy, ...]:
    usual = ApprovalRule().known_by
    if node is None:
        return usual
    ways: list[KnownBy] = []
    for each in node.entries("ways"):
        word = each.choice(tuple(way.value for way in KnownBy), "known_by")
        if word and KnownBy(word) in ways:
            each.complain(f"`{word}` stands twice", "keep one of the two")
        ways += [KnownBy(word)] if word else []
    if not ways and not node.broken:
        node.complain("no way of knowing a person counts, so nothing could ever be approved", "remove `known_by`")
    return tuple(ways) or usual


def approval_values(rule: ApprovalRule) -> Mapping[str, object]:
    """Every key with the value in use, for `config --show`."""
    return {
        "min": rule.min,
        "from": [person.names[0] if len(person.names) == 1 else list(person.names) for person in rule.people],
        "not_author": rule.not_author,
        "expires": rule.expires,
        "known_by": [way.value for way in rule.known_by],
    }
