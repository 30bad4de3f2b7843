"""The shape of `workflows:` in `seatrial.yaml`: what `seatrial workflows render` cannot find out by itself.

    workflows:
      seatrial: seatrial==0.1.0
      install: [pip install -r requirements.txt]
      python: "3.12"
      runners: {default: ubuntu-latest, gpu: [self-hosted, gpu]}
      tiers: {fast: pr, slow: experiments}
      schedule: "0 6 * * *"
      tests: {python: ["3.11", "3.12"], frameworks: {torch-2.4: torch==2.4.*}}
      downloads: {paths: [~/.cache/huggingface], by: [configs/model.yaml]}
      secrets: [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY]
      variables: [AWS_REGION]

Called by `document`. Values end up in files that a forge executes: what has a meaning of its own there (`${{`, line
breaks in a name) is refused here, with its place, and quoted by the renderers all the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from seatrial.config.names import NAME_RULE, VARIABLE, is_name, path_fault
from seatrial.config.node import Node, readable, suggestion
from seatrial.config.schedule import read_schedule
from seatrial.forge.workflows.policy import DAILY, DownloadsPolicy, TestsPolicy, WorkflowsPolicy
from seatrial.forge.workflows.wanted import Role

WORKFLOWS_KEYS = (
    "seatrial", "install", "python", "runners", "tiers", "schedule", "tests", "downloads", "secrets", "variables",
)  # fmt: skip
TESTS_KEYS = ("python", "frameworks", "stages")
DOWNLOADS_KEYS = ("paths", "by")
RUNNER_KEYS = ("default", "gpu")
VERSION = re.compile(r"3\.[0-9]{1,2}\Z")
LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/=+-]{0,99}\Z")
_EXPRESSION = "${{"
_LONGEST = 2_000
KEY_FILE = re.compile(r"[A-Za-z0-9._*][A-Za-z0-9._*/-]*\Z")
DOWNLOAD = re.compile(r"(?:~/)?[A-Za-z0-9._][A-Za-z0-9._/-]*\Z")


def read_workflows(node: Node | None, *, tiers: Collection[str], stages: Collection[str]) -> WorkflowsPolicy:
    """What the project says about its workflows; mistakes are noted."""
    if node is None or not node.fields(WORKFLOWS_KEYS):
        return WorkflowsPolicy()
    child = {key: node.child(key) for key in WORKFLOWS_KEYS}
    schedule = child["schedule"]
    return WorkflowsPolicy(
        seatrial=_line(child["seatrial"], "seatrial"),
        install=_lines(child["install"]),
        python=None if child["python"] is None else _version(child["python"]),
        runners=_runners(child["runners"]),
        tiers=_tiers(child["tiers"], tiers),
        schedule=DAILY if schedule is None else read_schedule(schedule),
        tests=_tests(child["tests"], stages),
        downloads=_downloads(child["downloads"]),
        secrets=_variables(child["secrets"], "secrets"),
        variables=_variables(child["variables"], "variables"),
        place=node.key_place,
        places={key: found.key_place for key, found in child.items() if found is not None},
    )


def _line(node: Node | None, what: str) -> str | None:
    """One line of text that a forge does not fill anything into."""
    if node is None:
        return None
    text = node.text(what)
    if text and not text.isprintable():
        node.complain(f"{what} must be one line that can be printed", "write each command as an entry of a list")
    elif _EXPRESSION in text:
        node.complain(
            f"{what} holds `{_EXPRESSION}`, which a forge would replace by text of others before a shell reads it",
            "use a variable, named under `variables:` or `secrets:`",
        )
    elif len(text) > _LONGEST:
        node.complain(f"{what} has {len(text):,} characters, and {_LONGEST:,} is the most", "put it into a script")
    return text or None


def _lines(node: Node | None) -> tuple[str, ...] | None:
    """One command, or a list of them; an empty list is: nothing to install."""
    if node is None:
        return None
    if not isinstance(node.value, list):
        line = _line(node, "install")
        return None if line is None else (line,)
    return tuple(line for entry in node.entries("commands") if (line := _line(entry, "a command")) is not None)


def _version(node: Node) -> str:
    if isinstance(node.value, float):
        node.complain("a version of Python must be text: 3.10 is the number 3.1", 'write it in quotes, "3.10"')
        return ""
    text = node.text("a version of Python")
    if text and not VERSION.match(text):
        node.complain(f"`{readable(text)}` is no version of Python", 'write two numbers in quotes, e.g. "3.12"')
    return text


def _runners(node: Node | None) -> Mapping[str, tuple[str, ...]]:
    if node is None or not node.fields(RUNNER_KEYS):
        return {}
    return {key: _labels(entry) for key, entry in node.items("labels by `default` and `gpu`")}


def _labels(node: Node) -> tuple[str, ...]:
    listed = isinstance(node.value, list)
    labels = list(node.entries("labels")) if listed else [node]
    if not labels:
        node.complain("a runner needs a label", "write e.g. `gpu: [self-hosted, gpu]`")
    for label in labels:
        if isinstance(label.value, str) and label.value.strip() and not LABEL.match(label.value):
            label.complain(
                f"`{readable(label.value)}` cannot be the label of a runner",
                "use letters, digits and `. _ : / = + -`, at most 100 characters",
            )
    return node.texts("labels") if listed else (node.text("the label of a runner"),)


def _tiers(node: Node | None, known: Collection[str]) -> Mapping[Role, str | None]:
    if node is None or not node.fields(tuple(Role)):
        return {}
    found: dict[Role, str | None] = {}
    for role, entry in node.items("tiers by role"):
        if role not in tuple(Role):
            continue
        if entry.value is False:
            found[Role(role)] = None
            continue
        name = entry.text(f"the tier for {role}")
        if name and name not in known:
            entry.complain(f"there is no tier `{readable(name)}`", suggestion(name, known, "tiers"))
        found[Role(role)] = name
    taken: dict[str, Role] = {}
    for role_, name_ in found.items():
        if name_ and name_ in taken:
            node.at(role_).complain(
                f"tier `{readable(name_)}` is that for {taken[name_].value} already", "give each role a tier of its own"
            )
        if name_:
            taken[name_] = role_
    return found


def _tests(node: Node | None, stages: Collection[str]) -> TestsPolicy | None:
    if node is None or not node.fields(TESTS_KEYS):
        return None
    pythons, frameworks, chosen = (node.child(key) for key in TESTS_KEYS)
    if pythons is None and frameworks is None:
        node.complain("`tests` says neither `python` nor `frameworks`", 'write e.g. `python: ["3.11", "3.12"]`')
    return TestsPolicy(
        pythons=() if pythons is None else _versions(pythons),
        frameworks={} if frameworks is None else _frameworks(frameworks),
        stages=None if chosen is None else _stages(chosen, stages),
        place=node.key_place,
    )


def _versions(node: Node) -> tuple[str, ...]:
    entries = list(node.entries("versions of Python"))
    if isinstance(node.value, list) and not entries:
        node.complain("`python` names no version", 'write e.g. `python: ["3.11", "3.12"]`')
    found = tuple(_version(entry) for entry in entries)
    for entry, version in zip(entries, found, strict=True):
        if version and found.count(version) > 1:
            entry.complain(f"`{readable(version)}` stands twice", "keep one of them")
    return found


def _frameworks(node: Node) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, entry in node.items("requirements by name"):
        if not is_name(name):
            entry.complain(f"`{readable(name)}` cannot name a set of packages", NAME_RULE, at_key=True)
        text = _line(entry, f"the requirements of {readable(name)}") or ""
        if text.lstrip().startswith("-"):
            entry.complain("requirements cannot begin with an option of pip", "write e.g. `torch==2.4.*`")
        found[name] = text
    return found


def _stages(node: Node, known: Collection[str]) -> tuple[str, ...]:
    for entry in node.entries("stages"):
        if isinstance(entry.value, str) and entry.value not in known:
            entry.complain(f"there is no stage `{readable(entry.value)}`", suggestion(entry.value, known, "stages"))
    return node.texts("stages")


def _downloads(node: Node | None) -> DownloadsPolicy | None:
    if node is None or not node.fields(DOWNLOADS_KEYS):
        return None
    paths = node.required("paths", "name the folders, e.g. `paths: [~/.cache/huggingface]`")
    by = node.required("by", "name the files that say what is downloaded, e.g. `by: [configs/model.yaml]`")
    if paths is None or by is None:
        return None
    for part, what in ((paths, "paths"), (by, "by")):
        if isinstance(part.value, list) and not part.value:
            part.complain(f"`{what}` is empty", "name at least one, or remove `downloads`")
    for entry in paths.entries("folders"):
        folder = entry.value if isinstance(entry.value, str) else ""
        if folder.strip() and (not DOWNLOAD.match(folder) or ".." in folder.split("/")):
            entry.complain(
                f"`{readable(folder)}` is no folder that can be kept",
                "write one in the repository, or one that begins with `~/`, of letters, digits and `. _ - /`",
            )
    for entry in by.entries("files"):
        file = entry.value if isinstance(entry.value, str) else ""
        fault = path_fault(file) or (None if KEY_FILE.match(file) else "cannot be part of a key of a cache")
        if file.strip() and fault is not None:
            entry.complain(
                f"`{readable(file)}` {fault}", "name files of the repository, by letters, digits and `. _ - / *`"
            )
    return DownloadsPolicy(paths=paths.texts("folders"), by=by.texts("files"), place=node.key_place)


def _variables(node: Node | None, what: str) -> tuple[str, ...] | None:
    if node is None:
        return None
    for entry in node.entries(what):
        if isinstance(entry.value, str) and entry.value.strip() and not VARIABLE.match(entry.value):
            # It may be a secret itself: what was written is not repeated.
            entry.complain(f"an entry of {what} is not the name of a variable", "write names such as `AWS_REGION`")
        elif isinstance(entry.value, str) and entry.value.upper().startswith(("GITHUB_", "CI_")):
            entry.complain(f"`{readable(entry.value)}` is the forge's own", "choose another name")
    return node.texts(what)
