"""Files in memory instead of a tree, and the mistakes of a load as lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from seatrial.config.load import Loaded, load
from seatrial.errors import ConfigError

Mistakes = Callable[..., list[str]]
LoadFiles = Callable[..., Loaded]


@pytest.fixture
def load_files() -> LoadFiles:
    """Loads seatrial.yaml from text; other files by keyword, `_` for the dot."""

    def load_them(text: str, *, set_params: Mapping[str, str] | None = None, **others: str) -> Loaded:
        files = {"seatrial.yaml": text.encode()}
        files.update({name.replace("_", "."): other.encode() for name, other in others.items()})
        return load(files.get, set_params=set_params)

    return load_them


@pytest.fixture
def mistakes(load_files: LoadFiles) -> Mistakes:
    """The problems of a load, each as `file:line:column key: message`; each has a next step."""

    def find(text: str, *, set_params: Mapping[str, str] | None = None, **others: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load_files(text, set_params=set_params, **others)
        assert all(problem.next_step for problem in caught.value.problems)
        return [str(problem) for problem in caught.value.problems]

    return find
