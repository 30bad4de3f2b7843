"""Calls in Python files by which a model becomes known elsewhere: registered, pushed to a hub, uploaded. Pure.

Called by `tree_look.py` with files that have one of `NEEDLES` in their bytes. The syntax tree is read, so that what a
comment or a docstring says is nothing; names are followed through `import ... as`. A method is only believed to be
that of a library where the file imports the library.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator

from seatrial.adopt.doctor.command_words import MODEL_SUFFIXES, pushed_model
from seatrial.adopt.doctor.facts import Call, Command

NEEDLES = (
    b"register_model", b"registered_model_name", b"transition_model_version_stage", b"create_model_version",
    b"set_registered_model_alias", b"push_to_hub", b"log_artifact", b"link_model", b"log_model", b"link_artifact",
    b"upload_folder", b"upload_file", b"dvc push", b"aws s3", b"'push'", b'"push"', b"upload_large_folder",
)  # fmt: skip
_MLFLOW = frozenset({
    "register_model", "transition_model_version_stage", "create_model_version", "set_registered_model_alias",
    "create_registered_model",
})  # fmt: skip
_WANDB = frozenset({"link_model", "log_model", "link_artifact"})
_HUBS = frozenset({
    "adapters", "diffusers", "huggingface_hub", "peft", "sentence_transformers", "setfit", "timm", "transformers",
    "trl", "unsloth",
})  # fmt: skip
_DATA_NAMES = ("data", "dataset", "datasets", "ds", "rows", "corpus")
_RUNNERS = frozenset({"subprocess.run", "subprocess.check_call", "subprocess.call", "subprocess.Popen",
                      "subprocess.check_output", "os.system", "os.popen"})  # fmt: skip
_LARGEST = 1 << 20


def model_calls(path: str, data: bytes) -> tuple[Call, ...]:
    """The calls of one file; none where it cannot be parsed."""
    if len(data) > _LARGEST:
        return ()
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(Call(file=path, line=line, what=what) for line, what in _Reader(tree).calls())


class _Reader:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._names: dict[str, str] = {}
        self._imported: set[str] = set()
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    for one in names:
                        self._imported.add(one.name.partition(".")[0])
                        self._names[one.asname or one.name.partition(".")[0]] = (
                            one.name if one.asname else one.name.partition(".")[0]
                        )
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    self._imported.add(module.partition(".")[0])
                    self._names.update({one.asname or one.name: f"{module}.{one.name}" for one in names})
                case _:
                    pass

    def calls(self) -> Iterator[tuple[int, str]]:
        """Each line once, with what is done there."""
        told: dict[int, str] = {}
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call):
                what = self._what(node)
                if what is not None:
                    told.setdefault(node.lineno, what)
        yield from sorted(told.items())

    def _what(self, call: ast.Call) -> str | None:
        name = self._dotted(call.func)
        leaf = name.rpartition(".")[2]
        words = {one.arg: one.value for one in call.keywords if one.arg is not None}
        return (
            self._of_mlflow(leaf, words)
            or self._of_wandb(leaf, call, words)
            or self._of_hub(name, leaf, words)
            or self._of_store(leaf, call)
            or self._of_program(name, call)
        )

    def _of_mlflow(self, leaf: str, words: dict[str, ast.expr]) -> str | None:
        if "mlflow" not in self._imported:
            return None
        if leaf in _MLFLOW:
            return f"`{leaf}` makes a model known to MLflow's registry"
        named = words.get("registered_model_name")
        if named is not None and not _is(named, None):
            return f"`{leaf}` with `registered_model_name` registers a model with MLflow"
        return None

    def _of_wandb(self, leaf: str, call: ast.Call, words: dict[str, ast.expr]) -> str | None:
        if "wandb" not in self._imported:
            return None
        if leaf in _WANDB and leaf != "link_artifact":
            return f"`{leaf}` makes a model known to wandb's registry"
        kind = words.get("type") or (call.args[2] if len(call.args) > 2 else None)
        if leaf == "log_artifact" and kind is not None and _is(kind, "model"):
            return "`log_artifact` of type model makes a model known to wandb"
        if leaf in ("log_artifact", "link_artifact") and self._makes_model_artifact():
            return f"`{leaf}` makes a model known to wandb"
        return None

    def _makes_model_artifact(self) -> bool:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call) and self._dotted(node.func).rpartition(".")[2] == "Artifact":
                kinds = [one.value for one in node.keywords if one.arg == "type"] or node.args[1:2]
                if any(_is(kind, "model") for kind in kinds):
                    return True
        return False

    def _of_hub(self, name: str, leaf: str, words: dict[str, ast.expr]) -> str | None:
        if not self._imported & _HUBS:
            return None
        owner = name.rpartition(".")[0].rpartition(".")[2].lower()
        if leaf == "push_to_hub" and not any(part in owner.split("_") or owner == part for part in _DATA_NAMES):
            return "`push_to_hub` uploads a model"
        if "push_to_hub" in words and _is(words["push_to_hub"], True):
            return f"`{leaf}(push_to_hub=True)` uploads a model while it trains"
        if leaf in ("upload_folder", "upload_file", "upload_large_folder") and "huggingface_hub" in self._imported:
            kind = words.get("repo_type")
            if kind is None or _is(kind, "model") or _is(kind, None):
                return f"`{leaf}` uploads a model to the hub"
        return None

    def _of_store(self, leaf: str, call: ast.Call) -> str | None:
        if leaf in ("upload_file", "upload_fileobj") and self._imported & {"boto3", "botocore"}:
            named = [one for one in (*call.args, *(word.value for word in call.keywords)) if _text(one)]
            if any(_text(one).endswith(MODEL_SUFFIXES) for one in named):
                return f"`{leaf}` copies a model into a bucket"
        return None

    def _of_program(self, name: str, call: ast.Call) -> str | None:
        if name not in _RUNNERS or not call.args:
            return None
        first = call.args[0]
        try:
            words = (
                [_text(one) for one in first.elts]
                if isinstance(first, ast.List | ast.Tuple)
                else shlex.split(_text(first))
            )
        except ValueError:
            return None
        return pushed_model(Command(words=tuple(words), line=call.lineno)) if words and words[0] else None

    def _dotted(self, node: ast.expr) -> str:
        """The name of what is called, imports resolved: `mlflow.register_model`; what is no name is left out."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            parts.append(self._names.get(node.id, node.id))
        return ".".join(reversed(parts))


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is type(value) and node.value == value


def _text(node: ast.expr) -> str:
    """A literal text; for one with values filled in, a word in their place."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "EXPRESSION" for part in node.values)
    return ""
