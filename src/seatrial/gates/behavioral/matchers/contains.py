"""`contains`: the answer holds one of these texts (`any`), all of them (`all`), or none of them (`none`).

Several may be written; all that are must hold. Compared letter by letter with accents in one spelling (NFC);
`ignore_case: true` compares without case.
"""

from __future__ import annotations

from seatrial.evidence.case_records import Answer
from seatrial.gates.behavioral.matchers.matching import Arguments, Matcher, normal
from seatrial.gates.quoting import shown

KEYS = ("any", "all", "none", "ignore_case")


def read(arguments: Arguments) -> Matcher:
    """The matcher of these arguments."""
    ignore_case = arguments.flag("ignore_case", False)
    some, every, none = (arguments.texts(key) for key in ("any", "all", "none"))
    if not any(key in arguments.values for key in ("any", "all", "none")):
        arguments.fault(None, "`contains` needs `any`, `all` or `none`", 'Write e.g. `any: ["hello", "hi"]`.')

    def folded(text: str) -> str:
        return text.casefold() if ignore_case else text

    any_of, all_of, none_of = ([folded(text) for text in texts] for texts in (some, every, none))

    def holds(answer: Answer) -> bool:
        text = folded(normal(answer.text))
        found = not any_of or any(part in text for part in any_of)
        return found and all(part in text for part in all_of) and not any(part in text for part in none_of)

    said = (("one of", some), ("all of", every), ("none of", none))
    return Matcher(
        wanted="text that contains " + " and ".join(f"{word} {_listed(texts)}" for word, texts in said if texts),
        holds=holds,
    )


def _listed(texts: tuple[str, ...]) -> str:
    return shown(", ".join(repr(text) for text in texts))
