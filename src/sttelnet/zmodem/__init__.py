"""ZModem, stand-alone: the standard library is all it needs, and it does no I/O.

`Sender` and `Receiver` are machines with the same verbs: `receive_data(bytes)` takes what the other side sent,
`data_to_send()` gives what to send, `events()` tells what happened, and `timeout(now)` is told the time and says
when it wants to be told again. Connections, files and clocks are the driver's:

    receiver = Receiver()
    while not receiver.over:
        connection.write(receiver.data_to_send())
        receiver.receive_data(connection.read(until=receiver.timeout(clock())))
        while receiver.behind: receiver.receive_data(b"")
        for event in receiver.events():
            match event:
                case Offer(info): receiver.accept()
                case Data(_, data): file.write(data)
                case FileEnd(): receiver.complete()
    connection.write(receiver.data_to_send())

A sender says `Ready` for each file, answered by `offer` or `finish`; from `Started` on, `wanted()` names the piece of
the file to `supply` next. On `Rewound` a driver drops what it has queued and not yet written.

A name in an `Offer` is the peer's: take no path from it. After `Cancelled` or `Failed`, swallow input until it is
quiet before anybody else reads it. `python -m sttelnet.zmodem` sends and receives over standard input and output.
"""

from __future__ import annotations

from sttelnet.zmodem.events import (
    Cancelled,
    CommandRefused,
    CrcWanted,
    Data,
    Event,
    Failed,
    FileEnd,
    FileLost,
    Finished,
    Missed,
    Offer,
    Proof,
    Ready,
    Reason,
    Refusal,
    Refused,
    Rewound,
    Sent,
    Skipped,
    Started,
)
from sttelnet.zmodem.frames import ABORT
from sttelnet.zmodem.info import FileInfo
from sttelnet.zmodem.link import CLEAN, NVT, TELNET, Link
from sttelnet.zmodem.receiver import Receiver
from sttelnet.zmodem.receiving import ReceiveOptions
from sttelnet.zmodem.sender import Sender
from sttelnet.zmodem.sending import SendOptions
from sttelnet.zmodem.stream import Span

__all__ = [
    "ABORT",
    "CLEAN",
    "NVT",
    "TELNET",
    "Cancelled",
    "CommandRefused",
    "CrcWanted",
    "Data",
    "Event",
    "Failed",
    "FileEnd",
    "FileInfo",
    "FileLost",
    "Finished",
    "Link",
    "Missed",
    "Offer",
    "Proof",
    "Ready",
    "Reason",
    "ReceiveOptions",
    "Receiver",
    "Refusal",
    "Refused",
    "Rewound",
    "SendOptions",
    "Sender",
    "Sent",
    "Skipped",
    "Span",
    "Started",
]
