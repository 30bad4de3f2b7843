"""A check in a terminal: 80 columns, the worst first, control characters as words, and what is left out is said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.cli.check_text import MOST_COLUMNS, MOST_FINDINGS, WIDTH, check_text
from seatrial.data.result import Example, Examples
from seatrial.replacing import replace
from seatrial.report.fit import columns
from tests.support.data_checks import BROKEN, DRIFTED, GOOD, HOLDS, UNSURE, a_check

EXPECTED = """\
FAIL: decision block, 2 of 5 statements fail, 1 could not be decided
people.parquet: 5,000 rows, 4 columns; held against reference.json and
contract.yaml

age
  FAIL          contract.range (broken)
                3 of 5,000 values lie outside of 0 to 120
                5,000 rows
                contract.yaml:12:5 columns.age.max

income
  FAIL          drift.location (differs)
                the values lie higher than in the reference
                0.41 sd [0.38, 0.44], floor 0.1; 5,000 rows, 20,000 in the
                reference

city
  INCONCLUSIVE  drift.missing (too_few_rows)
                the share of nulls may have changed
                1.3 % of rows [0.0, 7.1], floor 0.5; 40 rows, 20,000 in the
                reference; about 180 rows would decide

rows for contract.range of age
row  id   age
  7  a1   130
 80  ***   -1

note:  the files were read twice

PASS 2: 1 rule holds; 1 comparison, which excludes a shift of more than 0.21 sd

next:  repair the data, or edit contract.yaml if the data is right"""
ROWS = Examples(
    check="contract.range",
    column="age",
    columns=("id", "age"),
    rows=(Example(row=7, cells=("a1", "130")), Example(row=80, cells=("***", "-1"))),
)


def test_the_whole_text() -> None:
    """Headline, what is not a PASS, rows, notes, what passed, next step."""
    check = a_check(GOOD, UNSURE, DRIFTED, HOLDS, BROKEN, examples=(ROWS,), notes=("the files were read twice",))

    assert check_text(check) == EXPECTED


def test_a_pass_is_three_lines() -> None:
    """Nothing that holds is told one by one."""
    assert check_text(a_check(GOOD, HOLDS)).count("\n") <= 6
    assert "age" not in check_text(a_check(GOOD, HOLDS))


@given(st.text(max_size=200), st.text(max_size=200))
def test_every_line_fits_and_prints(message: str, column: str) -> None:
    """What comes from data neither breaks out of the layout nor speaks to the terminal."""
    rows = Examples(
        check="c", column=column, columns=(column, message), rows=(Example(row=3, cells=(message, column)),)
    )
    finding = replace(DRIFTED, message=message, column=column, current=message, reference=column)
    text = check_text(a_check(finding, notes=(message,), examples=(rows,), dataset=column))

    assert all(columns(line) <= WIDTH for line in text.split("\n"))
    assert all(line.isprintable() for line in text.split("\n"))


def test_control_characters_are_told_in_words() -> None:
    """An escape that would clear the screen is shown as what it is."""
    text = check_text(a_check(replace(DRIFTED, message="value \x1b[2J\u202e\x07 here")))

    assert "value \\x1b[2J\\u202e\\x07 here" in text


def test_a_wide_dataset_is_cut_and_counted() -> None:
    """Ten thousand failing columns are not ten thousand screens."""
    many = [replace(DRIFTED, column=f"c{number:05}") for number in range(10_000)]
    text = check_text(a_check(*many))

    assert text.count("drift.location") == MOST_COLUMNS
    assert "and 9,980 more columns: c00020, c00021, c00022 and 9977 more; --json has all" in text


def test_many_findings_of_one_column_are_cut_and_counted() -> None:
    """The worst are told."""
    many = [replace(DRIFTED, check=f"drift.x{number:02}", estimate=1 - number / 100) for number in range(20)]
    text = check_text(a_check(*many))

    assert f"drift.x{MOST_FINDINGS - 1:02}" in text
    assert f"drift.x{MOST_FINDINGS:02}" not in text
    assert "and 12 more findings; --json has all" in text


def test_examples_of_many_findings_share_the_room() -> None:
    """Twenty rows in all, and each finding keeps one."""
    rows = tuple(
        Examples(
            check=f"contract.c{number}",
            column=None,
            columns=("v",),
            rows=tuple(Example(row=row, cells=("x",)) for row in range(20)),
        )
        for number in range(5)
    )
    text = check_text(a_check(BROKEN, examples=rows))

    assert text.count("rows for contract.c") == 5
    assert len([line for line in text.split("\n") if line.endswith("  x")]) == 20


def test_colour_only_repeats_a_word() -> None:
    """Without colour the text is the same."""
    import re

    check = a_check(DRIFTED, UNSURE, GOOD)

    assert re.sub(r"\x1b\[\d+m", "", check_text(check, color=True)) == check_text(check)
    assert "\x1b[31mFAIL" in check_text(check, color=True)
