"""`uses: data` becomes an ordinary stage, and what cannot be meant is refused where it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seatrial.config.load import Loaded
from seatrial.data.codes import REVISION
from seatrial.evidence.policy import OutKind
from seatrial.pipeline.policy import BuiltIn, PathSource, StageSpec

LoadFiles = Callable[..., Loaded]
Mistakes = Callable[..., list[str]]

CONTRACT = "columns: {age: {min: 0}}\n"
PROJECT = """\
project: p
datasets:
  train: {path: data/train.csv, %s}
stages:
  data: {uses: data, with: {dataset: train}%s}
"""


def stage(load_files: LoadFiles, dataset: str, more: str = "", **files: str) -> StageSpec:
    return load_files(PROJECT % (dataset, more), **files).policy.pipeline.stages["data"]


def paths(spec: StageSpec) -> dict[str, str]:
    assert spec.deps is not None
    return {dep.name: dep.source.path for dep in spec.deps if isinstance(dep.source, PathSource)}


def test_it_depends_on_data_contract_and_reference(load_files: LoadFiles) -> None:
    """So it runs when one of them changes, and takes what another stage makes as any stage does."""
    spec = stage(load_files, "contract: c.yaml, reference: data/old.json", c_yaml=CONTRACT)

    assert spec.uses == BuiltIn(kind="data", dataset="train", revision=REVISION)
    assert paths(spec) == {"data": "data/train.csv", "contract": "c.yaml", "reference": "data/old.json"}
    assert spec.cmd.startswith("seatrial check ${deps.data} --contract ${deps.contract} --reference ${deps.reference} ")


def test_it_leaves_a_record_of_the_check_and_a_profile(load_files: LoadFiles) -> None:
    spec = stage(load_files, "reference: old.json")

    assert [(out.name, out.path, out.kind) for out in spec.outs] == [
        ("check", "reports/data.check.json", OutKind.CHECK),
        ("profile", "reports/data.profile.json", None),
    ]
    assert "--contract" not in spec.cmd
    assert all("${outs." + out.name + "}" in spec.cmd for out in spec.outs)


def test_needs_tiers_and_limits_stand_beside_it(load_files: LoadFiles) -> None:
    spec = stage(load_files, "reference: old.json", ", timeout: 5m, always: true, resources: {cpus: 2}")

    assert (spec.timeout, spec.always, spec.resources.cpus) == (300, True, 2)


@pytest.mark.parametrize(
    "key", ["cmd: x", "shell: x", "deps: [a]", "roots: [a]", "env: {A: b}", "matrix: {s: [1]}", "outs: [a]"]
)
def test_it_has_no_command_of_its_own(mistakes: Mistakes, key: str) -> None:
    found = mistakes(PROJECT % ("reference: old.json", f", {key}"))

    name = key.split(":")[0]
    assert found == [f"seatrial.yaml:5:46 stages.data.{name}: a stage with `uses:` has no `{name}:`"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uses: dat, with: {dataset: train}", "5:16 stages.data.uses: "),
        ("uses: serve, with: {target: x}", "`uses: serve` is not supported yet"),
        ("uses: data", "`uses: data` needs to know which data"),
        ("uses: data, with: {data: train}", "unknown key `data`"),
        ("uses: data, with: {dataset: tain}", "there is no dataset `tain`"),
        ("cmd: x, with: {dataset: train}", "`with:` belongs to `uses:`"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(mistakes: Mistakes, text: str, expected: str) -> None:
    project = PROJECT % ("reference: old.json", "")
    found = mistakes(project.replace("uses: data, with: {dataset: train}", text))

    assert len([line for line in found if expected in line]) == 1


def test_a_dataset_by_which_nothing_could_be_judged_is_refused(mistakes: Mistakes) -> None:
    """A check of nothing would always pass."""
    [found] = mistakes(PROJECT.replace(", %s", "%s") % ("", ""))

    assert "neither a contract nor a reference" in found


@pytest.mark.parametrize(("contract", "other"), [("c.yaml", "data/test.csv"), ("data/c.yaml", "test.csv")])
def test_other_data_that_the_contract_names_counts_too(load_files: LoadFiles, contract: str, other: str) -> None:
    """It is opened from the contract's folder, so that is where its bytes are digested from."""
    spec = stage(load_files, f"contract: {contract}", **{contract: f"disjoint: {{with: {other}}}\n"})

    assert paths(spec)["beside-0"] == "data/test.csv"


def test_other_data_outside_of_the_repository_is_refused_at_the_contracts_line(mistakes: Mistakes) -> None:
    """A key could not count it."""
    [found] = mistakes(PROJECT % ("contract: c.yaml", ""), **{"c.yaml": "disjoint: {with: ../test.csv}\n"})

    assert found.startswith("c.yaml:1:")
    assert "`../test.csv` leaves its folder" in found


def test_mistake_in_a_contract_is_one_of_the_configuration(mistakes: Mistakes) -> None:
    """Told with the contract's own line, before anything runs."""
    [found] = mistakes(PROJECT % ("contract: c.yaml", ""), **{"c.yaml": "columns:\n  age: {mim: 0}\n"})

    assert found.startswith("c.yaml:2:")
    assert "`mim`" in found


@pytest.mark.parametrize(("rule", "always"), [("fresh: {column: at, within: 1d}", True), ("rows: {min: 1}", False)])
def test_check_of_how_old_data_is_is_never_reused(load_files: LoadFiles, rule: str, always: bool) -> None:
    """The same data is fresh today and stale tomorrow."""
    assert stage(load_files, "contract: c.yaml", **{"c.yaml": f"{rule}\n"}).always is always
