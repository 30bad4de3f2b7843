"""Which installed distributions some imports can reach: the decision, on values."""

from __future__ import annotations

import pytest

from seatrial.environment.reach import SEES_ALL, Installation, Provided, reached

LIBRARY = frozenset({"os", "json", "importlib", "subprocess"})


def says(
    *needs: str, imports: tuple[str, ...] | None = (), groups: tuple[str, ...] = (), silent: bool = False
) -> Provided:
    return Provided(
        imports=None if imports is None else frozenset(imports),
        requires=None if silent else frozenset(needs),
        groups=groups,
    )


def installation(
    others: dict[str, Provided] | None = None,
    *,
    starts: tuple[str, ...] = (),
    loose: frozenset[str] | None = frozenset(),
    **provided: Provided,
) -> Installation:
    named = {name.replace("_", "-"): one for name, one in {**(others or {}), **provided}.items()}
    return Installation(
        versions={name: f"1 {name}" for name in named}, provided=named, stdlib=LIBRARY, loose=loose, starts=starts
    )


MACHINE = installation(
    numpy=says(imports=("numpy",)),
    scipy=says("NumPy", imports=("scipy",)),
    scikit_learn=says("scipy", "not-installed", imports=("sklearn",)),
    requests=says("urllib3", imports=("requests",)),
    urllib3=says("requests", imports=("urllib3",)),
)


def names(*imports: str, of: Installation = MACHINE, mentioned: tuple[str, ...] = ()) -> set[str]:
    return set(reached(imports, of, mentioned=mentioned).distributions)


def test_needs_are_followed_to_the_end() -> None:
    """By normalised names, round in circles too; what is needed and not installed is not there."""
    assert names("sklearn") == {"scikit-learn", "scipy", "numpy"}
    assert names("requests") == names("urllib3") == {"requests", "urllib3"}
    assert names("numpy", "requests") == {"numpy", "requests", "urllib3"}
    assert reached(["numpy"], MACHINE).distributions == {"numpy": "1 numpy"}


def test_the_standard_library_reaches_nothing() -> None:
    """Nor does no import at all."""
    assert reached(["os", "json"], MACHINE) == reached([], MACHINE)
    assert reached([], MACHINE).distributions == {}


def test_what_nothing_provides_is_absent() -> None:
    """Installed later, it makes a difference; a name in a text is not missed."""
    later = installation(numpy=says(imports=("numpy",)), cupy_cuda=says(imports=("cupy",)))

    assert reached(["numpy", "cupy"], MACHINE, mentioned=["dog"]).absent == ("cupy",)
    assert reached(["numpy", "cupy"], later).absent == ()
    assert names("numpy", "cupy", of=later) == {"numpy", "cupy-cuda"}


def test_a_mentioned_name_reaches_what_an_import_would() -> None:
    """`_target_: sklearn.svm.SVC` in a file of configuration."""
    assert names("numpy", mentioned=("sklearn", "os", "hello")) == names("sklearn")


def test_a_name_of_several_distributions_reaches_all_of_them() -> None:
    """`google.cloud` is spread over many."""
    spread = installation(
        google_cloud_storage=says("google-api-core", imports=("google",)),
        google_cloud_vision=says(imports=("google",)),
        google_api_core=says(imports=("google",)),
        numpy=says(imports=("numpy",)),
    )

    assert names("google", of=spread) == {"google-cloud-storage", "google-cloud-vision", "google-api-core"}


@pytest.mark.parametrize("module", sorted(SEES_ALL))
def test_code_that_loads_by_name_reaches_everything(module: str) -> None:
    """Whether it is of the standard library or not."""
    found = reached(["numpy", module], MACHINE)

    assert set(found.distributions) == set(MACHINE.versions)
    assert module in found.because


def test_code_that_belongs_to_no_distribution_reaches_everything() -> None:
    """A module that somebody copied there imports what it likes; as long as it is not imported it does not matter."""
    copied = installation(loose=frozenset({"helper"}), numpy=says(imports=("numpy",)), scipy=says(imports=("scipy",)))
    packed = installation(loose=None, numpy=says(imports=("numpy",)), scipy=says(imports=("scipy",)))

    assert names("helper", of=copied) == names("unheard", of=packed) == {"numpy", "scipy"}
    assert names("numpy", of=copied) == names("numpy", of=packed) == {"numpy"}
    assert names("numpy", of=copied, mentioned=("helper",)) == {"numpy", "scipy"}


def test_what_does_not_say_what_it_needs_reaches_everything() -> None:
    """Its metadata is gone; also at the end of a chain."""
    broken = installation(
        a=says("b", imports=("a",)), b=says(imports=("b",), silent=True), c=says(imports=("c",)), d=says(imports=("d",))
    )

    assert names("a", of=broken) == {"a", "b", "c", "d"}
    assert "installed b" in reached(["a"], broken).because
    assert names("c", of=broken) == {"c"}


def test_what_does_not_say_what_it_provides_is_taken_by_its_name() -> None:
    """It is custom that they agree."""
    quiet = installation(my_tool=says(imports=None), other=says(imports=("other",)))

    assert names("my_tool", of=quiet) == {"my-tool"}
    assert names("other", of=quiet) == {"other"}


@pytest.mark.parametrize(
    "group", ["pytest11", "xarray.backends", "pandas_plotting", "apache_airflow_provider", "distutils.commands"]
)
def test_a_plugin_is_reached_by_what_loads_it(group: str) -> None:
    """Known by the beginning of its group, or by a word in it; nobody else reaches it."""
    hosts = {"pytest11": "pytest", "xarray.backends": "xarray", "pandas_plotting": "pandas"}
    host = hosts.get(group, "airflow" if "airflow" in group else "setuptools")
    machine = installation(
        {host: says(imports=(host,))}, plugin=says("deep", groups=(group,)), deep=says(), other=says(imports=("o",))
    )

    assert names(host, of=machine) == {host, "plugin", "deep"}
    assert names("o", of=machine) == {"other"}


def test_scripts_are_no_plugins() -> None:
    """Nor does what declares a group for itself, or for what is not installed, belong to others."""
    machine = installation(
        console=says(imports=("console",)),
        a=says(imports=("a",), groups=("console_scripts", "pyinstaller40", "a.things")),
        scripts=says(imports=("scripts",)),
    )

    assert names("console", of=machine) == {"console"}
    assert names("scripts", of=machine) == {"scripts"}


def test_a_package_of_plugins_belongs_to_its_host() -> None:
    """Found by searching a namespace, without entry points."""
    machine = installation(kedro=says(imports=("kedro",)), x=says(imports=("kedro_plugins",)))

    assert names("kedro", of=machine) == {"kedro", "x"}


def test_what_each_start_of_the_interpreter_loads_is_always_reached() -> None:
    """A `.pth` file with code in it, or `sitecustomize`."""
    machine = installation(
        starts=("_hook", "os"),
        hook=says("deep", imports=("_hook",)),
        deep=says(),
        custom=says(imports=("sitecustomize",)),
        numpy=says(imports=("numpy",)),
    )
    copied = installation(starts=("_copied",), loose=frozenset({"_copied"}), numpy=says(imports=("numpy",)))

    assert names("os", of=machine) == {"hook", "deep", "custom"}
    assert names("os", of=copied) == {"numpy"}


def test_what_was_installed_while_it_was_asked_makes_everything_count() -> None:
    """The two answers do not belong together."""
    both = {"numpy": "1", "scipy": "1"}
    moved = Installation(versions=both, provided={"numpy": says(imports=("numpy",))}, stdlib=LIBRARY)

    assert names("numpy", of=moved) == {"numpy", "scipy"}
