"""The host's command shell: on a client's line, or driven command by command.

`spawn` starts a program on a pseudo terminal of this platform; the bridge carries it over a session's channel, and
`Command` runs commands in it one by one.
"""

from __future__ import annotations

from sttelnet.shell.command import Command, Result
from sttelnet.shell.host_shell import HostShell
from sttelnet.shell.pty import KILLED, Launch, Pty, Spawn
from sttelnet.shell.run import Runs
from sttelnet.shell.stay import Ending, Stay
from sttelnet.shell.watched import Watched

__all__ = ["KILLED", "Command", "Ending", "HostShell", "Launch", "Pty", "Result", "Runs", "Spawn", "Stay", "Watched"]
