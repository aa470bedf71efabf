"""The local control socket: the command line asks a running daemon something, or to do something.

One request and one response on a connection, each a JSON object on one line. Who may ask is decided by the file
system: a Unix socket of mode 0600 in the data folder, or (on Windows, and where the folder's name is too long for a
socket's) a port on the loopback interface with a token in a file that only the owner reads.

The daemon's end is `sttelnet.control.serving`, which whoever only asks need not load.
"""

from __future__ import annotations

from sttelnet.control.asking import ask
from sttelnet.control.wire import Request, Response

__all__ = ["Request", "Response", "ask"]
