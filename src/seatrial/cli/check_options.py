"""Which options `seatrial check` takes where it does not check a file: a project's datasets are judged as
`seatrial.yaml` says, their history is only shown, and `--infer` writes a contract instead.

Called by `cli/check.py`, and loaded with it, so everything heavier than click is imported inside.

What is subtle: an option that would be read by nobody is refused, never passed over: whoever types `--label` believes
that leakage was looked for. So what is taken is listed here and all others are refused, those to come included.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.core import ParameterSource

_OF_A_PROJECT = frozenset({"data", "examples", "jobs", "as_json"})
_OF_HISTORY = frozenset({"data", "history", "as_json"})
_OF_INFERRING = frozenset({"data", "infer", "output", "ids", "cache", "jobs", "as_json"})
_IN_CONTRACTS = ("label", "prediction", "cluster", "id")


def refuse_other_options(context: click.Context, name: str | None, *, history: bool, version: bool) -> None:
    """Raise UsageError for the first option that means nothing here, with what to type instead. `version`: the
    reference is a recorded one, which a project takes."""
    taken = _OF_HISTORY if history else _OF_A_PROJECT | ({"reference"} if version else set())
    for option in _given_besides(context, taken):
        _refuse(option, name, history=history)


def refuse_beside_infer(context: click.Context) -> None:
    """Raise UsageError for an option that judges, or shows what was judged, where nothing is."""
    from seatrial.errors import UsageError

    for option in _given_besides(context, _OF_INFERRING):
        raise UsageError(
            f"--infer writes a contract and checks nothing, so it takes no {option}",
            next_step=f"leave {option} out, and check with the new contract",
        )


def _given_besides(context: click.Context, taken: frozenset[str]) -> Iterator[str]:
    """The options that were typed and are not among those that are taken."""
    for parameter in context.command.params:
        key = parameter.name or ""
        if key not in taken and context.get_parameter_source(key) is ParameterSource.COMMANDLINE:
            yield parameter.opts[0]


def _refuse(option: str, name: str | None, *, history: bool) -> None:
    from seatrial.cli.check_names import path_of
    from seatrial.errors import UsageError

    if history:
        raise UsageError(f"--history shows what was recorded and takes no {option}", next_step=f"leave {option} out")
    if option == "--output":
        raise UsageError("--output says where --infer writes", next_step="add --infer, or leave --output out")
    file = "FILE" if name is None else path_of(name)  # a name that is none is a mistyped file, and is told as that
    if option == "--cache":
        raise UsageError(
            "--cache needs a file to check; a project remembers profiles of its datasets by itself",
            next_step=f"leave --cache out, or type seatrial check {file} --cache ...",
        )
    key = option.removeprefix("--")
    contract = f", or write `{key}:` in the contract of the dataset" if key in _IN_CONTRACTS else ""
    raise UsageError(
        f"{option} needs a file to check; datasets of a project are checked as seatrial.yaml says",
        next_step=f"seatrial check {file} {option} ...{contract}",
    )
