"""The few links that a report may have: to its own `report.html`, and to the run of the forge that made it.

Whoever posts a report knows them and hands them over; nothing that comes from the repository ever becomes a link. What
is handed over is looked at all the same: an address that is no plain http(s) one, or that could end the Markdown that
it stands in, is left out, since a report never fails because of a link.
"""

from __future__ import annotations

import re

from msgspec import Struct

_PLAIN = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&*+,;=%-]{1,2000}\Z")


class Links(Struct, frozen=True, kw_only=True):
    """Addresses that a forge gave: of the report as one page, and of the run with its logs."""

    report: str | None = None
    run: str | None = None


def line_of(links: Links | None) -> str:
    """The links as a line of Markdown; empty where there are none."""
    if links is None:
        return ""
    known = (("Full report with plots: report.html", links.report), ("Run and logs", links.run))
    return " · ".join(f"[{text}]({url})" for text, url in known if url is not None and _PLAIN.match(url))
