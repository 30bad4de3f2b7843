"""Secrets in a stream: masked in every form they are printed in, wherever chunks end."""

from __future__ import annotations

import base64
import html
import json
import random
import shlex
import string
import subprocess
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.process.masking import MASK, Masker, forms, holds

SECRET = "pa/ss w\"o'rd+€%42\\x<&>"
KEY = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7bq\n  aGVsbG8gd29ybGQ\n-----END KEY-----\n"

PRINTED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "percent": lambda text: quote(text, safe=""),
    "percent, slashes kept": quote,
    "percent, plus for blanks": quote_plus,
    "percent, small letters": lambda text: quote(text, safe="").replace("%2F", "%2f").replace("%E2", "%e2"),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, letters kept": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "hexadecimal": lambda text: text.encode().hex(),
    "HEXADECIMAL": lambda text: text.encode().hex().upper(),
    "shell": shlex.quote,
    "Python": lambda text: repr(text)[1:-1],
    "Python bytes": lambda text: repr(text.encode())[2:-1],
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hexadecimal, colons": lambda text: text.encode().hex(":"),
    "HEXADECIMAL, blanks": lambda text: text.encode().hex(" ").upper(),
    "hexadecimal as xxd groups it": lambda text: text.encode().hex(" ", 2),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent twice, slashes kept": lambda text: quote(quote(text)),
    "HTML": html.escape,
    "HTML, quotes kept": lambda text: html.escape(text, quote=False),
    "HTML of templates": lambda text: html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;"),
    "XML": lambda text: html.escape(text, quote=False).replace('"', "&quot;").replace("'", "&apos;"),
    "backwards": lambda text: text[::-1],
    "bash -x": lambda text: "'" + text.replace("'", "'\\''") + "'",
}


def masked(data: bytes, *secrets: str, chunk: int = 1 << 20) -> bytes:
    masker = Masker(forms(secrets))
    shown = b"".join(masker.feed(data[at : at + chunk]) for at in range(0, len(data), chunk))
    return shown + masker.finish()


@pytest.mark.parametrize("form", [form for form in PRINTED if "small" not in form])
@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_every_form_is_masked(form: str, chunk: int) -> None:
    """Nothing of it is left, and what stands around it is."""
    text = PRINTED[form](SECRET)
    shown = masked(f"before {text} after".encode(), SECRET, chunk=chunk)

    assert text.encode().strip(b"'") not in shown
    assert MASK in shown
    assert shown.startswith(b"before ")
    assert shown.endswith(b" after")


@pytest.mark.parametrize("before", [b"", b"u", b"us", b"user:", b"me:x"])
@pytest.mark.parametrize("after", [b"", b"\n", b"@host", b":12"])
def test_base64_is_masked_wherever_the_secret_begins_in_it(before: bytes, after: bytes) -> None:
    """`user:password` in an Authorization header encodes the password at any of three offsets."""
    text = base64.b64encode(before + b"correct horse battery" + after)
    shown = masked(b"Authorization: Basic " + text, "correct horse battery")
    left = shown.removeprefix(b"Authorization: Basic ").replace(MASK, b"")

    assert MASK in shown
    assert len(left) <= len(text) - 4 * len(b"correct horse battery") // 3 + 2


def test_base64_that_was_broken_into_lines_is_masked() -> None:
    """As `base64` prints it."""
    value = "".join(random.Random(4).choices(string.printable[:90], k=300))
    text = subprocess.run(["base64"], input=value.encode(), capture_output=True, check=True).stdout

    assert text.count(b"\n") > 3
    assert len(masked(text, value).replace(MASK, b"").replace(b"\n", b"")) <= 4


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("columns", [1, 16, 64, 76])
@pytest.mark.parametrize("chunk", [1, 50, 1 << 20])
def test_an_encoding_that_is_broken_anywhere_is_masked(ends: bytes, columns: int, chunk: int) -> None:
    """A header of a mail, or what `base64` prints of a file: the lines end wherever they are full."""
    value = "correct horse battery"
    for before in range(0, 80, 3 if columns > 1 else 40):
        text = b"x" * before + value.encode() + b", and more behind it"
        for encoded, bits in ((base64.b64encode(text), 6), (base64.b32encode(text), 5), (text.hex().encode(), 4)):
            lines = ends.join(encoded[at : at + columns] for at in range(0, len(encoded), columns))
            left = masked(lines, value, chunk=chunk)

            assert MASK in left
            assert len(left.translate(None, ends + MASK)) <= len(encoded) - 8 * len(value) // bits + 1


@pytest.mark.parametrize("before", ["", "u", "us", '{"auths":{"r":{"auth":"'])
def test_base64_of_base64_is_masked_wherever_the_secret_begins_in_either(before: str) -> None:
    """What Kubernetes keeps of a login of docker."""
    value = "correct horse battery"
    for user in ("", "a:", "ab:", "abc:"):
        once = base64.b64encode(f"{user}{value}!".encode()).decode()
        text = base64.b64encode(f'{before}{once}"'.encode())

        assert len(masked(text, value).replace(MASK, b"")) <= len(text) - 16 * len(value) // 9 + 4


@pytest.mark.parametrize(
    "text", [b"hun: ter22", b"hun ter22", b"hunter2\n\n2", b"6875 6e74  6572 3232", b"h:u:n:t:e:r:2:2"]
)
def test_what_only_looks_like_a_secret_without_its_blanks_is_unchanged(text: bytes) -> None:
    assert masked(text, "hunter22") == text


@given(
    st.lists(st.sampled_from([*PRINTED.values(), lambda text: text[:-1], lambda _text: " \n"]), max_size=6),
    st.integers(1, 200),
    st.integers(0, 9),
)
def test_where_chunks_end_changes_nothing(forms_of: list[Callable[[str], str]], chunk: int, after: int) -> None:
    """What is shown is what would be shown of the whole text."""
    data = "".join(form(SECRET) + "=" * after for form in forms_of).encode()

    assert masked(data, SECRET, "hunter22", chunk=chunk) == masked(data, SECRET, "hunter22")


def test_lines_of_a_key_are_masked_each_on_its_own() -> None:
    """Programs print keys line by line, with prefixes."""
    shown = masked(b"1: MIIEpAIBAAKCAQEA7bq\n2: aGVsbG8gd29ybGQ\n", KEY)

    assert shown == b"1: ***\n2: ***\n"


def test_the_longest_form_wins() -> None:
    """A secret that begins with another one is masked as a whole."""
    assert masked(b"x abcdefgh y abcd", "abcd", "abcdefgh") == b"x *** y ***"


def test_text_without_a_secret_is_unchanged() -> None:
    """Also what looks like the beginning of one, at the very end."""
    assert masked(b"pass pas pa hunter", "hunter22", chunk=3) == b"pass pas pa hunter"


def test_a_secret_across_two_chunks_is_found() -> None:
    """An out is read piece by piece."""
    known = forms(["hunter22"])

    assert holds([b"xx hunt", b"er22 yy"], known)
    assert holds([b"h", b"u", b"n", b"t", b"e", b"r", b"2", b"2"], known)
    assert holds([b"xx aHVu\r", b"\ndGVyMjI"], known)
    assert not holds([b"xx hunt", b" er22 yy"], known)
    assert not holds([b"anything"], ())
