"""The port of telnet over TLS: the certificate it shows, who is shaking hands, and what the log says of it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sttelnet.config import TlsConfig
from sttelnet.errors import ConfigError, TlsUnavailable
from sttelnet.logs import event_logger
from sttelnet.server.certificate import Credential, end_words, read_credential
from sttelnet.server.door import spare_memory
from sttelnet.server.listeners import addresses, listen, listening_fault, shown

LOOK: Final = 86_400.0  # seconds between two looks at the certificate's end

log = event_logger(__name__)


class Tls:
    """The certificate in use. A new one counts for handshakes from then on; who is on stays on."""

    def __init__(self, credential: Credential, home: Path) -> None:
        self._credential = credential
        self._home = home
        self.turn = asyncio.Lock()  # of the handshakes: see Door.open

    @classmethod
    async def start(cls, config: TlsConfig, home: Path) -> Tls:
        """Read the certificate. Raises ConfigError."""
        credential = await asyncio.to_thread(read_credential, config, home)
        if isinstance(credential, str):
            raise ConfigError([credential])
        spare_memory()
        tls = cls(credential, home)
        tls.warn()
        return tls

    @property
    def context(self) -> ssl.SSLContext:
        """What the next handshake is made with."""
        return self._credential.context

    async def read(self, config: TlsConfig) -> Credential | str:
        """Read the certificate as a new config has it; return a sentence where it cannot be used."""
        return await asyncio.to_thread(read_credential, config, self._home)

    def take(self, credential: Credential) -> None:
        """Show another certificate from now on."""
        self._credential = credential
        self.warn()

    def warn(self) -> None:
        """Say in the log what is wrong with the certificate, or will be soon."""
        words = end_words(self._credential.dates)
        if words is not None:
            log.warning("tls.certificate: %s %s", self._credential.certificate, words)
        for warning in self._credential.warnings:
            log.warning("%s", warning)

    async def watch(self) -> None:
        """Look at the certificate's end every day: a daemon runs longer than a certificate."""
        while True:
            await asyncio.sleep(LOOK)
            self.warn()


@asynccontextmanager
async def listening(
    config: TlsConfig, factory: Callable[[], asyncio.Protocol], announce: Callable[[str], None]
) -> AsyncIterator[list[asyncio.Server]]:
    """Listen on the port of TLS while the block runs. Raises TlsUnavailable."""
    try:
        listeners = await listen(config.listen, config.port, factory)
    except OSError as error:
        raise TlsUnavailable(listening_fault(error, "tls", config.listen, config.port)) from error
    try:
        announce("listening telnets " + ", ".join(map(shown, addresses(listeners))))
        yield listeners
    finally:
        for listener in listeners:
            listener.close()
