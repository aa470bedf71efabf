"""File transfers: ZModem over a session's channel, with the disk at the other end.

`ZModem` is what handlers use as `client.zmodem`. `zmodem/` has the protocol, which does no I/O; here are its clock
and its bytes (`driver`), the files (`source`, `target`, `place`, in a `disk` thread), and what is told of it all
(`progress`, `report`, `ledger`).
"""

from __future__ import annotations

from sttelnet.transfer.ledger import Batch, Ledger, Mover, Received, SiteLedger
from sttelnet.transfer.progress import Progress
from sttelnet.transfer.report import Ending, FileReport, Report
from sttelnet.transfer.zmodem import ZModem

__all__ = [
    "Batch",
    "Ending",
    "FileReport",
    "Ledger",
    "Mover",
    "Progress",
    "Received",
    "Report",
    "SiteLedger",
    "ZModem",
]
