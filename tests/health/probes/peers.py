"""What the tests of probes need: what the daemon would give, and servers on the loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sttelnet.administration import Figures
from sttelnet.health.figures import Host, Service
from sttelnet.health.plugin import Result
from sttelnet.health.probes import PROBES, Asked, Sources

HANG = 30.0  # seconds until a wait counts as a hang

NOTHING = Host()


def sources(
    host: Host = NOTHING, services: tuple[Service, ...] | None = (), daemon: Figures | None = None, home: Path = Path()
) -> Sources:
    async def answer() -> tuple[Service, ...] | None:
        return services

    return Sources(lambda: host, answer, lambda: daemon, home)


async def looked(name: str, asked: Asked, given: Sources | None = None) -> Result:
    """Run a probe once."""
    assert PROBES[name].problem(asked) == ""
    async with asyncio.timeout(HANG):
        result = await PROBES[name].make(asked, given or sources()).run()
    assert {figure.label for figure in result.figures} <= set(PROBES[name].figures)
    return result


def make_fifo(path: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(path)


@contextlib.contextmanager
def serving(talk: Callable[[socket.socket], object], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Talk with whoever connects, each in a thread; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with contextlib.suppress(OSError):  # the test is over
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=one, args=(connection,), daemon=True).start()

        def one(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:
                connection.settimeout(HANG)
                if context is None:
                    talk(connection)
                    return
                with context.wrap_socket(connection, server_side=True) as secured:
                    talk(secured)

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


def heard(connection: socket.socket) -> bytes:
    """Return a request's head."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(4096)
        if not piece:
            break
        data += piece
    return data


@dataclass(frozen=True)
class Issued:
    """A certificate with its key, PEM files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


_CA = """
[ca]
default_ca = it
[it]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = names
x509_extensions = more
[names]
commonName = supplied
[more]
subjectAltName = IP:127.0.0.1
"""


def issued(folder: Path, days: int) -> Issued:
    """Make a self-signed certificate for 127.0.0.1 that ends in so many days, in the past if below 0."""
    found = Issued(folder / f"{days}.pem", folder / f"{days}.key")
    (folder / "ca.cnf").write_text(_CA.format(folder=folder.as_posix()))
    (folder / "index").write_text("")
    (folder / "serial").write_text(f"{1000 + days:04d}")
    end = datetime.now(UTC) + timedelta(days=days)
    start = min(end - timedelta(days=1), datetime.now(UTC) - timedelta(days=1))
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=probe.test"]
    _openssl("req", "-new", *curve, "-keyout", found.key, "-out", folder / "request")
    _openssl(
        *("ca", "-batch", "-selfsign", "-notext", "-config", folder / "ca.cnf", "-keyfile", found.key),
        *("-in", folder / "request", "-out", found.certificate),
        *("-startdate", f"{start:%Y%m%d%H%M%SZ}", "-enddate", f"{end:%Y%m%d%H%M%SZ}"),
    )
    return found


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
