"""Addresses of things outside of the repository: what `s3://...` and `hf://...` can mean.

Pure. Called by the configuration and the flows to check an address, and by `addresses`, which
finds out what it stands for. Forms are those that the tools of each world print, so that an
address can be pasted; whatever else is written is refused with the form that was probably meant.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

from seatrial.errors import ConfigError
from seatrial.store.bucket_names import RULE, is_bucket_name

_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
# Revisions with a slash exist only in these two name spaces; else a slash begins the path inside.
_REVISION = re.compile(r"(refs/(?:pr|convert)/[^/@]+|[^/@]+)(?:/(.*))?", re.DOTALL)
_VERSION = "?versionId="
_DEFAULT_REVISION = "main"

UNVERSIONED = "null"
"""What S3 calls the version of an object that was written while its bucket kept none; it can be overwritten."""

_S3_FORMS = "s3://bucket/key, s3://bucket/key?versionId=ID or s3://bucket/prefix/"
_HUB_FORMS = "hf://org/name@COMMIT or hf://datasets/org/name@COMMIT, where COMMIT has 40 digits"


class Repository(StrEnum):
    """What a Hugging Face repository holds, as its cache folders are called."""

    MODEL = "models"
    DATASET = "datasets"


class S3Object(Struct, frozen=True, kw_only=True):
    """One object; `version` is None where the newest is meant."""

    bucket: str
    key: str
    version: str | None = None

    @property
    def pinned(self) -> bool:
        """Whether a version is named, which nobody can overwrite."""
        return self.version is not None


class S3Prefix(Struct, frozen=True, kw_only=True):
    """All objects below a prefix, which ends in `/` or is empty for the whole bucket."""

    bucket: str
    prefix: str


class HuggingFace(Struct, frozen=True, kw_only=True):
    """A repository at some revision; `path` is what is meant inside, empty for all of it.

    `written` says whether the address names the revision; without one it is `main`.
    """

    kind: Repository
    org: str
    name: str
    revision: str
    path: str = ""
    written: bool = True

    @property
    def pinned(self) -> bool:
        """Whether the revision is a commit, which nobody can move."""
        return _COMMIT.fullmatch(self.revision) is not None


Address = S3Object | S3Prefix | HuggingFace


def parse(url: str) -> Address:
    """What an address means. Raises ConfigError with the nearest correct form."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise _refused(url, "it has no scheme", f"write {_S3_FORMS}, or {_HUB_FORMS}")
    if any(ord(character) < 32 or ord(character) == 127 for character in url):
        raise _refused(url, "it holds a control character", "take the character out")
    match scheme:
        case "s3":
            return _s3(url, rest)
        case "hf":
            return _hub(url, rest)
    nearest = {"s3a": "s3", "s3n": "s3", "S3": "s3", "HF": "hf", "huggingface": "hf"}.get(scheme)
    if nearest is not None:
        raise _refused(url, f"`{scheme}` is not how Seatrial writes it", f"write {nearest}://{rest}")
    if scheme in ("http", "https") and rest.startswith("huggingface.co/"):
        raise _refused(url, "a page is not a repository", f"write {_from_page(rest)}")
    raise _refused(url, f"Seatrial does not know `{scheme}`", f"write {_S3_FORMS}, or {_HUB_FORMS}")


def is_pinned(url: str) -> bool:
    """Whether an address always means the same bytes: a commit, or an object's version.

    Raises what `parse` raises.
    """
    match parse(url):
        case HuggingFace() | S3Object() as one:
            return one.pinned
        case S3Prefix():
            return False


def pinned_form(url: str) -> str:
    """How an address that is not pinned would be written so, for an error's next step."""
    match parse(url):
        case HuggingFace(kind=kind, org=org, name=name, path=path):
            return f"{_repository(kind, org, name)}@COMMIT" + (f"/{path}" if path else "")
        case S3Object(bucket=bucket, key=key):
            return f"s3://{bucket}/{key}{_VERSION}ID"
        case S3Prefix(bucket=bucket, prefix=prefix):
            return f"one s3://{bucket}/{prefix}KEY{_VERSION}ID for each object"


