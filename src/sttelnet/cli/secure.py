"""A client's end of TLS: whom it believes, and a connection that two threads may use."""

from __future__ import annotations

import select
import socket
import ssl
import threading

from sttelnet.cli.line import SEND_TIMEOUT


def client_context(cafile: str | None, *, insecure: bool) -> ssl.SSLContext | str:
    """Return what a host's certificate is judged with, or why the file of authorities cannot be used."""
    try:
        context = ssl.create_default_context(cafile=cafile)
    except OSError as error:  # ssl.SSLError is one
        return f"{cafile}: {error.strerror or 'no certificates'}"
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class TlsLine:
    """A connection over TLS, as a socket. OpenSSL's own object is for one thread at a time: a lock sees to that."""

    def __init__(self, line: ssl.SSLSocket) -> None:
        self._line = line
        self._one = threading.Lock()

    @property
    def kind(self) -> str:
        """How it is encrypted."""
        return f", {(self._line.version() or 'TLS').replace('TLSv', 'TLS ')}"

    def wait(self, seconds: float) -> bool:
        """Wait until something can be read; part of what was sent may be here already."""
        return self._line.pending() > 0 or bool(select.select([self._line], [], [], seconds)[0])

    def recv(self, size: int) -> bytes:
        """Return what has come. Raises BlockingIOError where that is not yet a whole record, OSError."""
        with self._one:
            self._line.settimeout(0)
            try:
                return self._line.recv(size)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise BlockingIOError from None

    def sendall(self, data: bytes) -> None:
        """Send bytes. Raises OSError."""
        with self._one:
            self._line.settimeout(SEND_TIMEOUT)
            self._line.sendall(data)

    def finish(self) -> bool:
        """Nothing more will be sent. False: TLS has no half-closed connection, so the host was not told."""
        return False

    def hang_up(self) -> None:
        """End the connection."""
        with self._one:
            self._line.shutdown(socket.SHUT_RDWR)


def describe(error: OSError) -> str:
    """Return why a handshake failed."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            return f"no TLS there: {error.reason or error}"
        case _:
            return error.strerror or str(error)
