"""Test cases from files: what is read, and every way in which a file is refused, all mistakes at once."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from seatrial import digest
from seatrial.config.yaml_source import parse_yaml
from seatrial.errors import EvidenceError
from seatrial.evidence.case_records import Cases, Compared, Pair, Relation
from seatrial.evidence.cases import read_cases
from seatrial.gates.behavioral.matchers.table import faults


def read(tmp_path: Path, name: str, text: str, *more: tuple[str, str]) -> Cases:
    paths = []
    for each, content in ((name, text), *more):
        (tmp_path / each).write_text(content, encoding="utf-8")
        paths.append(tmp_path / each)
    return read_cases(paths, check=faults, yaml=parse_yaml, shown=[path.name for path in paths])


def refusals(tmp_path: Path, name: str, text: str, *more: tuple[str, str]) -> list[str]:
    """Every problem of the error, as the user sees it; each names its file and a next step."""
    with pytest.raises(EvidenceError) as caught:
        read(tmp_path, name, text, *more)
    for problem in caught.value.problems:
        assert problem.place is not None
        assert problem.place.file
        assert problem.next_step
    return [str(problem) for problem in caught.value.problems]


_YAML = """
- {id: 1, input: Hi, expected: 1.0, tags: [a, b], group: c, critical: true}
- {id: two, input: {turns: [a, b]}, matcher: contains, any: [x], ignore_case: true}
- id: three
  matchers: [{matcher: length, max_words: 3}, {matcher: regex, pattern: '^a'}]
