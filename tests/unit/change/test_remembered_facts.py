"""Facts of a file are remembered as text, whatever texts the file holds."""

from __future__ import annotations

import pytest

from seatrial.change.extract.sources import extract
from seatrial.change.facts import decode_links, decode_symbols, encode

HALF = 'import os\n\nNAME = "\\udcff.csv"\n\n\ndef load(to="\\ud800"):\n    return open("data/\\udcff.csv"), NAME\n'
"""Python takes half a surrogate for a text; UTF-8, and so JSON, does not."""


@pytest.mark.parametrize("text", ['open("a.csv")\n', HALF])
def test_facts_come_back_as_they_were(text: str) -> None:
    """With every text as it is in the code, so that a file of such a name would be found."""
    facts = extract("python", text.encode())
    assert facts.symbols is not None

    assert decode_links(encode(facts.links)) == facts.links
    assert decode_symbols(encode(facts.symbols)) == facts.symbols
    encode(facts.links).encode("utf-8")