def _s3(url: str, rest: str) -> S3Object | S3Prefix:
    bucket, slash, key = rest.partition("/")
    if not is_bucket_name(bucket):
        raise _refused(url, f"`{bucket}` cannot be the name of a bucket", f"write {_S3_FORMS}; a name is {RULE}")
    if not slash:
        raise _refused(
            url, "it names a bucket and nothing in it", f"write s3://{bucket}/KEY, or s3://{bucket}/ for all of it"
        )
    if "*" in key:
        folder = key[: key.index("*")].rpartition("/")[0]
        whole = f"s3://{bucket}/{folder}/" if folder else f"s3://{bucket}/"
        raise _refused(url, "an address takes no globs", f"write {whole} for everything below")
    if key.startswith("/") or "//" in key:
        single = re.sub("/+", "/", key).removeprefix("/")
        raise _refused(url, "it holds an empty part", f"write s3://{bucket}/{single}")
    key, version_marker, version = key.partition(_VERSION)
    if "?" in key or (version_marker and not version):
        before = key.partition("?")[0]
        raise _refused(
            url, "only the version of an object can stand after `?`", f"write s3://{bucket}/{before}{_VERSION}ID"
        )
    if not key or key.endswith("/"):
        if version:
            raise _refused(url, "a prefix has no version", f"write s3://{bucket}/{key}")
        return S3Prefix(bucket=bucket, prefix=key)
    if version == UNVERSIONED:
        raise _refused(url, f"version `{UNVERSIONED}` is one that can be overwritten", f"write s3://{bucket}/{key}")
    return S3Object(bucket=bucket, key=key, version=version or None)


def _hub(url: str, rest: str) -> HuggingFace:
    kind = Repository.MODEL
    head, _, below = rest.partition("/")
    match head:
        case "datasets":
            kind, rest = Repository.DATASET, below
        case "models":
            raise _refused(url, "models are written without `models/`", f"write hf://{below}")
        case "dataset":
            raise _refused(url, "the word is `datasets`", f"write hf://datasets/{below}")
        case "spaces" | "buckets":
            raise _refused(url, "only models and data sets can be depended on", f"write {_HUB_FORMS}")
    org, slash, after = rest.partition("/")
    named = re.match(r"[^/@]+", after)
    if not slash or named is None or "@" in org:
        raise _refused(url, "it does not name an organisation and a repository", f"write {_HUB_FORMS}")
    name, tail = named.group(), after[named.end() :]
    for part in (org, name):
        if _NAME.fullmatch(part) is None:
            raise _refused(url, f"`{part}` cannot be a name on the hub", f"write {_HUB_FORMS}")
    if not tail.startswith("@"):
        return _unversioned(url, kind, org, name, tail)
    found = _REVISION.fullmatch(tail[1:])
    if found is None:
        raise _refused(url, "nothing usable stands after `@`", f"write {_repository(kind, org, name)}@COMMIT")
    revision, path = found.group(1), (found.group(2) or "").rstrip("/")
    if revision != revision.lower() and _COMMIT.fullmatch(revision.lower()):
        raise _refused(
            url, "a commit is written in small letters", f"write {_repository(kind, org, name)}@{revision.lower()}"
        )
    return HuggingFace(kind=kind, org=org, name=name, revision=revision, path=_inside(url, path))


def _unversioned(url: str, kind: Repository, org: str, name: str, tail: str) -> HuggingFace:
    path = tail.removeprefix("/").rstrip("/")
    if "@" in path:
        inside, _, revision = path.rpartition("@")
        right = f"{_repository(kind, org, name)}@{revision}/{inside}"
        raise _refused(url, "the revision stands right after the repository's name", f"write {right}")
    return HuggingFace(
        kind=kind, org=org, name=name, revision=_DEFAULT_REVISION, path=_inside(url, path), written=False
    )


def _inside(url: str, path: str) -> str:
    if any(part in ("", ".", "..") for part in path.split("/")) and path:
        raise _refused(url, f"`{path}` is no path inside a repository", "write it without `.`, `..` and empty parts")
    if "*" in path:
        raise _refused(url, "an address takes no globs", "name the folder, or one dep for each file")
    return path


def _repository(kind: Repository, org: str, name: str) -> str:
    return f"hf://{'datasets/' if kind is Repository.DATASET else ''}{org}/{name}"


def _from_page(rest: str) -> str:
    """The address of the repository that a page of the hub shows."""
    parts = rest.partition("?")[0].split("/")[1:]
    kind = "datasets/" if parts[:1] == ["datasets"] else ""
    parts = parts[1:] if kind else parts
    revision = parts[3] if len(parts) > 3 and parts[2] in ("tree", "blob", "resolve") else "COMMIT"
    inside = "/".join(("", *parts[4:])) if len(parts) > 4 else ""
    return f"hf://{kind}{'/'.join(parts[:2])}@{revision}{inside}"


def _refused(url: str, why: str, next_step: str) -> ConfigError:
    return ConfigError(f"{url} is no address Seatrial can use: {why}", next_step=next_step)
