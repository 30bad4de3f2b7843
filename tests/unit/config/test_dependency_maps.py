"""Hand-written maps as other systems keep them."""

from __future__ import annotations

import pytest

from seatrial.config.dependency_map import read_map
from seatrial.errors import ConfigError

STEPS = """\
steps:
- label: Basic Test # 30min
  commands: [pytest]
  source_file_dependencies:
  - vllm/
  - tests/basic
- group: more
  steps:
  - label: Inside
    source_file_dependencies: [x/]
- label: Without paths
- wait
"""


def read(text: str) -> list[tuple[str, int | None, list[tuple[str, int | None]]]]:
    return [
        (one.name, one.place.line, [(prefix.text, prefix.place.line) for prefix in one.prefixes])
        for one in read_map(text.encode(), "map.yaml")
    ]


def test_steps_are_read_with_their_places_and_groups() -> None:
    """Steps without paths are no entries."""
    assert read(STEPS) == [
        ("Basic Test", 2, [("vllm/", 5), ("tests/basic", 6)]),
        ("Inside", 9, [("x/", 10)]),
    ]


def test_a_list_of_steps_may_stand_alone() -> None:
    """Some keep one file a group."""
    assert read("- label: a\n  source_file_dependencies: [b/]\n") == [("a", 1, [("b/", 2)])]


def test_a_plain_mapping_is_read() -> None:
    """A single path needs no list; what is no path is left alone."""
    assert read("train: [src/, data/]\ntest: tests/\nversion: 2\n") == [
        ("train", 1, [("src/", 1), ("data/", 1)]),
        ("test", 2, [("tests/", 2)]),
    ]


@pytest.mark.parametrize("text", ["", "1", "version: 2\n", "steps: []\n", "- a\n", "a: {b: c}\n"])
def test_what_is_no_map_is_refused(text: str) -> None:
    """With both forms to choose from."""
    with pytest.raises(ConfigError) as caught:
        read_map(text.encode(), "map.yaml")

    assert "map.yaml is no map" in str(caught.value)
    assert "source_file_dependencies" in (caught.value.next_step or "")