- {id: four, of: two, relation: within, by: 0.5, on: score}
"""


def test_a_yaml_file_becomes_cases(tmp_path: Path) -> None:
    """Every form of a case: a value, a matcher with its arguments, a list of matchers, a pair."""
    cases = read(tmp_path, "c.yaml", _YAML)
    one, two, three, four = cases.cases

    assert (one.id, one.input, one.tags, one.critical) == ("1", "Hi", ("a", "b", "c"), True)
    assert [(each.matcher, each.arguments) for each in one.expectations] == [("exact", {"expected": 1.0})]
    assert [(each.matcher, each.arguments) for each in two.expectations] == [
        ("contains", {"any": ["x"], "ignore_case": True})
    ]
    assert two.input == {"turns": ["a", "b"]}
    assert [each.matcher for each in three.expectations] == ["length", "regex"]
    assert four.pair == Pair(of="two", relation=Relation.WITHIN, by=0.5, on=Compared.SCORE)
    assert cases.sources[0].digest == digest.of_file(tmp_path / "c.yaml")


def test_cases_may_stand_below_the_key_cases(tmp_path: Path) -> None:
    """`cases:` on top is the other customary form; nothing else may stand beside it."""
    assert len(read(tmp_path, "c.yaml", "cases:\n- {id: a, expected: 1}\n").cases) == 1
    (found,) = refusals(tmp_path, "d.yaml", "case: 1\ncases:\n- {id: a, expected: 1}\n")

    assert found.startswith("d.yaml:1:1 case: unknown key")


def test_the_three_formats_give_the_same_cases(tmp_path: Path) -> None:
    """CSV with `arguments`, JSONL and YAML say the same thing; ids are canonical text, as in predictions."""
    arguments = json.dumps({"any": ["hello", "hi"]}).replace('"', '""')
    csv = read(
        tmp_path,
        "c.csv",
        f'id,input,matcher,arguments,tags,critical,note\n1.0,Hi,contains,"{arguments}",a;b,TRUE,any text\n',
    )
    row = {
        "id": 1.0,
        "input": "Hi",
        "matcher": "contains",
        "any": ["hello", "hi"],
        "tags": ["a", "b"],
        "critical": True,
    }
    jsonl = read(tmp_path, "c.jsonl", json.dumps(row) + "\n\n")
    yaml = read(
        tmp_path, "c.yml", "- {id: '1', input: Hi, matcher: contains, any: [hello, hi], tags: [a, b], critical: true}\n"
    )

    def plain(cases: Cases) -> object:
        (case,) = cases.cases
        return case.id, case.input, case.tags, case.critical, [(e.matcher, e.arguments) for e in case.expectations]

    assert plain(csv) == plain(jsonl) == plain(yaml)


def test_the_plain_form_of_id_and_expected_is_enough(tmp_path: Path) -> None:
    """`id,expected` names rows of the predictions and what they must be; further columns are notes."""
    cases = read(tmp_path, "critical.csv", "id,expected,why\n7,cat,the one in the news\n8,1.0,\n").cases

    assert [(case.id, case.expectations[0].arguments) for case in cases] == [
        ("7", {"expected": "cat"}),
        ("8", {"expected": "1.0"}),
    ]
    assert [case.place.line for case in cases] == [2, 3]


@pytest.mark.parametrize(
    ("name", "text", "where", "message"),
    [
        ("c.csv", "", "c.csv: ", "this file is empty"),
        ("c.csv", "id,expected\n", "c.csv: ", "this file holds no cases"),
        ("c.jsonl", "", "c.jsonl: ", "this file holds no cases"),
        ("c.yaml", "", "c.yaml: ", "this file holds no cases"),
        ("c.yaml", "[]", "c.yaml: ", "this file holds no cases"),
        ("c.yaml", "a: 1", "c.yaml:1:1: ", "a list of cases was expected"),
        ("c.yaml", "- 1", "c.yaml:1:3 [0]: ", "a case was expected here, a mapping"),
        ("c.yaml", "- {id: a, id: b}", "c.yaml:1:11 [0].id: ", "stands twice"),
        ("c.yaml", "- {id: &x a}", "c.yaml:1:8 [0].id: ", "anchors"),
        ("c.txt", "", "c.txt: ", "told by its suffix"),
        ("c.csv", "name,expected\na,b\n", "c.csv:1 id: ", "no column `id`"),
        ("c.csv", "id,expectd\na,b\n", "c.csv expectd: ", "is not one that is read"),
        ("c.csv", "id,expected\n,b\n", "c.csv:2: ", "has no `id`"),
        ("c.csv", "id,expected\na,\n", "c.csv:2: ", "nothing is expected"),
        ("c.csv", "id,expected\na\n", "c.csv:2: ", "1 field, the header has 2"),
        ("c.csv", "id,expected,critical\na,b,maybe\n", "c.csv:2 critical: ", "must be true or false"),
        ("c.csv", "id,matcher,arguments\na,regex,{\n", "c.csv:2 arguments: ", "cannot be read"),
        ("c.csv", "id,matcher,arguments\na,length,[1]\n", "c.csv:2 arguments: ", "not an object"),
        (
            "c.csv",
            'id,matcher,arguments\na,numeric,"{""expected"": NaN}"\n',
            "c.csv:2 arguments: ",
            "not a JSON number",
        ),
        ("c.csv", "id,expected,arguments\na,b,{}\n", "c.csv:2 arguments: ", "unknown key 'arguments'"),
        ("c.jsonl", '{"id": "a", "expected": NaN}\n', "c.jsonl:1:", "NaN is not a JSON number"),
        ("c.jsonl", "[1]\n", "c.jsonl:1: ", "not a JSON object"),
        ("c.jsonl", '{"id": true, "expected": 1}\n', "c.jsonl:1 id: ", "must be a text that can be printed"),
        ("c.jsonl", '{"id": "a\\u0007", "expected": 1}\n', "c.jsonl:1 id: ", "must be a text that can be printed"),
        ("c.jsonl", '{"id": 9007199254740993.0, "expected": 1}\n', "c.jsonl:1 id: ", "must be a text"),
        ("c.jsonl", '{"id": "a", "expected": 1e300}\n', "c.jsonl:1 expected: ", "too large to be exact"),
        ("c.jsonl", '{"id": "a", "expected": 1, "expcted": 2}\n', "c.jsonl:1 expcted: ", "unknown key"),
        ("c.jsonl", '{"id": "a", "pair": "b"}\n', "c.jsonl:1 pair: ", "unknown key"),
        ("c.jsonl", '{"id": "a", "matcher": "exct", "expected": 1}\n', "c.jsonl:1 matcher: ", "no matcher `exct`"),
        ("c.jsonl", '{"id": "a", "matcher": 1}\n', "c.jsonl:1 matcher: ", "a matcher's name is a text"),
        ("c.jsonl", '{"id": "a", "matchers": []}\n', "c.jsonl:1 matchers: ", "not empty"),
        ("c.jsonl", '{"id": "a", "matchers": [{"any": 1}]}\n', "c.jsonl:1 matchers: ", "names no `matcher`"),
        (
            "c.jsonl",
            '{"id": "a", "matcher": "contains", "any": ["x"], "igno_case": true}\n',
            "c.jsonl:1 igno_case",
            "no argument",
        ),
        ("c.jsonl", '{"id": "a", "tags": [1], "expected": 1}\n', "c.jsonl:1 tags: ", "cannot be a tag"),
        ("c.jsonl", '{"id": "a", "of": "a", "relation": "same"}\n', "c.jsonl:1: ", "is `of` itself"),
        ("c.jsonl", '{"id": "a", "of": "b", "relation": "same"}\n', "c.jsonl:1: ", "there is no such case"),
        ("c.jsonl", '{"id": "a", "relation": "same"}\n', "c.jsonl:1 relation: ", "there is no `of`"),
        ("c.jsonl", '{"id": "a", "of": "b"}\n', "c.jsonl:1 relation: ", "`relation` is missing"),
        ("c.jsonl", '{"id": "a", "of": "b", "relation": "within"}\n', "c.jsonl:1 relation: ", "needs `by`"),
        ("c.jsonl", '{"id": "a", "of": "b", "relation": "within", "by": -1}\n', "c.jsonl:1 by: ", "at least 0"),
        ("c.jsonl", '{"id": "a", "of": "b", "relation": "same", "by": 1}\n', "c.jsonl:1 by: ", "means nothing"),
        ("c.jsonl", '{"id": "a", "of": "b", "relation": "hgher"}\n', "c.jsonl:1 relation: ", "cannot be 'hgher'"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, name: str, text: str, where: str, message: str
) -> None:
    """Each mistake says where it is and what is wrong."""
    found = refusals(tmp_path, name, text)

    assert any(each.startswith(where) and message in each for each in found), found


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """A user mends a file once, not once for each mistake."""
    found = refusals(
        tmp_path,
        "a.csv",
        "id,expected\nx,1\n,2\nx,3\n",
        ("b.yaml", "- {id: x, matcher: regex, pattern: '('}\n"),
        ("c.jsonl", "not json\n{]\n"),
    )

    assert [each.partition(": ")[0].split(" ")[0] for each in found] == [
        "a.csv:3",
        "a.csv:4",
        "b.yaml:1:36",
        "b.yaml:1:8",
        "c.jsonl:1:1",
        "c.jsonl:2:2",
    ]
    assert "the id 'x' stands twice; first at a.csv:2" in found[1]


def test_a_broken_case_does_not_make_its_pairs_look_broken(tmp_path: Path) -> None:
    """Only the mistake is told, not what follows from it."""
    found = refusals(tmp_path, "c.yaml", "- {idd: a, expected: 1}\n- {id: b, of: a, relation: same}\n")

    assert [each.partition(": ")[0] for each in found] == ["c.yaml:1:3 [0]", "c.yaml:1:9 [0].idd"]


def test_a_column_in_capitals_is_the_nearest_one(tmp_path: Path) -> None:
    """The next step says what to rename."""
    (tmp_path / "c.csv").write_text("ID,expected\na,b\n")
    with pytest.raises(EvidenceError) as caught:
        read_cases([tmp_path / "c.csv"], check=faults)

    assert caught.value.next_step == "Rename `ID` to `id`."


def test_a_file_that_is_no_list_is_not_called_empty_too(tmp_path: Path) -> None:
    """One mistake, one message."""
    assert len(refusals(tmp_path, "c.yaml", "cases: {a: {expected: 1}}\n")) == 1


def test_unknown_matchers_name_the_nearest_one(tmp_path: Path) -> None:
    """A slip of the pen is answered with the word that was meant."""
    (tmp_path / "c.yaml").write_text("- {id: a, matcher: jsonschema, schema: true}\n")
    with pytest.raises(EvidenceError) as caught:
        read_cases([tmp_path / "c.yaml"], check=faults, yaml=parse_yaml)

    assert caught.value.next_step == "Did you mean `json_schema`?"


def test_pairs_in_a_circle_are_told_once(tmp_path: Path) -> None:
    """The circle is shown, whichever case leads into it."""
    rows = [("lead", "a"), ("a", "b"), ("b", "c"), ("c", "a")]
    text = "".join(json.dumps({"id": name, "of": of, "relation": "same"}) + "\n" for name, of in rows)
    found = refusals(tmp_path, "c.jsonl", text)

    assert found == ["c.jsonl:1: pairs lead in a circle: 'a' -> 'b' -> 'c' -> 'a'"]


def test_a_long_chain_of_pairs_is_no_circle(tmp_path: Path) -> None:
    """Ten thousand cases, each a pair of the one before, are read without a word."""
    rows = [{"id": 0}, *({"id": at, "of": at - 1, "relation": "same"} for at in range(1, 10_000))]
    cases = read(tmp_path, "c.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    assert len(cases.cases) == 10_000
    assert not cases.cases[0].judged


def test_a_case_that_only_serves_a_pair_needs_no_expectation(tmp_path: Path) -> None:
    """The original of an invariance pair may have an answer that nobody knows."""
    cases = read(tmp_path, "c.yaml", "- {id: a, input: x}\n- {id: b, input: y, of: a, relation: same}\n")

    assert [case.judged for case in cases.cases] == [False, True]


def test_a_wrong_suffix_names_all_that_are_read(tmp_path: Path) -> None:
    """Also the two that are other spellings, or seldom written by hand."""
    (tmp_path / "c.txt").write_text("id,expected\n")
    with pytest.raises(EvidenceError) as caught:
        read(tmp_path, "c.txt", "id,expected\n")

    assert all(
        suffix in (caught.value.next_step or "")
        for suffix in (".csv", ".jsonl", ".ndjson", ".yaml", ".yml", ".parquet")
    )


def test_yaml_is_refused_where_no_reader_of_it_was_handed_in(tmp_path: Path) -> None:
    """Better than reading it some other way."""
    (tmp_path / "c.yaml").write_text("- {id: a, expected: 1}\n")
    with pytest.raises(EvidenceError, match="told by its suffix"):
        read_cases([tmp_path / "c.yaml"], check=faults)


def test_a_yaml_file_that_is_too_large_says_what_to_write_instead(tmp_path: Path) -> None:
    """The reader of configuration would say that data belongs into data files; here it is one."""
    (tmp_path / "c.yaml").write_bytes(b"#" * (1 << 20) + b"\n")
    with pytest.raises(EvidenceError) as caught:
        read_cases([tmp_path / "c.yaml"], check=faults, yaml=parse_yaml)

    assert caught.value.next_step == "Write many cases as JSONL or CSV."


def test_no_file_is_no_set_of_cases() -> None:
    """A list without entries checks nothing."""
    with pytest.raises(EvidenceError, match="no file of test cases is named"):
        read_cases([], check=faults)


def test_parquet_rows_are_cases_too(tmp_path: Path) -> None:
    """Values keep their types; places count rows."""
    pl.DataFrame({"id": [1, 2], "expected": ["a", None]}).write_parquet(tmp_path / "c.parquet")
    with pytest.raises(EvidenceError) as caught:
        read_cases([tmp_path / "c.parquet"], check=faults, shown=["c.parquet"])

    assert [str(problem) for problem in caught.value.problems] == [
        "c.parquet row 2: nothing is expected of the case '2'"
    ]
