"""What was installed where a model was made, kept with its version as one small file.

Called where a draft is made, where it is registered, and by the dossier of a version. Every version names the digest of
its environment; this is what the digest was made of. Known only where the model was made in the environment that is
here: of a result that came from another machine's cache, nobody can say any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from seatrial.digest import canonical
from seatrial.environment.gpus import UNKNOWN
from seatrial.pipeline.inputs import Survey
from seatrial.registry.records import StoredFile, Version
from seatrial.store.blobs import Artifact, BlobStore, CorruptBlobError

_FILE = "environment.json"


def installed_for(survey: Survey, environment: str) -> dict[str, str]:
    """The interpreter and every distribution, if `environment` is that of these cells; empty if it is another."""
    if survey.environment != environment:
        return {}
    here = survey.installed_here
    return {
        "python": f"{here.implementation} {here.python}",
        "platform": here.platform_class,
        **({"gpu": here.gpu} if here.gpu != UNKNOWN else {}),
        **{f"package {name}": version.partition(" ")[0] for name, version in here.distributions.items()},
    }


def put_installed(blobs: BlobStore, installed: Mapping[str, str]) -> StoredFile | None:
    """The same as a file in a store; None where nothing is known."""
    if not installed:
        return None
    data = canonical(dict(installed))
    return StoredFile(path=_FILE, artifact=Artifact(digest=blobs.put_bytes(data), kind="file", size=len(data)))


def read_installed(blobs: BlobStore, version: Version) -> Mapping[str, str] | None:
    """What was installed for a version; None where that was not kept, or is damaged."""
    if version.installed_file is None:
        return None
    try:
        value = json.loads(blobs.read_bytes(version.installed_file.artifact.digest))
    except (CorruptBlobError, ValueError, OSError):
        return None
    if not isinstance(value, dict):
        return None
    return {str(name): str(text) for name, text in value.items()}
