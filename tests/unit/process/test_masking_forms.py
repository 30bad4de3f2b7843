"""Secrets in a stream: masked in every form they are printed in, wherever chunks end."""

from __future__ import annotations

import base64
import json
import random
import shlex
import string
import subprocess
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from seatrial.process.masking import MASK, Masker, forms, holds

SECRET = "pa/ss w\"o'rd+€%42\\x"
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
    assert not holds([b"xx hunt", b" er22 yy"], known)
    assert not holds([b"anything"], ())
