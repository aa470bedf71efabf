"""`client.shell`: the host's command shell on a session's line."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sttelnet.channel import Line, Size
from sttelnet.config import ShellConfig
from sttelnet.shell.bridge import Bridge, Terms
from sttelnet.shell.environment import Account, default_command, environment, term
from sttelnet.shell.escape import key_of
from sttelnet.shell.pty import Launch
from sttelnet.shell.stay import Stay
from sttelnet.terminal import TerminalFacts


def launch_of(config: ShellConfig, facts: TerminalFacts) -> Launch:
    """Return what is started for a client, and how. Raises ShellFailed where the user does not exist."""
    from sttelnet.shell.platform import account_of, is_known_terminal

    account: Account | None = account_of(config.user)
    kind = term(facts.type, facts.charset, is_known_terminal, plain=facts.plain)
    return Launch(
        argv=config.command or default_command(account, os.environ),
        environment=environment(os.environ, account, kind, config.environment),
        size=Size(*facts.size),
        directory=config.directory or (account.home if account else os.environ.get("USERPROFILE", "")),
        user=config.user,
    )


class HostShell:
    """Opens shells on one client's line, one at a time."""

    def __init__(
        self, borrow: Callable[[], AbstractAsyncContextManager[Line]], config: ShellConfig, facts: TerminalFacts
    ) -> None:
        self._borrow, self._config, self._facts = borrow, config, facts

    async def open(self, stay: Stay, allowed: Callable[[], bool]) -> None:
        """Give the client a shell until one of the two ends; `stay` tells what came of it, whatever this raises.

        `allowed` is asked again and again. Raises ShellFailed where the shell cannot be started, ChannelClosed when
        the client hangs up.
        """
        config, facts = self._config, self._facts
        terms = Terms(
            charset=facts.charset,
            plain=facts.plain,
            escape=key_of(config.escape),
            escape_name=config.escape,
            idle=config.idle_timeout,
            allowed=allowed,
        )
        from sttelnet.shell.platform import spawn

        launch = launch_of(config, facts)
        async with self._borrow() as line:
            line.channel.bulk(True)
            try:
                await Bridge(line, await spawn(launch), terms, stay).run()
            finally:
                line.channel.bulk(False)
