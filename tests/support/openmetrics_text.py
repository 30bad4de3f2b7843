"""OpenMetrics text read strictly, after its specification: what is not in it is refused with the line."""

from __future__ import annotations

import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_TYPE = re.compile(rf"# TYPE ({_NAME}) (gauge)")
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|\Z)')
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|NaN|[+-]Inf")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Samples:
    """The value of each series. Raises ValueError for text that is not OpenMetrics."""
    if not text.endswith("# EOF\n") or text.count("# EOF") != 1:
        raise ValueError("the text must end with `# EOF`, once")
    samples: Samples = {}
    family, done = "", set()
    for line in text.removesuffix("# EOF\n").split("\n")[:-1]:
        if declared := _TYPE.fullmatch(line):
            family = declared[1]
            if family in done:
                raise ValueError(f"the family is interrupted: {line}")
            done.add(family)
            continue
        found = _SAMPLE.fullmatch(line)
        if found is None or not _NUMBER.fullmatch(found[3]):
            raise ValueError(f"this is no sample: {line}")
        if found[1] != family:
            raise ValueError(f"a sample outside of its family: {line}")
        series = (family, frozenset(_labels(found[2] or "").items()))
        if series in samples:
            raise ValueError(f"a series is there twice: {line}")
        samples[series] = float(found[3])
    return samples


def _labels(text: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    at = 0
    while at < len(text):
        found = _LABEL.match(text, at)
        if found is None or found[1] in labels:
            raise ValueError(f"these are no labels: {text}")
        labels[found[1]] = re.sub(r"\\(.)", lambda one: {"n": "\n"}.get(one[1], one[1]), found[2])
        at = found.end()
    return labels
