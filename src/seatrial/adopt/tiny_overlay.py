"""Parameters that make a dear training small enough for a pull request on a CPU.

Called by `proposing`. Pure. Only parameters that the repository has are overlaid, told by their names, and only where
they reach a script: through its command line, or because it opens the file that `$SEATRIAL_PARAMS` names. For a
fine-tuning without such parameters the lines that would bring them are shown instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.adopt import snippets
from seatrial.adopt.found import Found
from seatrial.adopt.proposal import Snippet, Value
from seatrial.adopt.script_stage import ScriptStage
from seatrial.config.params import leaves

_STEPS = re.compile(r"(?:max_|num_|n_)?(?:train_|training_)?steps\Z|max_iterations\Z")
_ROWS = re.compile(
    r"(?:max|num|n)_(?:train_|eval_|val_|test_)?(?:samples|rows|examples)\Z|(?:train_|eval_)?(?:subset_rows|limit)\Z"
)
_EPOCHS = re.compile(r"(?:num_|n_|max_)?(?:train_)?epochs\Z")
_TINY = re.compile(r"tiny(?:_model)?\Z|random_init\Z|from_scratch\Z|use_tiny\w*\Z|smoke(?:_test)?\Z|debug\Z")
_TINY_MODEL = re.compile(r"(?:use_)?tiny\w*\Z")
"""Of these switches, those that say it of the model: `debug` may leave it as large as it is."""
STEPS, ROWS = 2, 64


class Overlay(Struct, frozen=True, kw_only=True):
    """What a pull request overlays, what is shown instead, and whether the training is a fine-tuning."""

    params: Mapping[str, Value] = field(default_factory=dict)
    shown: tuple[Snippet, ...] = ()
    dear: bool = False

    @property
    def tiny(self) -> bool:
        """Whether a switch makes the model itself tiny, not only its training short."""
        return any(_TINY_MODEL.match(_word(name)) for name in self.params)

    def without(self) -> Overlay:
        """The same for a training whose figures alone are judged: it must not be made small."""
        return Overlay(shown=self.shown)


def overlay_of(found: Found, stages: list[ScriptStage]) -> Overlay:
    """The overlay for the stages of one model."""
    tuned = [stage for stage in stages if "transformers" in stage.script.imports]
    torch = [stage for stage in stages if stage.script.imports & {"torch", "tensorflow", "keras"}]
    if not tuned and not torch:
        return Overlay()
    reaching = {name for stage in stages for name in _reaching(found, stage)}
    values = dict(leaves(found.params[1])) if found.params is not None else {}
    params: dict[str, Value] = {}
    for name, value in values.items():
        small = _small(_word(name), value, fine_tuning=bool(tuned))
        if small is not None and name in reaching:
            params[name] = small
    if not tuned:
        return Overlay(params=params, dear=True)
    shown: list[Snippet] = []
    if not any(_TINY.match(_word(name)) for name in params):
        first = tuned[0].script
        if found.params is not None and first.path and not params and any(stage.stage.params for stage in tuned):
            shown.append(snippets.params_snippet(first, found.params[0]))
        shown.append(snippets.tiny_snippet(first))
    return Overlay(params=params, shown=tuple(shown))


def _word(name: str) -> str:
    return name.rpartition(".")[2].replace("-", "_")


def _small(name: str, value: object, *, fine_tuning: bool) -> Value:
    if isinstance(value, bool):
        return True if fine_tuning and _TINY.match(name) and not value else None
    if value is not None and not isinstance(value, int | float):
        return None
    if _EPOCHS.match(name):
        return 1 if value is not None and value > 1 else None
    if not fine_tuning:
        return None
    if _STEPS.match(name):
        return STEPS
    return ROWS if _ROWS.match(name) else None


def _reaching(found: Found, stage: ScriptStage) -> set[str]:
    """Parameters whose value of the run the script gets."""
    values = dict(leaves(found.params[1])) if found.params is not None else {}
    if stage.stage.params and stage.script.of_run:
        return {name for name in values if name.partition(".")[0] in stage.stage.params}
    return {name for name in values if f"${{params.{name}}}" in stage.stage.cmd}
