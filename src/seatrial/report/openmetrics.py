"""The metrics of a run as OpenMetrics text, which GitLab compares between a merge request and its target branch.

Called by `files.py`. Pure. A metric is a family of gauges, `seatrial_NAME`, with the labels `model`, `of` (`candidate`
or `baseline`) and, for a slice of the rows, `slice`.

Subtle: names of metrics are the users' own and OpenMetrics allows few characters in them, so two names may come to be
one. Then, and wherever a name had to be changed, the label `metric` holds the name as it was, and what still could not
be told apart is numbered. A value that is not known is left out; NaN and infinities have words of their own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from seatrial.gates.codes import Kind
from seatrial.report.claims import slice_name
from seatrial.report.escape import NAME_BOUND, plain
from seatrial.report.facts import MetricFact, ModelFact, RunFacts

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]")
_LABEL = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}

_Labels = tuple[tuple[str, str], ...]


def render_openmetrics(facts: RunFacts) -> str:
    """The text, families in the order of their names, ending with `# EOF`."""
    families: dict[str, list[tuple[_Labels, float]]] = {}
    for model in facts.models:
        for metric in (*model.metrics, *_of_slices(model)):
            for labels, value in _samples(model, metric):
                families.setdefault(_family(metric.name), []).append((labels, value))
    lines: list[str] = []
    for family, samples in sorted(families.items()):
        lines.append(f"# TYPE {family} gauge")
        seen: Counter[_Labels] = Counter()
        for labels, value in samples:
            again = (("number", str(seen[labels] + 1)),) if seen[labels] else ()
            seen[labels] += 1
            lines.append(f"{family}{{{_written((*labels, *again))}}} {_number(value)}")
    return "\n".join([*lines, "# EOF", ""])


def _of_slices(model: ModelFact) -> Iterator[MetricFact]:
    """Each slice that a gate looked at, once though several gates look at it."""
    seen = {(metric.name, metric.group) for metric in model.metrics}
    for finding in model.findings:
        if finding.kind != Kind.SLICES or finding.metric is None:
            continue
        for part in finding.parts:
            name = slice_name(finding, part)
            if (finding.metric, name) not in seen:
                seen.add((finding.metric, name))
                yield MetricFact(name=finding.metric, group=name, candidate=part.candidate, baseline=part.baseline)


def _samples(model: ModelFact, metric: MetricFact) -> Iterator[tuple[_Labels, float]]:
    labels: list[tuple[str, str]] = [("model", _shown(model.name))]
    if metric.group is not None:
        labels.append(("slice", _shown(metric.group)))
    if _family(metric.name) != f"seatrial_{metric.name}":
        labels.append(("metric", _shown(metric.name)))
    for of, value in (("candidate", metric.candidate), ("baseline", metric.baseline)):
        if value is not None:
            yield (*labels, ("of", of)), value


def _family(name: str) -> str:
    return "seatrial_" + _NOT_IN_NAMES.sub("_", _shown(name))


def _shown(text: str) -> str:
    return plain(text, bound=NAME_BOUND)


def _written(labels: _Labels) -> str:
    return ",".join(f'{name}="{"".join(_LABEL.get(each, each) for each in value)}"' for name, value in labels)


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value))
