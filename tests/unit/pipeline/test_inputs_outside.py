"""Deps that are addresses: what they count as, when they are asked about, and what is said of the unknown."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from seatrial.errors import ConfigError, OutsideError
from seatrial.pipeline.addresses import Addresses
from tests.support.memory_objects import MemoryBucket
from tests.support.project import Project, address, made, new_project, stage

SHA = "0123456789abcdef0123456789abcdef01234567"
OTHER = "89abcdef0123456789abcdef0123456789abcdef"
OBJECT = "s3://data/train.csv"
PREFIX = "s3://data/images/"
MAIN = "hf://org/digits@main"


@pytest.fixture
def bucket() -> MemoryBucket:
    bucket = MemoryBucket("data")
    bucket.put("train.csv", b"1,2")
    bucket.put("images/a.png", b"a")
    bucket.put("images/b.png", b"b")
    return bucket


@pytest.fixture
def project(tmp_path: Path, bucket: MemoryBucket) -> Project:
    project = new_project(tmp_path, {"say.py": "import sys; open('out', 'w').write(' '.join(sys.argv[1:]))"})
    project.addresses = looking({"data": bucket}, tmp_path)
    return project


def looking(buckets: Mapping[str, MemoryBucket], home: Path) -> Addresses:
    """Addresses looked up in buckets in memory, and in a home folder of our own."""
    count = itertools.count()
    return Addresses(buckets.__getitem__, {"HOME": str(home / "home")}, lambda: next(count).to_bytes(10, "big"))


def use(
    project: Project,
    url: str,
    *,
    env: Mapping[str, str] | None = None,
    pass_env: tuple[str, ...] = (),
) -> None:
    """Declare one stage, which reads an address by its name."""
    cmd = "python say.py ${deps.data}"
    project.declare(stage("s", cmd, deps={"data": address(url)}, outs=["out"], env=env, pass_env=pass_env))


def refs(home: Path, revision: str, commit: str, *, repository: str = "models--org--digits") -> Path:
    """What `huggingface_hub` leaves in its cache when it has fetched a revision."""
    file = home / repository / "refs" / revision
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(commit)
    return file


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return tmp_path / "home" / ".cache" / "huggingface" / "hub"


# -- what all have in common ----------------------------------------------------------


def test_a_command_gets_the_address_as_it_is_written(project: Project) -> None:
    """Its bytes are not fetched by Seatrial: the program knows how to read them."""
    use(project, OBJECT)
    ran = project.run()

    assert ran.did == {"s": "ran"}
    assert project.read("out") == OBJECT


@pytest.mark.parametrize("url", [OBJECT, PREFIX, f"hf://org/digits@{SHA}"])
def test_nothing_changed_is_reused(project: Project, url: str) -> None:
    """Whatever kind of address it is."""
    use(project, url)
    project.run()

    assert project.plan()["s"].action == "reuse"
    assert project.run().did == {"s": "reused"}


def test_the_address_itself_counts(project: Project, bucket: MemoryBucket) -> None:
    """Unlike a path it is no detail of this machine: it is what the program is told to read."""
    bucket.put("copy.csv", b"1,2")
    use(project, OBJECT)
    project.run()
    use(project, "s3://data/copy.csv")

    (change,) = project.plan()["s"].changed
    assert change.part == "deps.data"


def test_an_address_may_depend_on_the_cell(project: Project, bucket: MemoryBucket) -> None:
    """As a path may."""
    bucket.put("1.csv", b"")
    bucket.put("2.csv", b"")
    project.declare(
        stage(
            "s",
            "python say.py",
            deps=[address("s3://data/${matrix.n}.csv")],
            outs=["out/${matrix.n}"],
            matrix={"n": (1, 2)},
        )
    )

    assert [list(planned.inputs.addresses) for planned in project.plan().cells] == [
        ["s3://data/1.csv"],
        ["s3://data/2.csv"],
    ]


def test_what_cannot_be_an_address_is_reported_with_all_else(project: Project) -> None:
    """Beside the missing file, in one go."""
    project.declare(stage("s", "python say.py", deps=[address("s3://data"), "missing.csv"], outs=["out"]))

    with pytest.raises(ConfigError) as caught:
        project.plan()
    assert [problem.message.split(": ")[0] for problem in caught.value.problems] == ["stage s"] * 2
    assert "names a bucket and nothing in it" in caught.value.problems[0].message
    assert "missing.csv does not exist" in caught.value.problems[1].message


# -- S3 -------------------------------------------------------------------------------


@pytest.mark.parametrize("versioned", [False, True])
def test_an_object_that_was_overwritten_runs_the_stage_again(
    project: Project, bucket: MemoryBucket, versioned: bool
) -> None:
    """By its etag, or by its version where the bucket keeps them: then also when the bytes are equal."""
    bucket.versioned = versioned
    use(project, OBJECT)
    project.run()
    bucket.put("train.csv", b"1,2" if versioned else b"1,3")
    planned = project.plan()["s"]

    assert planned.action == "run"
    assert planned.reason == "deps.data changed"
    assert [change.part for change in planned.changed] == ["deps.data"]


def test_equal_bytes_put_again_are_the_same_where_no_versions_are_kept(project: Project, bucket: MemoryBucket) -> None:
    """Etag and size are those of before."""
    use(project, OBJECT)
    project.run()
    bucket.put("train.csv", b"1,2")

    assert project.plan()["s"].action == "reuse"


def test_an_object_at_a_version_needs_nobody_to_be_asked(project: Project, bucket: MemoryBucket) -> None:
    """Its text says all; the bucket may be out of reach."""
    bucket.refusing = True
    use(project, f"{OBJECT}?versionId=v1")
    project.run()

    assert project.run().did == {"s": "reused"}
    assert bucket.asked == []


def test_an_object_is_asked_about_once_a_plan(project: Project, bucket: MemoryBucket) -> None:
    """However many cells read it; so they all mean the same one."""
    project.declare(
        stage("s", "python say.py", deps=[address(OBJECT)], outs=["out/${matrix.n}"], matrix={"n": (1, 2, 3)})
    )
    project.plan()

    assert bucket.asked == ["train.csv"]


def test_the_objects_below_a_prefix_are_told_one_by_one(project: Project, bucket: MemoryBucket) -> None:
    """`why` names the object that changed, and those that are new or gone."""
    use(project, PREFIX)
    project.run()
    bucket.put("images/b.png", b"B")
    bucket.put("images/c.png", b"c")
    bucket.delete("images/a.png")
    planned = project.plan()["s"]

    assert {change.part for change in planned.changed} == {f"deps.data/{PREFIX}{name}.png" for name in ("a", "b", "c")}
    assert "images/a.png is gone" in planned.reason


def test_objects_beside_a_prefix_do_not_count(project: Project, bucket: MemoryBucket) -> None:
    """`images/` is not `images2/`."""
    use(project, PREFIX)
    project.run()
    bucket.put("images2/x.png", b"x")

    assert project.plan()["s"].action == "reuse"


@pytest.mark.parametrize("url", ["s3://data/nothing.csv", "s3://data/nothing/"])
def test_an_address_with_nothing_behind_it_is_missing_input(project: Project, url: str) -> None:
    """Like a file that does not exist; an empty prefix is one too."""
    use(project, url)

    with pytest.raises(ConfigError, match=r"there is nothing at s3://data/nothing.* \(dep data\)"):
        project.plan()


@pytest.mark.parametrize("url", [OBJECT, PREFIX])
def test_a_store_that_cannot_be_asked_stops_the_plan(project: Project, bucket: MemoryBucket, url: str) -> None:
    """Unknown is never a hit: not even what ran before is reused. The dep and the next step are named."""
    use(project, url)
    project.run()
    bucket.refusing = True

    with pytest.raises(OutsideError, match=r"stage s: what .* \(dep data\) .*refuses") as caught:
        project.plan()
    assert caught.value.next_step == "check AWS_ACCESS_KEY_ID"


@pytest.mark.parametrize("url", [OBJECT, PREFIX])
@pytest.mark.parametrize("change", ["overwritten", "deleted", "refused"])
def test_what_changes_while_the_stage_runs_is_used_and_not_stored(
    project: Project, bucket: MemoryBucket, url: str, change: str
) -> None:
    """Nobody can tell which of the two the program has read; nor whether it changed, when nobody answers."""
    use(project, url)

    def meanwhile(event: Mapping[str, object]) -> None:
        if event["event"] == "stage_started":
            match change:
                case "overwritten":
                    bucket.put("train.csv", b"new")
                    bucket.put("images/a.png", b"new")
                case "deleted":
                    bucket.delete("train.csv")
                    bucket.delete("images/a.png")
                case _:
                    bucket.refusing = True

    project.on_event = meanwhile
    ran = project.run()

    assert ran.did == {"s": "used"}
    assert ran["s"].reason.startswith(f"{url} changed while it ran")


# -- Hugging Face ---------------------------------------------------------------------


def test_a_commit_is_known_without_network_or_cache(project: Project) -> None:
    """The address is its own identity."""
    use(project, f"hf://datasets/org/digits@{SHA}/train")
    planned = project.plan()["s"]

    assert planned.inputs.parts["deps.data"] == {"url": f"hf://datasets/org/digits@{SHA}/train", "identity": SHA}


def test_a_branch_means_the_commit_that_the_local_cache_knows(project: Project, hub: Path) -> None:
    """As long as it is the same one, results are reused; the user is told what it stood for."""
    file = refs(hub, "main", SHA)
    use(project, MAIN)
    project.run()

    assert project.run().did == {"s": "reused"}
    file.write_text(OTHER)
    (change,) = project.plan()["s"].changed
    assert isinstance(change.old, dict)
    assert isinstance(change.new, dict)
    assert (change.old["identity"], change.new["identity"]) == (SHA, OTHER)


@pytest.mark.parametrize(
    ("url", "repository", "revision"),
    [
        ("hf://org/digits", "models--org--digits", "main"),
        ("hf://org/digits@v1.0/a.bin", "models--org--digits", "v1.0"),
        ("hf://datasets/org/digits@main", "datasets--org--digits", "main"),
        ("hf://org/digits@refs/pr/3", "models--org--digits", "refs/pr/3"),
    ],
)
def test_every_kind_of_revision_is_found_where_the_hub_keeps_it(
    project: Project, hub: Path, url: str, repository: str, revision: str
) -> None:
    """A default branch, a tag, a data set, a pull request."""
    refs(hub, revision, SHA, repository=repository)
    use(project, url)

    assert project.plan()["s"].inputs.addresses[url].identity == SHA


def test_a_branch_nobody_knows_is_never_reused(project: Project) -> None:
    """Neither the stage nor, later, what it made: unknown is never a hit."""
    use(project, MAIN)

    assert project.run().did == {"s": "ran"}
    assert project.plan()["s"].action == "run"
    assert project.run().did == {"s": "ran"}


def test_what_reads_the_result_of_an_unknown_input_is_reused_when_its_bytes_are_equal(project: Project) -> None:
    """The chain stops where the bytes are the same, as always."""
    project.declare(
        stage("s", "python say.py 1", deps=[address(MAIN)], outs=["out"]),
        stage("t", "python -c \"open('seen', 'w')\"", deps=[made("s", "out")], outs=["seen"]),
    )
    project.run()

    assert project.run().did == {"s": "ran", "t": "reused"}


@pytest.mark.parametrize("text", ["", "main", SHA[:12], SHA + "0", "\xff"])
def test_a_reference_that_names_no_commit_is_unknown(project: Project, hub: Path, text: str) -> None:
    """A file that was cut off must not become an identity."""
    refs(hub, "main", "").write_bytes(text.encode("latin-1"))
    use(project, MAIN)

    assert not project.plan()["s"].inputs.addresses[MAIN].known


@pytest.mark.parametrize(
    ("environ", "env", "pass_env", "folder"),
    [
        ({}, {}, (), "home/.cache/huggingface/hub"),
        ({"XDG_CACHE_HOME": "/xdg"}, {}, (), "/xdg/huggingface/hub"),
        ({"HF_HOME": "/hf"}, {}, (), "home/.cache/huggingface/hub"),
        ({"HF_HOME": "/hf"}, {}, ("HF_HOME",), "/hf/hub"),
        ({"HF_HUB_CACHE": "/cache"}, {"HF_HOME": "/hf"}, ("HF_HUB_CACHE",), "/cache"),
        ({}, {"HF_HOME": "~/hf"}, (), "home/hf/hub"),
        ({}, {"HUGGINGFACE_HUB_CACHE": "/old"}, (), "/old"),
    ],
)
def test_the_cache_is_the_one_that_the_command_will_see(
    project: Project, environ: dict[str, str], env: dict[str, str], pass_env: tuple[str, ...], folder: str
) -> None:
    """Variables that do not reach the stage do not say what it reads."""
    home = project.root.parent
    hub = home / folder if not folder.startswith("/") else home / folder.removeprefix("/")
    given = {name: text.replace("/", f"{home}/", 1) for name, text in environ.items()}
    refs(hub, "main", SHA)
    use(
        project,
        MAIN,
        env={name: text if text[0] == "~" else text.replace("/", f"{home}/", 1) for name, text in env.items()},
        pass_env=pass_env,
    )
    project.addresses = Addresses(MemoryBucket, {"HOME": str(home / "home"), **given}, lambda: b"x")

    assert project.plan()["s"].inputs.addresses[MAIN].identity == SHA


@pytest.mark.parametrize("env", [{"HF_HOME": "${params.where}"}, {"HF_HOME": "relative"}])
def test_a_cache_that_cannot_be_told_makes_a_branch_unknown(project: Project, hub: Path, env: dict[str, str]) -> None:
    """A wrong guess would be a wrong hit."""
    refs(hub, "main", SHA)
    project.set_params(where="/somewhere")
    use(project, MAIN, env=env)

    assert not project.plan()["s"].inputs.addresses[MAIN].known


def test_a_branch_that_moves_while_the_stage_runs_is_used_and_not_stored(project: Project, hub: Path) -> None:
    """The program has fetched the newer commit and said so in its cache."""
    refs(hub, "main", SHA)
    use(project, MAIN)

    def meanwhile(event: Mapping[str, object]) -> None:
        if event["event"] == "stage_started":
            refs(hub, "main", OTHER)

    project.on_event = meanwhile

    assert project.run().did == {"s": "used"}


def test_the_user_is_told_what_is_not_pinned(project: Project, hub: Path) -> None:
    """What it stands for and how to pin it; or that it is run each time, and why."""
    use(project, f"{MAIN}/a.bin")
    (unknown,) = project.prepared().survey.notes
    refs(hub, "main", SHA)
    (known,) = project.prepared().survey.notes

    assert "what hf://org/digits@main/a.bin means cannot be known" in unknown
    assert "runs each time" in unknown
    assert f"pin it: hf://org/digits@{SHA}/a.bin" in known
