"""The tools that check data beside Seatrial, each in an environment of its own, at pinned versions.

Several cannot be imported as their index resolves them; what is pinned besides the tool itself is what it
takes to repair that (`docs/benchmarks.md`). What a peer is asked, and in which configuration, stands at the head of its
worker in `benchmarks/data/workers/`.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers import Tool, Work


def _nothing(_folder: Path, _work: Work) -> None:
    """Data tools are given files, not stages."""


def _tool(name: str, *requirements: str) -> Tool:
    return Tool(name=name, requirements=requirements, declare=_nothing, arguments=("python",), keeps=())


EVIDENTLY = _tool("evidently", "evidently==0.7.23", "pandas==2.3.3", "numpy<2.4", "pyarrow==26.0.1")
GREAT_EXPECTATIONS = _tool("great_expectations", "great_expectations==1.24.1", "pandas<3", "pyarrow==26.0.1")
PANDERA = _tool("pandera", "pandera[pandas,strategies]==0.35.0", "pandas<3", "pyarrow==26.0.1", "pyyaml>=6")
DEEPCHECKS = _tool(
    "deepchecks", "deepchecks==0.19.1", "setuptools<80", "numpy<2", "scikit-learn<1.5", "category_encoders<2.7",
    "pyarrow<19", "pandas<2.3", "ipython<9",
)  # fmt: skip
NANNYML = _tool("nannyml", "nannyml==0.13.1", "pandas<3", "statsmodels", "pyarrow")
SCIPY = _tool("scipy", "scipy==1.17.1", "polars==2.1.0", "numpy<2.5")

PEERS = (EVIDENTLY, GREAT_EXPECTATIONS, PANDERA, DEEPCHECKS, NANNYML, SCIPY)

QUIET = {
    "OMP_NUM_THREADS": "2", "DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1", "GX_ANALYTICS_ENABLED": "false",
    "DISABLE_DEEPCHECKS_ANALYTICS": "1", "DISABLE_LATEST_VERSION_CHECK": "1", "DISABLE_PANDERA_IMPORT_WARNING": "1",
}  # fmt: skip
"""No peer reports to anybody who uses it."""
