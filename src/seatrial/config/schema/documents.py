"""The JSON Schemas that `seatrial config --schema` prints, for editors.

Draft-07 is what is written: it is what yaml-language-server, and whatever else completes YAML, has read the longest,
and nothing of the newer drafts is needed here. A schema says what the loader would say of a file's shape. What refers
to what, and circles, only the loader tells, so a file without a line under it in an editor is not yet one that loads.
"""

from __future__ import annotations

import json

from seatrial.config.schema.shapes import Schema

DRAFT = "http://json-schema.org/draft-07/schema#"
SCHEMAS = ("seatrial", "gates", "contract")
"""What there is a schema of; the first is `seatrial.yaml`."""


def schema_of(name: str) -> Schema:
    """The schema of one of `SCHEMAS`. Raises KeyError for another name."""
    match name:
        case "seatrial":
            from seatrial.config.schema.project import project

            made = project()
        case "gates":
            from seatrial.config.schema.gates import gates

            made = gates()
        case "contract":
            from seatrial.config.schema.contract import contract  # brings what judges data along

            made = contract()
        case _:
            raise KeyError(name)
    return {"$schema": DRAFT, **made}


def schema_text(name: str) -> str:
    """The same as JSON, one key a line."""
    return json.dumps(schema_of(name), indent=2) + "\n"
