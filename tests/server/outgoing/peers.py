"""Those outside that are told: a web service and a mail server, on loopback, that do as the test says."""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import json
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from sttelnet.health import Alert, State
from sttelnet.health.track import Change
from sttelnet.server.outgoing import Batch, Failure

DRIP = "drip"  # the answer that comes a byte now and then, for ever
HANG = 15.0  # seconds until a wait counts as a hang


LATER = Failure("not now")
NEVER = Failure("not ever", again=False)


class Told:
    """A way that notes what it is told, and fails as often as the test says."""

    name = "test way"
    gather = 0.0
    most = 1

    def __init__(self, failures: Sequence[Failure] = ()) -> None:
        self.failures = list(failures)
        self.batches: list[Batch] = []
        self.on = True
        self.open = asyncio.Event()
        self.open.set()

    def wants(self, alert: Alert) -> bool:
        return alert.text != "unwanted"

    async def tell(self, batch: Batch) -> Failure | None:
        self.batches.append(batch)
        await self.open.wait()
        return self.failures.pop(0) if self.failures else None

    @property
    def names(self) -> list[str]:
        return [one.name for batch in self.batches for one in batch.alerts]


def alert(
    text: str = "97% used", *, name: str = "disk", before: State = State.OK, after: State = State.CRITICAL, **more: Any
) -> Alert:
    return Alert(name, more.pop("title", "Disk space"), text, Change(before, after, 1.0), "operator", **more)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANG):
        while not holds():
            await asyncio.sleep(0.01)


@dataclass
class Received:
    """One request."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self.body))


@dataclass
class Service:
    """A web service. `answers` are given one after the other, the last one for ever; "" hangs."""

    answers: list[str] = field(default_factory=lambda: ["200 OK"])
    extra: str = ""  # more header lines
    received: list[Received] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
            line, *rest = head.rstrip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (row.partition(": ") for row in rest)}
            self.received.append(Received(line, headers, await reader.readexactly(int(headers["content-length"]))))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if not answer:
                await reader.read()
                return
            if answer == DRIP:
                while True:
                    writer.write(b"H")
                    await writer.drain()
                    await asyncio.sleep(0.1)
            writer.write(f"HTTP/1.1 {answer}\r\n{self.extra}Content-Length: 2\r\n\r\nok".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def web_service(service: Service | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[Service]:
    service = service or Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0, ssl=tls)
    service.port = server.sockets[0].getsockname()[1]
    async with _closing(server):
        yield service


@dataclass
class MailServer:
    """An SMTP server (RFC 5321), as much as a client needs. `replies` are what it says to a command, in its place."""

    replies: dict[str, str] = field(default_factory=dict)  # by the first word, or "banner", "body"; "" hangs
    features: tuple[str, ...] = ("8BITMIME",)
    tls: ssl.SSLContext | None = None  # for STARTTLS
    commands: list[str] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(reader, writer, "banner", "220 test")
        while line := (await reader.readline()).decode("ascii").rstrip("\r\n"):
            self.commands.append(line)
            word = line.split(" ")[0].split(":")[0].upper()
            match word:
                case "EHLO":
                    rows = ["test", *self.features]
                    usual = "\r\n".join(f"250{'-' if row != rows[-1] else ' '}{row}" for row in rows)
                    await self._say(reader, writer, word, usual)
                case "STARTTLS":
                    await self._say(reader, writer, word, "220 go on")
                    await writer.start_tls(self.tls or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
                case "AUTH":
                    await self._say(reader, writer, word, "235 welcome")
                case "DATA":
                    await self._say(reader, writer, word, "354 write")
                    self._take(await reader.readuntil(b"\r\n.\r\n"))
                    await self._say(reader, writer, "body", "250 taken")
                case "QUIT":
                    await self._say(reader, writer, word, "221 bye")
                    return
                case _:
                    await self._say(reader, writer, word, "250 fine")

    def _take(self, body: bytes) -> None:
        text = body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        self.bodies.append(text)
        self.letters.append(email.message_from_bytes(text, EmailMessage, policy=email.policy.default))

    async def _say(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, word: str, usual: str) -> None:
        reply = self.replies.get(word, usual)
        if not reply:
            await reader.read()
            raise ConnectionAbortedError
        writer.write(f"{reply}\r\n".encode())
        await writer.drain()

    def password(self) -> str:
        """Return what came with AUTH PLAIN (RFC 4616)."""
        line = next(command for command in self.commands if command.startswith("AUTH PLAIN "))
        return base64.b64decode(line.split(" ")[2]).decode().split("\0")[2]


@asynccontextmanager
async def mail_server(server: MailServer | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    server = server or MailServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    async with _closing(listening):
        yield server


@asynccontextmanager
async def _closing(server: asyncio.Server) -> AsyncIterator[None]:
    try:
        yield
    finally:
        server.close()
        async with asyncio.timeout(HANG):
            await server.wait_closed()


def serving_tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
