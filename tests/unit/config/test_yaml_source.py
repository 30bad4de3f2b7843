"""Strict YAML: what is read, what is refused, and where the message points."""

from __future__ import annotations

from typing import TypeAlias

import pytest
import yaml

from seatrial.config.yaml_source import MAX_BYTES, MAX_DEPTH, parse_yaml
from seatrial.errors import ConfigError

Parser: TypeAlias = type[yaml.CLoader] | type[yaml.Loader]
BOTH = pytest.mark.parametrize("parser", [yaml.CLoader, yaml.Loader], ids=["libyaml", "python"])


def refusals(text: bytes, parser: Parser = yaml.CLoader) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, "f.yaml", parser=parser)
    assert all(problem.next_step for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


@BOTH
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("5.", 5.0),
        ("3.10", 3.1),
        ("-7", -7),
        ("+7", 7),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-11-21", "2026-11-21"),
        ("'1'", "1"),
        ('"no"', "no"),
        ("1e", "1e"),
        ("tRuE", "tRuE"),
    ],
)
def test_a_plain_scalar_means_what_the_core_schema_says(text: str, expected: object, parser: Parser) -> None:
    value = parse_yaml(f"a: {text}\n".encode(), "f.yaml", parser=parser).value

    assert isinstance(value, dict)
    assert value == {"a": expected}
    assert type(value["a"]) is type(expected)


@BOTH
def test_positions_count_from_one_and_name_key_and_value(parser: Parser) -> None:
    source = parse_yaml(b"a:\n  b: [1, 'two']\n", "f.yaml", parser=parser)

    assert source.positions[("a", "b")].key == (2, 3)
    assert source.positions[("a", "b")].value == (2, 6)
    assert source.positions[("a", "b", 1)].value == (2, 10)
    assert source.where(("a", "b")) == "f.yaml:2:3"


@BOTH
def test_windows_line_ends_and_a_byte_order_mark_are_fine(parser: Parser) -> None:
    source = parse_yaml(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "f.yaml", parser=parser)

    assert source.value == {"a": 1, "b": 2}
    assert source.where(("a",)) == "f.yaml:1:1"
    assert source.where(("b",)) == "f.yaml:2:1"


@BOTH
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a: 1\nb: 2\na: 3\n", ["f.yaml:3:1 a: this key stands twice; first at 1:1"]),
        (b"a: {b: 1, b: 2}\n", ["f.yaml:1:11 a.b: this key stands twice; first at 1:5"]),
        (
            b"a: &x [1]\nb: [*x, *x]\n",
            [
                "f.yaml:1:4 a: anchors (`&x`) are not supported",
                "f.yaml:2:5 b[0]: aliases (`*name`) are not supported",
                "f.yaml:2:9 b[1]: aliases (`*name`) are not supported",
            ],
        ),
        (b"a: !!python/object:os.system {}\n", ["f.yaml:1:4 a: tags (`!!python/object:os.s...`) are not supported"]),
        (b"a: !!str 1\n", ["f.yaml:1:4 a: tags (`!!str`) are not supported"]),
        (b"<<: {a: 1}\n", ["f.yaml:1:1: merge keys (`<<`) are not supported"]),
        (b"1: a\n", ["f.yaml:1:1: the key 1 is not text"]),
        (b"~: a\n", ["f.yaml:1:1: the key ~ is not text"]),
        (b"? [a, b]\n: {c: 1}\n", ["f.yaml:1:3: a list or mapping cannot be a key"]),
        (b"a: 1\n---\nb: 2\n", ["f.yaml:2:1: a second document starts here; one file is one document"]),
        (b"%YAML 1.1\n---\na: 1\n", ["f.yaml:1:1: the file asks for another YAML version; Seatrial reads 1.2"]),
        (b"a: .nan\n", ["f.yaml:1:4 a: .nan is not a finite number"]),
        (b"a: -.Inf\n", ["f.yaml:1:4 a: -.Inf is not a finite number"]),
        (b"a: 1e999\n", ["f.yaml:1:4 a: 1e999 is larger than any floating-point number"]),
        (b"a: " + b"9" * 30, ["f.yaml:1:4 a: 99999999999999999999... does not fit into 64 bits"]),
        (b"a:\n\tb: 1\n", ["f.yaml:2:1: broken YAML: a tab cannot stand here"]),
        (b"a: b: c\n", ["f.yaml:1:5: broken YAML: a `key: value` pair was expected"]),
        (b"a: @x\n", ["f.yaml:1:4: broken YAML: a value cannot start with `@`"]),
        (b"a: 1\nb: \xff\n", ["f.yaml:2:4: byte 0xff is not valid UTF-8"]),
        (b"a: 1\nb: x\x07\n", ["f.yaml:2:5: the character '\\x07' cannot stand in a configuration file"]),
        (b"a: \x00\n", ["f.yaml:1:4: the character '\\x00' cannot stand in a configuration file"]),
    ],
)
def test_what_can_surprise_is_refused_where_it_stands(text: bytes, expected: list[str], parser: Parser) -> None:
    assert refusals(text, parser) == expected


@BOTH
@pytest.mark.parametrize("text", [b"a: [1,\nb: 2\n", b"a: 'x\n", b"a: {}\n b: 1\n", b"a: 1\n- b\n"])
def test_broken_yaml_names_a_line_and_a_column(text: bytes, parser: Parser) -> None:
    (message,) = refusals(text, parser)

    assert message.startswith("f.yaml:")
    assert message.split(": ")[0].count(":") == 2


def test_a_billion_laughs_bomb_is_refused_at_its_first_line() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]

    assert refusals("\n".join(lines).encode())[0] == "f.yaml:1:4 a: anchors (`&a`) are not supported"


@BOTH
@pytest.mark.parametrize("opening", [b"[", b"{a: "])
def test_nesting_stops_at_the_cap_however_deep_the_file_goes(opening: bytes, parser: Parser) -> None:
    text = opening * 10_000

    assert refusals(text, parser) == [
        f"f.yaml:1:{MAX_DEPTH * len(opening) + 1}: values nest deeper than {MAX_DEPTH} levels"
    ]


def test_a_file_beyond_the_size_cap_is_refused_unread() -> None:
    assert refusals(b"a" * (MAX_BYTES + 1)) == [
        f"f.yaml: f.yaml has {MAX_BYTES + 1:,} bytes; configuration files end at {MAX_BYTES:,}"
    ]


def test_values_under_refused_keys_do_not_disturb_what_follows() -> None:
    assert refusals(b"a: 1\na: {b: {c: 1}}\n2: [x, {y: z}]\nd: 1\nd: 2\n") == [
        "f.yaml:2:1 a: this key stands twice; first at 1:1",
        "f.yaml:3:1: the key 2 is not text",
        "f.yaml:5:1 d: this key stands twice; first at 4:1",
    ]


@pytest.mark.parametrize("text", [b"", b"# nothing\n", b"---\n", b"~\n"])
def test_an_empty_file_is_an_empty_value(text: bytes) -> None:
    assert parse_yaml(text, "f.yaml").value is None
