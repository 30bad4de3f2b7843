"""What can go wrong between us and a forge, as errors that their catcher can tell apart.

    OutsideError
    └── ForgeError             the forge did not do what was asked
        ├── UnreachableError   no answer, or 5xx, or too many requests, after all patience
        ├── ForbiddenError     401 or 403: the token may not do this
        ├── GoneError          404 or 410: there is no such thing, or none that the token may see
        ├── RefusedError       409, 422 or another 4xx: the request itself was refused
        └── OvertakenError     a later run has spoken of this commit already
    UsageError
    └── AddressError           an address that may not be asked

Raised by the adapters in this folder, caught by the flow that posts: one thing that cannot be posted never keeps
the others back. No message holds a token, a header or the body of an answer beyond its own message, which is plain.
"""

from __future__ import annotations

from seatrial.errors import OutsideError, UsageError


class ForgeError(OutsideError):
    """The forge did not do what was asked of it."""


class UnreachableError(ForgeError):
    """It gave no answer, or said that it cannot now.

    `may_be_done`: the request may have been carried out all the same, so what is there must be looked at before it is
    made again. `lasting`: asking again at once would end in the same way.
    """

    def __init__(
        self, message: str, *, next_step: str | None = None, may_be_done: bool = False, lasting: bool = False
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.may_be_done = may_be_done
        self.lasting = lasting


class ForbiddenError(ForgeError):
    """The token may not do this."""


class GoneError(ForgeError):
    """There is no such thing, or none that the token may see."""


class RefusedError(ForgeError):
    """The request was understood and refused. `status` is what the forge answered, None where we refused its answer."""

    def __init__(self, message: str, *, next_step: str | None = None, status: int | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.status = status


class OvertakenError(ForgeError):
    """A later run has spoken of this commit already, and the earlier one must not have the last word."""


class AddressError(UsageError):
    """An address that may not be asked: it leads into a private network, or is none."""
