"""What ran a stage: interpreter, platform and installed distributions, and its identity.

Pure. Built by `interpreter`, put into keys by the pipeline, compared by `why`.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial import digest
from seatrial.environment.gpus import UNKNOWN


class Environment(Struct, frozen=True, kw_only=True):
    """One interpreter with everything installed in it.

    `executable` is where it lies on this machine and takes no part in the identity. `python` is
    the full version; only x.y counts. `distributions` maps a normalised name to
    `VERSION BUILD`, BUILD being a digest of the wheel's tags and origin. `gpu` is the capability of
    the devices that stages may use; it counts only for stages that ask for some.
    """

    executable: str
    python: str
    implementation: str
    system: str
    machine: str
    distributions: Mapping[str, str] = field(default_factory=dict)
    gpu: str = UNKNOWN

    @property
    def minor(self) -> str:
        """`3.11` for 3.11.7."""
        return ".".join(self.python.split(".")[:2])

    @property
    def platform_class(self) -> str:
        """`linux-x86_64-cpython3.11`: what outputs are expected to agree on."""
        return f"{self.system}-{self.machine}-{self.implementation}{self.minor}"

    def platform_for(self, gpus: int) -> str:
        """The platform class of a stage: with GPUs, how many and of which capability is part of it."""
        return f"{self.platform_class}; {gpus} gpu {self.gpu}" if gpus else self.platform_class

    def identity(self) -> str:
        """The digest over Python x.y and every distribution's name, version and build."""
        return digest.of_record(
            "environment/1",
            {"python": f"{self.implementation} {self.minor}", "distributions": dict(self.distributions)},
        )
