"""A process that sends one blob to a bucket, or brings it from there, until it is done or killed.

Called by the fault tests as `python -m tests.support.uploader up|down STORE NAME`, with the bucket in the
environment. The size of a part is the real one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from seatrial.store.transfers import Transfers
from tests.support.buckets import client


def main() -> None:
    """Do it, and say so."""
    direction, store, name = sys.argv[1:]
    transfers = Transfers(objects=client(os.environ, request=60.0), prefix="big/", local=Path(store))
    if direction == "up":
        transfers.upload([name])
    else:
        transfers.download([name])
    print("done", flush=True)


if __name__ == "__main__":
    main()
