"""Whether a text is YAML that a forge would read: after a merge of three texts, each of which was. Pure.

Called by `workflow_files`. Git merges lines and knows nothing of what they mean: two edits that do not touch can leave
a key twice, or a block one step too deep. A forge would then run nothing of the file, and tell nobody.

Subtle: what people write for a forge has anchors and tags of its own, so nothing is resolved here, only composed.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def fault(text: str) -> str | None:
    """Why a forge could not read a text, in words, or None. Keys that stand twice are such a reason."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "it cannot be read"
        return f"line {mark.line + 1}: {what}" if mark is not None else what
    return next(_twice(root), None)


def _twice(root: yaml.Node | None) -> Iterator[str]:
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))  # an alias is the very node of its anchor
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                    if key.value in names:
                        yield f"line {key.start_mark.line + 1}: `{key.value}` stands twice"
                    names.add(key.value)
                waiting.append(value)
