"""Every exception sttelnet raises on purpose.

SttelnetError
├── ChannelClosed      the client is gone, or did not read for too long
├── ConfigError        config.toml cannot be used; carries every problem found
├── TreeError          a tree that cannot be served (no root, or a broken root or login)
├── StoreError         the database cannot do what was asked; nothing was half done
│   ├── StoreTooNew    the file was written by a newer sttelnet
│   └── StoreBusy      another process holds the file
├── AskInterrupted     the client pressed Ctrl-C at a handler's question; the session reads it as "back"
├── ShellFailed        a shell cannot be started, or a command could not be run in one
└── WrongThread        a plain handler called what only async handlers may call
"""

from __future__ import annotations

from collections.abc import Sequence


class SttelnetError(Exception):
    """Base of every deliberate exception."""


class ChannelClosed(SttelnetError):  # noqa: N818 - an event, as asyncio.CancelledError is
    """The client is gone, or did not read for too long."""


class ConfigError(SttelnetError):
    """config.toml cannot be used; `problems` holds one line for each fault, `file:line: what (cure)`."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class TreeError(SttelnetError):
    """The script tree cannot be served."""


class StoreError(SttelnetError):
    """The database cannot do what was asked; nothing was half done."""


class StoreTooNew(StoreError):  # noqa: N818 - says what the file is
    """The database file was written by a newer sttelnet."""


class StoreBusy(StoreError):  # noqa: N818 - says what the file is
    """Another process holds the database for longer than the busy time-out."""


class AskInterrupted(SttelnetError):  # noqa: N818 - says what happened
    """The client pressed Ctrl-C at a handler's question; uncaught, the session takes it as "back"."""


class WrongThread(SttelnetError):  # noqa: N818 - says what happened
    """A plain handler called something that only an `async def` handler may call."""


class ControlUnavailable(SttelnetError):  # noqa: N818 - says what the socket is
    """No daemon can be asked over its control socket."""


class ControlTaken(ControlUnavailable):
    """Another daemon has its data in the same folder."""


class HttpUnavailable(SttelnetError):  # noqa: N818 - says what the port is
    """The port of /healthz and /metrics cannot be listened on."""


class TlsUnavailable(SttelnetError):  # noqa: N818 - says what the port is
    """The port of TLS cannot be listened on."""


class DiskHung(SttelnetError):  # noqa: N818 - says what happened
    """A disk has not answered for so long that a transfer cannot wait for it."""


class ShellFailed(SttelnetError):  # noqa: N818 - says what happened
    """A shell cannot be started, or a command could not be run in one; a sentence for people."""
