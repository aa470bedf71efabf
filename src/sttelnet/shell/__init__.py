"""The host's command shell: on a client's line, or driven command by command.

`spawn` starts a program on a pseudo terminal of this platform; the bridge carries it over a session's channel, and
`Command` runs commands in it one by one.
"""

from __future__ import annotations

from sttelnet.shell.pty import KILLED, Launch, Pty, Spawn

__all__ = ["KILLED", "Launch", "Pty", "Spawn"]
