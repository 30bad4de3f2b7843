"""Which pinned distributions some imports can need: by the lock's graph, by what is installed, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from seatrial.environment.pin_needs import needed_by
from seatrial.environment.pin_records import Pins
from seatrial.environment.pins import read_pins

GRAPH = b"""\
numpy==1.26.4
    # via
    #   pandas
    #   scikit-learn
pandas==2.2.0  # via app
scikit-learn==1.4  # via app
pillow==10  # via app
google-cloud-storage==2  # via app
google-auth==2  # via google-cloud-storage
opencv-python-headless==4  # via app
"""
BARE = b"numpy==1.26.4\npandas==2.2.0\nscikit-learn==1.4\n"
PROVIDERS = {"numpy": ["numpy"], "sklearn": ["scikit-learn"], "odd": ["thing"], "pandas": ["pandas"]}
NEEDS = {"numpy": [], "scikit-learn": ["numpy"], "pandas": ["numpy", "pyarrow"], "thing": ["Scikit_Learn"]}


def pins(data: bytes, path: str = "requirements.txt") -> Pins:
    found = read_pins(path, data)
    assert found is not None
    return found


def need(
    data: bytes,
    *imports: str,
    providers: Mapping[str, Iterable[str]] | None = None,
    needs: Mapping[str, Iterable[str]] | None = None,
) -> set[str] | None:
    found = needed_by(imports, pins(data), providers or {}, needs or {})
    return None if found is None else set(found)


def test_the_graph_of_the_lock_is_followed() -> None:
    """Without anything installed."""
    assert need(GRAPH, "pandas", "os") == {"pandas", "numpy"}
    assert need(GRAPH, "numpy") == {"numpy"}


def test_known_names_differ_from_their_distributions() -> None:
    """A few are known; a star stands for any ending."""
    assert need(GRAPH, "sklearn") == {"scikit-learn", "numpy"}
    assert need(GRAPH, "PIL") == {"pillow"}
    assert need(GRAPH, "cv2") == {"opencv-python-headless"}
    assert need(GRAPH, "google") == {"google-cloud-storage", "google-auth"}


def test_a_name_that_nobody_knows_may_need_anything() -> None:
    """Such as a plain alias, or a package that the lock no longer has."""
    assert need(GRAPH, "numpy", "mystery") is None
    assert need(BARE, "yaml") is None


def test_without_a_graph_what_is_installed_tells() -> None:
    """Names and needs of it; a pin that is not installed says nothing."""
    assert need(BARE, "sklearn", providers=PROVIDERS, needs=NEEDS) == {"scikit-learn", "numpy"}
    assert need(BARE, "odd", providers=PROVIDERS, needs=NEEDS) == {"thing", "scikit-learn", "numpy"}
    assert need(BARE, "pandas", providers=PROVIDERS, needs=NEEDS) == {"pandas", "numpy", "pyarrow"}
    assert need(BARE, "numpy") is None
    assert need(BARE, "sklearn", providers=PROVIDERS, needs={"scikit-learn": ["numpy"]}) is None


def test_what_is_installed_adds_to_the_graph() -> None:
    """A package uses what an extra of it would have asked for, whoever pinned it."""
    assert need(GRAPH, "pandas", providers=PROVIDERS, needs={"pandas": ["pillow"]}) == {"pandas", "numpy", "pillow"}


@pytest.mark.parametrize("data", [GRAPH, BARE, b""])
def test_the_standard_library_needs_nothing(data: bytes) -> None:
    """Whatever the lock is."""
    assert need(data, "os", "json") == set()
    assert need(data) == set()


@pytest.mark.parametrize("module", ["hydra", "pkg_resources"])
def test_code_that_loads_by_name_may_need_anything(module: str) -> None:
    """As for the environment of a cell."""
    assert need(GRAPH, "numpy", module) is None


@pytest.mark.parametrize(
    ("path", "data"), [("pixi.lock", b"x"), ("uv.lock", b"[["), ("environment.yml", b"dependencies:\n- numpy=1.26\n")]
)
def test_a_lock_that_is_not_read_may_be_needed_by_all_but_plain_code(path: str, data: bytes) -> None:
    """Conda's packages need each other in ways that Python's metadata does not tell."""
    assert needed_by(["numpy"], pins(data, path), PROVIDERS, NEEDS) is None
    assert needed_by(["os"], pins(data, path), PROVIDERS, NEEDS) == frozenset()


def test_the_library_of_the_user_may_be_another() -> None:
    """Then it is handed in."""
    assert needed_by(["tomllib"], pins(GRAPH), {}, {}, stdlib=["os"]) is None
    assert needed_by(["tomllib"], pins(GRAPH), {}, {}) == frozenset()
