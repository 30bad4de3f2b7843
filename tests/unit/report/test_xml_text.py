"""Text that XML can hold: whatever it is, a parser gives it back, with what XML knows no way to write spelled out."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st

from seatrial.report.xml_text import attribute, content


@example("\x00\x1b\ud800\udfff\ufffe\uffff\x7f\x85")
@example("]]>&amp;<a b='c'>\"\t\r\n ")
@given(st.text())
def test_a_parser_gives_the_text_back(text: str) -> None:
    element = ET.fromstring(f'<a b="{attribute(text)}">{content(text)}</a>'.encode())
    spelled = "".join(
        each
        if each in "\t\n\r" or (each >= " " and not "\ud800" <= each <= "\udfff" and each not in "\ufffe\uffff")
        else (f"\\x{ord(each):02x}" if ord(each) < 0x100 else f"\\u{ord(each):04x}")
        for each in text
    )

    assert element.attrib["b"] == spelled
    assert (element.text or "") == spelled
    assert "]]>" not in content(text)
