"""Stages of `dvc.yaml`, as far as patterns ask about them: commands and deps, each with its line. Pure.

Called by `tree_look.py`. Projects that come from DVC have their pipeline there before they have a seatrial.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from seatrial.adopt.doctor import command_words as does
from seatrial.adopt.doctor.facts import DvcStage, Setting
from seatrial.adopt.doctor.foreign_yaml import Yaml, read_documents
from seatrial.adopt.doctor.outcome import Alarm, Pattern
from seatrial.adopt.doctor.shell_lines import commands_of

_EVALUATES = re.compile(r"(?:\A|[_\W])(?:eval\w*|test|score|validat\w*)(?:[_\W]|\Z)", re.IGNORECASE)
_MOST = 500


def read_dvc(path: str, data: bytes) -> tuple[DvcStage, ...]:
    """The stages of one file. Raises UnreadableError."""
    documents = read_documents(data)
    stages = documents[0].get("stages").keys() if documents else {}
    return tuple(_stage(path, name, node) for name, node in list(stages.items())[:_MOST])


def _stage(path: str, name: str, node: Yaml) -> DvcStage:
    node = node.get("do") or node  # `foreach` and `matrix` stages
    lines = node.get("cmd").items()
    return DvcStage(
        file=path,
        name=name,
        commands=tuple(
            command
            for line in lines
            for command in commands_of(line.text(), line.line + line.block, step=int(line.block))
        ),
        deps=tuple(Setting(value=dep.text(), line=dep.line) for dep in node.get("deps").items() if dep.text()),
    )


def dvc_alarms(stages: Iterable[DvcStage], data_suffixes: tuple[str, ...]) -> Iterator[Alarm]:
    """A file of data that is trained on and evaluated on, in the same `dvc.yaml`. Folders may hold both halves."""
    every = tuple(stages)
    trained = {
        (one.file, dep.value): one.name
        for one in every
        if any(does.trains(command.words) for command in one.commands)
        for dep in one.deps
        if dep.value.endswith(data_suffixes)
    }
    for one in every:
        names = [one.name, *(does.program(command.words) for command in one.commands)]
        if any(does.trains(command.words) for command in one.commands) or not any(map(_EVALUATES.search, names)):
            continue
        for dep in one.deps:
            if (one.file, dep.value) in trained:
                yield Alarm(
                    pattern=Pattern.EVALUATION_ON_TRAINING_DATA,
                    file=one.file,
                    line=dep.line,
                    message=f"`{one.name}` evaluates on {dep.value}, which `{trained[one.file, dep.value]}` trains on",
                    mend="hold rows out that no stage trains on",
                )
