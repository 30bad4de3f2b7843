"""The command line of a script, as its code declares it: argparse, click, typer and Hugging Face's dataclasses.

Called by `scripts`. Pure. Only what stands as a literal is told: a default that is computed is none. A flag without
its own spelling is given the usual one, `--max-steps` for typer and `--max_steps` for `HfArgumentParser`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from seatrial.adopt.found import Option
from seatrial.adopt.script_paths import Paths

Literal = str | int | float | bool | None
_SWITCHES = ("store_true", "store_false", "count")
_TRAINING = ("output_dir", "max_steps", "num_train_epochs", "per_device_train_batch_size", "learning_rate", "seed")
"""Options that `TrainingArguments` brings, of those that matter here."""


def read_options(nodes: Sequence[ast.AST], paths: Paths) -> tuple[str | None, tuple[Option, ...], tuple[str, ...]]:
    """Which parser the script uses, its options, and the names of the variables that hold what was parsed."""
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    if any(paths.named(call.func).endswith("HfArgumentParser") for call in calls):
        return (
            "HfArgumentParser",
            tuple(_dataclasses(nodes, calls, paths)),
            _parsed(nodes, "parse_args_into_dataclasses"),
        )
    clicked = tuple(_clicked(calls, paths))
    if clicked:
        return "click", clicked, ()
    typed = tuple(_typed(nodes, calls, paths))
    if typed:
        return "typer", typed, ()
    added = tuple(
        option
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument" and (option := _added(call, paths))
    )
    return ("argparse" if added else None), added, _parsed(nodes, "parse_args") + _parsed(nodes, "parse_known_args")


def _literal(node: ast.expr | None, paths: Paths) -> Literal:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        return -value if isinstance(value, int | float) and not isinstance(value, bool) else None
    found = paths.path(node) if node is not None else None
    return found[0] if found is not None and found[1] else None


def _words(call: ast.Call) -> dict[str, ast.expr]:
    return {word.arg: word.value for word in call.keywords if word.arg}


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _choices(node: ast.expr | None) -> tuple[str, ...]:
    if not isinstance(node, ast.List | ast.Tuple):
        return ()
    return tuple(one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _flags(call: ast.Call) -> list[str]:
    return [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _longest(flags: list[str]) -> str:
    return max((flag for flag in flags if flag.startswith("-")), key=len, default="")


def _added(call: ast.Call, paths: Paths) -> Option | None:
    flags, words = _flags(call), _words(call)
    if not flags:
        return None
    flag = _longest(flags)
    action = words.get("action")
    switch = isinstance(action, ast.Constant) and action.value in _SWITCHES
    nargs = words.get("nargs")
    optional = isinstance(nargs, ast.Constant) and nargs.value in ("?", "*")
    dest = words.get("dest")
    name = (
        dest.value
        if isinstance(dest, ast.Constant) and isinstance(dest.value, str)
        else (flag or flags[0]).lstrip("-").replace("-", "_")
    )
    return Option(
        flag=flag,
        name=name,
        line=call.lineno,
        default=_literal(words.get("default"), paths),
        required=(not flag and not optional) or _is_true(words.get("required")),
        choices=_choices(words.get("choices")),
        switch=switch,
    )


def _clicked(calls: list[ast.Call], paths: Paths) -> Iterator[Option]:
    for call in calls:
        name = paths.named(call.func)
        if name not in ("click.option", "click.argument"):
            continue
        flags, words = _flags(call), _words(call)
        flag = _longest([one.partition("/")[0] for one in flags])
        plain = [one for one in flags if not one.startswith("-")]
        default = _literal(words.get("default"), paths)
        required = _is_true(words.get("required")) or (name == "click.argument" and "default" not in words)
        yield Option(
            flag=flag,
            name=(plain[0] if plain else flag.lstrip("-")).replace("-", "_").lower(),
            line=call.lineno,
            default=default,
            required=required and not (name == "click.argument" and _false(words.get("required"))),
            switch=_is_true(words.get("is_flag")),
        )


def _false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _typed(nodes: Sequence[ast.AST], calls: list[ast.Call], paths: Paths) -> Iterator[Option]:
    """The parameters of the function that typer runs: the one given to `typer.run`, or the only `@app.command()`."""
    run = {
        chain.id
        for call in calls
        if paths.named(call.func) == "typer.run"
        for chain in call.args
        if isinstance(chain, ast.Name)
    }
    apps = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and paths.named(node.value.func) == "typer.Typer"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    functions = [
        node for node in nodes if isinstance(node, ast.FunctionDef) and (node.name in run or _is_command(node, apps))
    ]
    if len(functions) != 1:
        return
    arguments = functions[0].args.args
    defaults: list[ast.expr | None] = [None] * (len(arguments) - len(functions[0].args.defaults)) + list(
        functions[0].args.defaults
    )
    for argument, default in zip(arguments, defaults, strict=True):
        kind = paths.named(default.func) if isinstance(default, ast.Call) else ""
        given = (
            default.args[0] if isinstance(default, ast.Call) and kind.startswith("typer.") and default.args else default
        )
        ellipsis = isinstance(given, ast.Constant) and given.value is Ellipsis
        positional = default is None or kind == "typer.Argument"
        yield Option(
            flag="" if positional else f"--{argument.arg.replace('_', '-')}",
            name=argument.arg,
            line=argument.lineno,
            default=_literal(given, paths),
            required=default is None or ellipsis,
            switch=isinstance(given, ast.Constant) and isinstance(given.value, bool),
        )


def _is_command(node: ast.FunctionDef, apps: set[str]) -> bool:
    for decorator in node.decorator_list:
        func = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (
            isinstance(func, ast.Attribute)
            and func.attr == "command"
            and isinstance(func.value, ast.Name)
            and func.value.id in apps
        ):
            return True
    return False


def _dataclasses(nodes: Sequence[ast.AST], calls: list[ast.Call], paths: Paths) -> Iterator[Option]:
    """Fields of the dataclasses that HfArgumentParser is given."""
    given: list[str] = []
    for call in calls:
        if paths.named(call.func).endswith("HfArgumentParser") and call.args:
            first = call.args[0]
            given += [paths.named(one) for one in (first.elts if isinstance(first, ast.Tuple | ast.List) else [first])]
    by_name = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    for name in given:
        if name.rpartition(".")[2].endswith("TrainingArguments") and name not in by_name:
            for one in _TRAINING:
                yield Option(flag=f"--{one}", name=one, line=calls[0].lineno, required=one == "output_dir")
            continue
        for field in by_name[name].body if name in by_name else ():
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                value = _words(field.value).get("default") if isinstance(field.value, ast.Call) else field.value
                has_default = field.value is not None and (
                    not isinstance(field.value, ast.Call)
                    or bool({"default", "default_factory"} & _words(field.value).keys())
                )
                yield Option(
                    flag=f"--{field.target.id}",
                    name=field.target.id,
                    line=field.lineno,
                    default=_literal(value, paths),
                    required=not has_default,
                    switch=isinstance(value, ast.Constant) and isinstance(value.value, bool),
                )


def _parsed(nodes: Sequence[ast.AST], method: str) -> tuple[str, ...]:
    """Names that hold what was parsed: `args = parser.parse_args()`, and the parameter of a function it is given to."""
    found: dict[str, None] = {}
    for node in nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        func = node.value.func
        if isinstance(func, ast.Attribute) and func.attr == method:
            for target in node.targets:
                for one in target.elts if isinstance(target, ast.Tuple) else [target]:
                    if isinstance(one, ast.Name):
                        found[one.id] = None
    if any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method
        for node in nodes
    ):
        found |= dict.fromkeys(("args", "opt", "opts"))
    return tuple(found)
