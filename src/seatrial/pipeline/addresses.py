"""What an address outside of the repository stands for right now.

Called by the survey when it plans, and again when a command that read the address has ended.
What is pinned by its text is known without asking anybody. What cannot be known is not guessed:
it counts as something that never was before, so a stage that reads it runs, and what it makes is
not found again.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.errors import OutsideError
from seatrial.pipeline import external, template
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.external import UNVERSIONED, HuggingFace, S3Object, S3Prefix
from seatrial.replacing import replace
from seatrial.store.objects import Meta, ObjectStore

_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUB_VARIABLES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HOME")
_SEEN_BY_STAGES = ("HOME", "XDG_CACHE_HOME")


class Standing(Struct, frozen=True, kw_only=True):
    """What an address stands for. `identity` is None when nothing is there at all.

    `entries` has the objects below a prefix, each by its own address. `note` is a sentence for the
    user, `known` is False for an identity that was made up and will never be met again, `out_of_reach` where that
    is because nobody could ask.
    """

    identity: str | None
    entries: Mapping[str, Json] = field(default_factory=dict)
    known: bool = True
    note: str = ""
    out_of_reach: bool = False


class Addresses:
    """Looks addresses up. `bucket` opens a bucket by its name, when the first address in it is met. `lenient`: one
    that cannot be asked is out of reach and no error, because whoever runs this was given no credentials."""

    def __init__(
        self,
        bucket: Callable[[str], ObjectStore],
        environ: Mapping[str, str],
        randomness: Callable[[], bytes],
        *,
        lenient: bool = False,
    ) -> None:
        self._lenient = lenient
        self._open = bucket
        self._buckets: dict[str, ObjectStore] = {}
        self._environ = environ
        self._randomness = randomness

    def look(self, url: str, cell: Cell) -> Standing:
        """What an address stands for, to the command of a cell.

        Raises ConfigError for what is no address, MissingExtraError, and OutsideError when the store
        cannot be asked.
        """
        if not self._lenient:
            return self._look(url, cell)
        try:
            return self._look(url, cell)
        except OutsideError:
            return replace(self._unknown(""), note="", out_of_reach=True)

    def _look(self, url: str, cell: Cell) -> Standing:
        match external.parse(url):
            case HuggingFace() as repository:
                return self._commit(url, repository, cell)
            case S3Object(bucket=bucket, key=key, version=version) as one:
                if one.pinned:
                    return Standing(identity=f"version {version}")
                found = self._bucket(bucket).head(key)
                return Standing(identity=_object_identity(found) if found else None)
            case S3Prefix(bucket=bucket, prefix=prefix):
                objects = sorted(self._bucket(bucket).list(prefix), key=lambda one: one.key)
                entries: dict[str, Json] = {f"s3://{bucket}/{one.key}": _object_identity(one) for one in objects}
                return Standing(identity=f"{len(entries)} objects" if entries else None, entries=entries)

    def _bucket(self, name: str) -> ObjectStore:
        if name not in self._buckets:
            self._buckets[name] = self._open(name)
        return self._buckets[name]

    # -- Hugging Face -----------------------------------------------------------------

    def _commit(self, url: str, repository: HuggingFace, cell: Cell) -> Standing:
        if repository.pinned:
            return Standing(identity=repository.revision)
        pinned = external.pinned_form(url)
        commit = self._cached_commit(repository, cell)
        if commit is None:
            return self._unknown(
                f"what {url} means cannot be known: its commit is not in the cache of Hugging Face; write {pinned}"
            )
        exact = pinned.replace("@COMMIT", f"@{commit}")
        return Standing(identity=commit, note=f"{url} can move, and means commit {commit} for now; pin it: {exact}")

    def _cached_commit(self, repository: HuggingFace, cell: Cell) -> str | None:
        """The commit that a branch or tag stood for when it was last fetched, from the cache's `refs`."""
        hub = hub_folder(self._environ, cell)
        if hub is None:
            return None
        folder = f"{repository.kind}--{repository.org}--{repository.name}"
        try:
            text = Path(hub, folder, "refs", repository.revision).read_text().strip()
        except (OSError, UnicodeDecodeError):
            return None
        return text if _COMMIT.fullmatch(text) else None

    def _unknown(self, why: str) -> Standing:
        never_before = self._randomness().hex()
        return Standing(
            identity=f"unknown {never_before}",
            known=False,
            note=f"{why}. The stage runs each time, and what it makes is not reused",
        )


def hub_folder(environ: Mapping[str, str], cell: Cell) -> str | None:
    """Where the command of a cell would find the cache of Hugging Face; None when that cannot be told.

    As `huggingface_hub` finds it, in the environment that the command will see.
    """
    seen = {name: environ[name] for name in (*_SEEN_BY_STAGES, *cell.spec.pass_env) if environ.get(name)}
    for name, text in cell.spec.env.items():
        if name in _HUB_VARIABLES:
            parts = template.parse(text)
            if any(isinstance(part, template.Reference) for part in parts):
                return None
            seen[name] = template.fill(parts, str)
    home = seen.get("HOME")

    def expanded(path: str) -> str | None:
        if path == "~" or path.startswith("~/"):
            return home + path[1:] if home else None
        return path

    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if seen.get(name):
            hub = expanded(seen[name])
            return hub if hub and hub.startswith("/") else None
    if seen.get("HF_HOME"):
        above = expanded(seen["HF_HOME"])
    else:
        cache = expanded(seen.get("XDG_CACHE_HOME") or "~/.cache")
        above = cache and posixpath.join(cache, "huggingface")
    return posixpath.join(above, "hub") if above and above.startswith("/") else None


def _object_identity(found: Meta) -> str:
    """An object by its version; by etag and size where there is none, or none that stays (`null`)."""
    if found.version and found.version != UNVERSIONED:
        return f"version {found.version}"
    tag = found.tag.strip('"')
    return f"etag {tag}, {found.size} bytes"


def unreachable(cell: str, dep: str, url: str, error: OutsideError) -> OutsideError:
    """The error for a dep whose store cannot be asked."""
    return OutsideError(
        f"stage {cell}: what {url} (dep {dep}) stands for cannot be found out: {error}",
        next_step=error.next_step or "check the address, the credentials and the network, and run it again",
    )
