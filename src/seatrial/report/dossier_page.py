"""The dossier of a version as one HTML page: for an auditor, who has neither this repository nor this program.

Called by `seatrial models show --dossier FILE.html`; pure. The page stands alone, as every page made with `html.py`
does, so it can be filed and opened years later. It is written in the order in which one asks: what is it and where has
it been, what changed, who approved it, on which data, in which environment, by which rules, with which verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from seatrial.gates.written_rules import as_written
from seatrial.registry.records import Actor, AliasMove, Approval
from seatrial.report import html
from seatrial.report.dossier_facts import ChangeFact, DossierFacts
from seatrial.report.headline import ordered
from seatrial.report.numbers import UNKNOWN, count, duration, figure, instant, interval, plural, size
from seatrial.verdict import Finding

MOST_ROWS = 500
"""Of one table; a page of more is no page."""
_DAY = 86400
_LONG = 300
_STYLE = """\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:.4rem 0;font-size:14px}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
caption{text-align:left;font-weight:600;padding:.9rem 0 .3rem;white-space:nowrap}
td{overflow-wrap:break-word;max-width:30rem}time{white-space:nowrap}
details{margin:.5rem 0}summary{margin-bottom:.3rem}.lead{font-size:16px;margin:.2rem 0}
@media(max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
@media print{body{margin:0;max-width:none}}
"""


def render_dossier(facts: DossierFacts) -> str:
    """The whole page."""
    version = facts.version
    body = [
        f"<h1>Dossier of {html.text(version.ref)}</h1>",
        *_lead(facts),
        *_what(facts),
        *_time(facts),
        *_change(facts.change),
        *_people(facts),
        *_data(facts),
        *_environment(facts),
        *_rules(facts),
        *_verdicts(facts),
        *_ledger(facts.moves),
        *_open(facts),
        *_digests(facts),
    ]
    return html.page(f"Dossier of {version.ref}", body, style=_STYLE)


def _lead(facts: DossierFacts) -> list[str]:
    """Where the version stands, in a sentence, and what this page cannot tell."""
    holding = [reign for reign in facts.reigns if reign.until is None]
    if holding:
        said = "; ".join(f"holds {reign.alias} since {instant(reign.since)}" for reign in holding)
    elif facts.reigns:
        said = f"held {', '.join(dict.fromkeys(reign.alias for reign in facts.reigns))} and holds no alias now"
    else:
        said = "never held an alias"
    gaps = [*facts.missing, *facts.change.missing]
    return [
        f"<p class=lead>{html.text(f'{facts.version.ref} {said}.')}</p>",
        f"<p class=soft>As of {html.text(instant(facts.as_of))}. All instants are UTC.</p>",
        *(["<h2>What this dossier cannot tell</h2>", *html.bullets(gaps)] if gaps else []),
    ]


def _what(facts: DossierFacts) -> list[str]:
    version = facts.version
    rows = [
        ("registered", f"{instant(version.created_at)} by {_who(version.actor)}"),
        ("run", version.run + (f", tier {version.tier}" if version.tier else "")),
        ("made by", version.made_by or UNKNOWN),
        ("artifact", f"{version.artifact.digest} ({size(version.artifact.size)})"),
        ("verdict at registration", str(version.verdict or "not judged") + _decision(version.decision)),
        *((f"tag {key}", value) for key, value in sorted(version.tags.items())),
        *(("linked", link) for link in version.links),
    ]
    return ["<h2>What it is</h2>", *_pairs(rows)]


def _time(facts: DossierFacts) -> list[str]:
    rows = [
        (
            reign.alias,
            _when(reign.since),
            "still running" if reign.until is None else _when(reign.until),
            _span(reign.seconds),
        )
        for reign in facts.reigns
    ]
    if not rows:
        return ["<h2>Time with an alias</h2>", *html.paragraph("It never held an alias.")]
    totals = [
        f"{alias}: {_span(facts.in_all(alias))} in all"
        for alias in dict.fromkeys(reign.alias for reign in facts.reigns)
    ]
    return [
        "<h2>Time with an alias</h2>",
        *html.table(("alias", "since", "until", "how long"), rows, right={3}),
        *html.bullets(totals),
    ]


def _change(change: ChangeFact) -> list[str]:
    against = "nothing before it" if change.before is None else change.before
    lines = ["<h2>The change</h2>", *html.paragraph(f"Compared with {against}.")]
    commits = [
        (html.code(one.id[:12]), _when(one.at), ", ".join(one.authors), one.subject)
        for one in change.commits[:MOST_ROWS]
    ]
    if commits:
        lines += html.table(("commit", "when", "authors", "what it says"), commits)
    if change.files:
        added = sum(one.added or 0 for one in change.files)
        deleted = sum(one.deleted or 0 for one in change.files)
        files = [(html.code(one.path), count(one.added), count(one.deleted)) for one in change.files[:MOST_ROWS]]
        head = f"{plural(len(change.files), 'file')}, {count(added)} lines added, {count(deleted)} deleted"
        lines += html.details(head, html.table(("file", "added", "deleted"), files, right={1, 2}))
    elif change.before_commit is not None and not change.missing:
        lines += html.paragraph("No file differs.")
    return [*lines, *_more(len(change.commits), "commits"), *_more(len(change.files), "files")]


def _people(facts: DossierFacts) -> list[str]:
    lines = ["<h2>Approvals and reviewers</h2>"]
    rows = [_approval(one.approval, one.counted, one.void) for one in facts.approvals]
    if rows:
        lines += html.table(("who", "known from", "for", "when", "what became of it", "note"), rows)
    else:
        lines += html.paragraph("Nobody approved it.")
    named = [
        f"{name}, named as a reviewer in commit {one.id[:12]} by whoever wrote it"
        for one in facts.change.commits
        for name in one.reviewers
    ]
    return [*lines, *html.bullets(named)]


def _approval(approval: Approval, counted: Sequence[str], void: str | None) -> tuple[str, ...]:
    became = "; ".join(f"counted: {each}" for each in counted)
    if void is not None and not counted:
        became = f"void: {void}"
    note = ": ".join(filter(None, (approval.where, approval.note)))
    who, known = approval.actor.name, approval.actor.identified_by.value
    return who, known, approval.alias, _when(approval.at), became or "stands", note


def _data(facts: DossierFacts) -> list[str]:
    if not facts.data:
        return ["<h2>Data</h2>", *html.paragraph("No dataset is recorded.")]
    rows = []
    for one in facts.data:
        look = one.look
        if look is None:
            said = ("no check of these bytes is recorded", UNKNOWN, UNKNOWN)
        else:
            against = ", ".join(f"{what} {digest[:15]}" for what, digest in sorted(look.against.items()))
            why = f": {'; '.join(look.why)}" if look.why else ""
            said = (f"{look.verdict}{_decision(look.decision)}{why}", against or UNKNOWN, count(look.rows))
        rows.append((one.name, *said, html.code(one.digest)))
    return ["<h2>Data</h2>", *html.table(("dataset", "checked", "against", "rows", "digest"), rows, right={3})]


def _environment(facts: DossierFacts) -> list[str]:
    version = facts.version
    known = dict(facts.installed)
    packages = [(name.removeprefix("package "), text) for name, text in known.items() if name.startswith("package ")]
    pairs = [(name, text) for name, text in known.items() if not name.startswith("package ")]
    rows = [*pairs, ("identity", version.environment), ("configuration", version.config)]
    rows += [(f"parameter {name}", str(value)) for name, value in sorted(version.params.items())]
    rows += [(f"changed by the tier: {name}", str(value)) for name, value in sorted(version.overlay.items())]
    rows += [(f"typed over: {name}", str(value)) for name, value in sorted(version.overridden.items())]
    lines = ["<h2>Environment and parameters</h2>", *_pairs(rows)]
    if packages:
        table = html.table(("package", "version"), packages[:MOST_ROWS])
        lines += [*html.details(plural(len(packages), "package"), table), *_more(len(packages), "packages")]
    return lines


def _rules(facts: DossierFacts) -> list[str]:
    """The gates as they were applied, each time that they were."""
    version = facts.version
    lines = ["<h2>Gates as they were applied</h2>"]
    seen: list[tuple[Mapping[str, object], str]] = []
    if version.rules:
        seen.append((version.rules, f"at registration: set {version.gate_set}"))
    for move in facts.moves:
        if move.version != version.number or not move.rules:
            continue
        when = f"{move.how} to {move.alias} at {instant(move.at)}: set {move.gate_set}"
        same = next((index for index, (rules, _) in enumerate(seen) if rules == move.rules), None)
        if same is None:
            seen.append((move.rules, when))
        else:
            seen[same] = (seen[same][0], f"{seen[same][1]}; and {when}")
    for rules, when in seen:
        lines += html.details(when, html.table(("rule", "value"), _flat(as_written(rules))), opened=len(seen) == 1)
    return lines if seen else [*lines, *html.paragraph("They were not kept.")]


def _verdicts(facts: DossierFacts) -> list[str]:
    version = facts.version
    lines = ["<h2>Verdicts</h2>"]
    lines += _findings(f"at registration: {version.verdict or 'not judged'}", version.findings)
    for move in facts.moves:
        if move.version == version.number and move.findings:
            lines += _findings(
                f"{move.how} to {move.alias} at {instant(move.at)}{_decision(move.decision)}", move.findings
            )
    if version.metrics:
        metrics = [(name, figure(value)) for name, value in sorted(version.metrics.items())]
        lines += html.table(("metric", "value"), metrics[:MOST_ROWS], right={1}, caption="Metrics at registration")
    return lines


def _findings(caption: str, findings: Sequence[Finding]) -> list[str]:
    rows = [
        (
            html.verdict(one.verdict),
            one.name,
            figure(one.candidate),
            figure(one.baseline),
            figure(one.estimate),
            interval(one.interval, sign=one.baseline is not None),
            figure(one.threshold),
            count(one.n),
            one.message,
        )
        for one in ordered(findings)[:MOST_ROWS]
    ]
    header = ("verdict", "gate", "candidate", "baseline", "estimate", "interval", "limit", "rows", "as a sentence")
    return [*html.table(header, rows, right=range(2, 8), caption=caption), *_more(len(findings), "findings")]


def _ledger(moves: Sequence[AliasMove]) -> list[str]:
    """Promotions, overrides and rollbacks, with who did them and on whose word."""
    rows = [
        (
            _when(move.at),
            move.alias,
            UNKNOWN if move.previous is None else str(move.previous),
            str(move.version),
            move.how.value,
            str(move.decision or "not judged"),
            _who(move.actor),
            "; ".join(_who(by.actor) for by in move.approvals) or UNKNOWN,
            move.reason or "",
        )
        for move in moves
    ]
    if not rows:
        return []
    header = ("when", "alias", "from", "to", "how", "decision", "by", "approved by", "reason")
    return ["<h2>Promotions, overrides and rollbacks</h2>", *html.table(header, rows)]


def _open(facts: DossierFacts) -> list[str]:
    version = facts.version
    said = [
        *(f"deferred when it was made: {one.cell} (input {one.input_digest})" for one in version.deferred),
        *(f"unpinned: {one}" for one in version.unpinned),
        *(f"owed now: {debt}" for debt in facts.debts),
    ]
    return ["<h2>Deferred, unpinned and owed</h2>", *(html.bullets(said) or html.paragraph("Nothing."))]


def _digests(facts: DossierFacts) -> list[str]:
    version = facts.version
    files = [(file.path, file.artifact.digest) for file in (*version.metrics_files, *version.curves)]
    files += [(file.path, file.artifact.digest) for file in version.others.values()]
    files += [(seed.file.path, seed.file.artifact.digest) for seed in version.seeds]
    if version.predictions is not None:
        files.append((version.predictions.file.path, version.predictions.file.artifact.digest))
    rows = [
        ("artifact", version.artifact.digest),
        ("commit", version.commit or "none"),
        ("tree", version.tree or UNKNOWN),
        ("action", version.action or UNKNOWN),
        ("evaluation", version.evaluation or UNKNOWN),
        ("test set", version.test_set or UNKNOWN),
        ("environment", version.environment),
        ("configuration", version.config),
        *((f"data {name}", digest) for name, digest in sorted(version.data.items())),
        *((f"evidence {path}", digest) for path, digest in files),
        *((f"approved evidence ({one.approval.actor.name})", one.approval.evidence) for one in facts.approvals),
        *((f"approved policy ({one.approval.actor.name})", one.approval.policy) for one in facts.approvals),
    ]
    cells = [(what, html.code(text)) for what, text in rows[:MOST_ROWS]]
    return ["<h2>Digests</h2>", *html.table(("of", "digest"), cells), *_more(len(rows), "digests")]


def _pairs(rows: Iterable[tuple[str, str]]) -> list[str]:
    cells = (f"<dt>{html.text(name)}</dt><dd>{html.text(text, bound=_LONG)}</dd>" for name, text in rows)
    return ["<dl>", *cells, "</dl>"]


def _flat(value: object, prefix: str = "") -> list[tuple[str, str]]:
    """Nested rules as dotted names, each with its value."""
    if isinstance(value, Mapping):
        return [row for key, each in sorted(value.items()) for row in _flat(each, f"{prefix}.{key}" if prefix else key)]
    if isinstance(value, list | tuple):
        return [(prefix, ", ".join(map(_word, value)))] if value else []
    return [(prefix, _word(value))]


def _word(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_word, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _more(there: int, what: str) -> list[str]:
    return [f"<p>and {count(there - MOST_ROWS)} more {what}</p>"] if there > MOST_ROWS else []


def _who(actor: Actor) -> str:
    return f"{actor.name} ({actor.identified_by})"


def _decision(decision: object) -> str:
    return f" ({decision})" if decision else ""


def _when(text: str) -> html.Markup:
    """An instant in a cell, which is not broken at its hyphens."""
    return html.Markup(f"<time>{html.text(instant(text))}</time>")


def _span(seconds: float) -> str:
    """As `duration`, with days where there are some."""
    days, rest = divmod(int(seconds), _DAY)
    return f"{plural(days, 'day')} {duration(rest)}" if days else duration(seconds)
