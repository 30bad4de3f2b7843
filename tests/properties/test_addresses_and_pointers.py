"""Addresses and pointers of any shape: read or refused, and never two meanings for one thing."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatrial.errors import ConfigError
from seatrial.pipeline.contents import Contents
from seatrial.pipeline.external import HuggingFace, Repository, S3Object, S3Prefix, is_pinned, parse
from seatrial.pipeline.pointers import LfsPointer, read_lfs
from seatrial.pipeline.tree import Tree
from seatrial.store.stat_cache import StatCache

SHAS = st.text("0123456789abcdef", min_size=40, max_size=40)
WORDS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,12}", fullmatch=True)
PARTS = st.text(st.characters(exclude_categories=["C"], exclude_characters="/?*@"), min_size=1).filter(
    lambda part: part not in (".", "..")
)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)


@given(st.one_of(st.text(), st.tuples(st.sampled_from(["s3://", "hf://", "hf://datasets/"]), st.text()).map("".join)))
@example("hf://datasets/")
@example("s3://")
def test_any_text_is_an_address_or_refused_with_advice(text: str) -> None:
    """Nothing else escapes, and the text is shown."""
    try:
        parse(text)
    except ConfigError as error:
        refused = str(error), error.next_step
    else:
        return

    assert text in refused[0]
    assert refused[1]


@given(
    st.sampled_from(["bucket", "my.bucket-1"]), PATHS, st.one_of(st.none(), WORDS.filter(lambda word: word != "null"))
)
def test_an_object_is_read_back_as_it_was_written(bucket: str, key: str, version: str | None) -> None:
    """And as a prefix with a slash behind it."""
    url = f"s3://{bucket}/{key}"

    assert parse(url + (f"?versionId={version}" if version else "")) == S3Object(
        bucket=bucket, key=key, version=version
    )
    assert parse(f"{url}/") == S3Prefix(bucket=bucket, prefix=f"{key}/")


@given(st.sampled_from(Repository), WORDS, WORDS, st.one_of(SHAS, WORDS), st.one_of(st.just(""), PATHS))
def test_a_repository_is_read_back_as_it_was_written(
    kind: Repository, org: str, name: str, revision: str, path: str
) -> None:
    """Pinned exactly when the revision is a commit."""
    head = "datasets/" if kind is Repository.DATASET else ""
    if org in ("datasets", "models", "dataset", "spaces", "buckets"):
        return
    url = f"hf://{head}{org}/{name}@{revision}" + (f"/{path}" if path else "")

    assert parse(url) == HuggingFace(kind=kind, org=org, name=name, revision=revision, path=path)
    assert is_pinned(url) == (len(revision) == 40 and not set(revision) - set("0123456789abcdef"))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 1 << 50), st.integers(0, 300), st.binary(max_size=3))
def test_bytes_are_a_pointer_only_if_writing_it_gives_them_back(
    oid: bytes, size: int, place: int, spliced: bytes
) -> None:
    """A pointer is read; one with a few other bytes in it is another pointer, or none."""
    data = _pointer(oid.hex(), size)
    changed = data[:place] + spliced + data[place + len(spliced) :]
    found = read_lfs(changed)

    assert read_lfs(data) == LfsPointer(oid=oid.hex(), size=size)
    assert found is None or _without_zeros(changed) == _pointer(found.oid, found.size)


@settings(max_examples=20)  # each writes a dozen folders
@given(st.binary(), st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_a_folder_counts_the_same_whichever_of_its_files_were_fetched(
    data: bytes, one: set[int], other: set[int]
) -> None:
    """And otherwise as soon as one of them differs, fetched or not."""
    contents = [data, data + b"1", b"x" * 2000, b""]
    with tempfile.TemporaryDirectory() as folder:
        memory = StatCache(Path(folder) / "facts.db")
        try:
            seen = [_counts(Path(folder, name), contents, there, memory) for name, there in (("1", one), ("2", other))]
            changed = [
                _counts(
                    Path(folder, f"at{at}"), [*contents[:at], contents[at] + b"!", *contents[at + 1 :]], one, memory
                )
                for at in range(4)
            ]
        finally:
            memory.close()

    assert seen[0] == seen[1]
    assert seen[0] not in changed


def _counts(root: Path, contents: list[bytes], fetched: set[int], memory: StatCache) -> tuple[str, list[str]]:
    """What a folder, and each file in it, counts as with some of its files there and pointers for the rest."""
    (root / "data" / "sub").mkdir(parents=True)
    (root / ".gitattributes").write_text("* filter=lfs\n")
    names = [f"data/sub/{place}" if place % 2 else f"data/{place}" for place in range(len(contents))]
    for place, content in enumerate(contents):
        oid = hashlib.sha256(content).hexdigest()
        (root / names[place]).write_bytes(content if place in fetched else _pointer(oid, len(content)))
    seen = Contents(Tree(root, (".gitattributes", *names), kept_by_lfs=frozenset), memory)
    return seen.look("data").digest, [seen.file(name) for name in names]


def _without_zeros(pointer: bytes) -> bytes:
    """A pointer with its size as a number is written."""
    before, _, size = pointer.rpartition(b" ")
    return before + b" " + str(int(size)).encode() + b"\n"


def _pointer(oid: str, size: int) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()
