"""`factual`: the answer states one of the accepted facts.

Answer and facts are normalised as for SQuAD (Rajpurkar et al. 2016, EMNLP, section 6.1): lower case, no punctuation, no
English articles, single spaces. The answer holds if it contains the words of an accepted answer, one after the other
(`compare: contains`, the default); if it is one of them (`compare: equals`); or if its token F1 with one
of them is at least `min_f1` (`compare: f1`), the better of them where there are several.

Subtle: nothing is understood. "Paris is not the capital" contains `Paris`; a second matcher can forbid what else
must not be said. Letters without spaces between words (Chinese, Japanese, Thai) make one token; use `contains` there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from seatrial.evidence.case_records import Answer
from seatrial.gates.behavioral.matchers.matching import Arguments, Matcher, never
from seatrial.gates.quoting import shown

KEYS = ("answers", "compare", "min_f1")
_COMPARE = ("contains", "equals", "f1")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def read(arguments: Arguments) -> Matcher:
    """The matcher of these arguments."""
    arguments.required("answers", '["Paris", "city of Paris"]')
    answers = arguments.texts("answers")
    compare = arguments.choice("compare", _COMPARE)
    bound = _bound(arguments, compare)
    accepted = [tokens(answer) for answer in answers]
    for answer, words in zip(answers, accepted, strict=True):
        if not words:
            message = f"nothing is left of the accepted answer `{shown(answer)}` without articles and punctuation"
            arguments.fault("answers", message, "Use the matcher `exact` or `contains`.")
    if arguments.faults or not accepted:
        return Matcher(wanted="", holds=never)

    def holds(answer: Answer) -> bool:
        said = tokens(answer.text)
        match compare:
            case "contains":
                return any(_contains(said, words) for words in accepted)
            case "equals":
                return said in accepted
            case _:
                return max(f1(said, words) for words in accepted) >= bound

    listed = shown(" or ".join(repr(answer) for answer in answers))
    how = {"contains": "an answer that states", "equals": "the fact", "f1": f"an answer with F1 >= {bound:g} to"}
    return Matcher(wanted=f"{how[compare]} {listed}", holds=holds)


def tokens(text: str) -> list[str]:
    """The words of a text, normalised as for SQuAD, with Unicode's compatibility forms and punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(letter for letter in plain if unicodedata.category(letter)[0] not in "PS")
    return _ARTICLES.sub(" ", plain).split()


def f1(said: list[str], accepted: list[str]) -> float:
    """The harmonic mean of precision and recall over tokens, as often as they stand."""
    shared = (Counter(said) & Counter(accepted)).total()
    return 2 * shared / (len(said) + len(accepted)) if shared else 0.0


def _contains(said: list[str], words: list[str]) -> bool:
    width = len(words)
    return any(said[at : at + width] == words for at in range(len(said) - width + 1))


def _bound(arguments: Arguments, compare: str) -> float:
    bound = arguments.number("min_f1")
    if bound is not None and not 0 < bound <= 1:
        arguments.fault("min_f1", f"min_f1 must lie above 0 and at most at 1, and is {bound:g}", "Write e.g. 0.8.")
    if compare != "f1" and bound is not None:
        arguments.fault("min_f1", "`min_f1` means nothing without `compare: f1`", "Write `compare: f1`, or remove it.")
    if compare == "f1" and "min_f1" not in arguments.values:
        arguments.fault(None, "`compare: f1` needs `min_f1`", "Write e.g. `min_f1: 0.8`.")
    return 1.0 if bound is None else bound
