"""The shape of `workflows:` for editors. Called by `project` beside this file; the reader is `workflows_document`."""

from __future__ import annotations

from seatrial.config.names import VARIABLE
from seatrial.config.schema.shapes import (
    NAMED,
    TEXT,
    Schema,
    anchored,
    any_key,
    by_name,
    closed,
    entries,
    key,
    one_of,
    texts,
)
from seatrial.config.workflows_document import (
    DOWNLOAD,
    DOWNLOADS_KEYS,
    KEY_FILE,
    LABEL,
    RUNNER_KEYS,
    TESTS_KEYS,
    VERSION,
    WORKFLOWS_KEYS,
)
from seatrial.forge.workflows.policy import DAILY
from seatrial.forge.workflows.wanted import Role

_VERSION: Schema = {"type": "string", "pattern": anchored(VERSION)}
_LABEL: Schema = {"type": "string", "pattern": anchored(LABEL)}
_VARIABLES: Schema = texts({"type": "string", "pattern": anchored(VARIABLE)})
_FIVE: Schema = {"type": "string", "pattern": r"^\s*\S+(?:\s+\S+){4}\s*$"}


def workflows() -> Schema:
    """What `seatrial workflows render` cannot find out by itself."""
    labels = one_of(_LABEL, texts(_LABEL, least=1))
    roles = closed(
        __name__,
        tuple(role.value for role in Role),
        {role.value: key("a tier of the project; `false` for none", one_of(NAMED, {"const": False})) for role in Role},
        title="tiers by role",
    )
    return closed(
        __name__,
        WORKFLOWS_KEYS,
        {
            "seatrial": key("a requirement for pip", TEXT),
            "install": key(
                "a command, or a list of them, that fill the environment which `python:` lies in; `[]` for nothing",
                one_of(TEXT, entries(TEXT)),
            ),
            "python": key("version of Python, in quotes", _VERSION),
            "runners": key(
                "mapping of `default` and `gpu`, each a label or a list of labels (GitLab: tags)",
                closed(
                    __name__,
                    RUNNER_KEYS,
                    {
                        "default": key("machines of jobs that need no GPU", labels),
                        "gpu": key("machines of stages that ask for GPUs", labels),
                    },
                    title="runners",
                ),
            ),
            "tiers": key(
                "mapping of `fast`, `slow`, `merge`, `nightly` and `release` to tiers; `false` for none", roles
            ),
            "schedule": key("five fields: minute, hour, day, month, weekday, in UTC", _FIVE, default=DAILY),
            "tests": key("stages that run for several Pythons", _tests()),
            "downloads": key("what stages download, kept between jobs", _downloads()),
            "secrets": key("list of secrets of the forge that every run needs", _VARIABLES),
            "variables": key("the same for plain variables of the forge", _VARIABLES),
        },
        title="workflows",
    )


def _tests() -> Schema:
    shape = closed(
        __name__,
        TESTS_KEYS,
        {
            "python": key("list of versions, in quotes", texts(_VERSION, least=1)),
            "frameworks": key(
                "requirements for pip, by name; each is installed over what the project has", by_name(TEXT)
            ),
            "stages": key("list of stages", texts(NAMED)),
        },
        title="tests",
    )
    return {**shape, **any_key(("python", "frameworks"))}


def _downloads() -> Schema:
    return closed(
        __name__,
        DOWNLOADS_KEYS,
        {
            "paths": key(
                "list of folders, in the repository or beginning with `~/`",
                texts({"type": "string", "pattern": anchored(DOWNLOAD)}, least=1),
            ),
            "by": key(
                "list of files; as long as they stay as they are, so do the folders",
                texts({"type": "string", "pattern": anchored(KEY_FILE)}, least=1),
            ),
        },
        title="downloads",
        required=("paths", "by"),
    )
