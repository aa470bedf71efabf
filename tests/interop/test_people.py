"""Three real clients at once: inetutils telnet, PuTTY's plink, and nc, who write to each other mid-typing and chat."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.role import Role
from sttelnet.server import Server
from tests.daemon import PATIENCE, daemon
from tests.interop.test_clients import CLIENTS, Window, need, shipped, window

pytestmark = pytest.mark.interop

WORD = "correct horse"
ROLES = {"boss": Role.ADMIN, "kim": Role.MEMBER, "ada": Role.MEMBER}


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[Server]:
    async with daemon(folder, shipped()) as server:
        for name, role in ROLES.items():
            await server.members.register(name, WORD, "127.0.0.1")
            await server.members.set_role(name, role)
        yield server


class Netcat:
    """nc with pipes: it negotiates nothing and sends whole lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.text = ""

    async def line(self, text: str) -> None:
        """Send a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode() + b"\n")
        await self._process.stdin.drain()

    async def until(self, wanted: str) -> None:
        """Read until something has come since the last time."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while wanted not in self.text:
                data = await self._process.stdout.read(65536)
                assert data, f"no {wanted!r} in {self.text!r}"
                self.text += data.decode("utf-8", "replace")
        self.text = self.text.partition(wanted)[2]


@asynccontextmanager
async def netcat(port: int) -> AsyncIterator[Netcat]:
    process = await asyncio.create_subprocess_exec(
        "nc", "127.0.0.1", str(port), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Netcat(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def log_in(shown: Window, name: str, server: Server) -> None:
    await shown.until("Your choice:")
    await shown.type("l")
    await shown.until("LOG IN")
    await shown.type(name, "Enter")
    await asyncio.sleep(0.2)
    await shown.type(WORD, "Enter")
    await shown.until(f"Welcome, {name}.")


async def test_three_clients_write_mid_typing_and_chat_and_one_is_disconnected(tmp_path: Path) -> None:
    need("tmux", "telnet", "plink", "nc")
    async with house(tmp_path) as server, AsyncExitStack() as stack:
        port = server.ports[0]
        kim = await stack.enter_async_context(window(CLIENTS["telnet"].format(port)))
        await kim.until("Your choice:")
        boss = await stack.enter_async_context(window(CLIENTS["plink"].format(port)))
        await boss.until("Your choice:")
        guest = await stack.enter_async_context(netcat(port))
        await log_in(kim, "kim", server)
        await log_in(boss, "boss", server)
        await guest.until("Your choice:")

        await kim.type("/msg boss is it on")
        await kim.until("/msg boss is it on")
        await boss.type("/msg kim the new disk is he")
        await boss.until("/msg kim the new disk is he")
        await guest.line("/msg kim hello from a guest")
        await guest.until("Delivered to kim: hello from a guest")
        await kim.until(lambda screen: "GUEST: hello from a guest" in screen and "/msg boss is it on" in screen)
        await boss.type("re", "Enter")
        await boss.until("Delivered to kim: the new disk is here")
        await kim.until(lambda screen: "boss: the new disk is here" in screen and "/msg boss is it on" in screen)
        await kim.type("line?", "Enter")
        await kim.until("Delivered to boss: is it online?")
        await boss.until("kim: is it online?")

        await kim.type("/chat", "Enter")
        await kim.until("<kim>")
        await boss.type("/chat", "Enter")
        await boss.until("<boss>")
        await guest.line("/chat")
        await guest.until("Here: kim, boss.")
        await kim.type("half a li")
        await kim.until("<kim> half a li")
        await guest.line("good morning")
        for window_ in (kim, boss):
            await window_.until("> good morning")
        await kim.until(lambda screen: re.search(r"<GUEST#\d> good morning\n<kim> half a li$", screen) is not None)
        await kim.type("ne", "Enter")
        await boss.until("<kim> half a line")
        await guest.until("<kim> half a line")

        await boss.type("/root", "Enter")
        await boss.until("Your choice:")
        for key, page in (("a", "ADMINISTRATION"), ("s", "SESSIONS"), ("k", "Disconnect which number:")):
            await boss.type(key)
            await boss.until(page)
        for question, answer in (("which number:", "1"), ("or nothing:", "one at a time"), ("Type yes:", "yes")):
            await boss.until(question)
            await boss.type(answer, "Enter")
        await boss.until("kim is disconnected.")
        await guest.until("* kim has left.")
        for key in "qqau":
            await boss.type(key)
            await asyncio.sleep(0.2)
        await boss.until(lambda screen: "AUDIT" in screen and "kicked kim: by boss" in screen)


async def test_a_message_to_somebody_absent_greets_them_after_a_restart(tmp_path: Path) -> None:
    need("tmux", "telnet", "plink")
    async with house(tmp_path) as server:
        async with window(CLIENTS["plink"].format(server.ports[0])) as boss:
            await log_in(boss, "boss", server)
            await boss.type("/msg ada call me", "Enter")
            await boss.until("ada is not on: your message will be delivered at the next log-in.")
    async with daemon(tmp_path, shipped()) as server:
        async with window(CLIENTS["telnet"].format(server.ports[0])) as ada:
            await log_in(ada, "ada", server)
            await ada.until("UTC  boss: call me")
