"""A second factor set up by hand: real clients show its QR code, and a real reader of such codes finds the key in it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pyte
import pytest

from sttelnet.charset import Charset
from sttelnet.handlers import factor, login
from sttelnet.members.totp import code_at, secret_text, step_at
from sttelnet.role import Role
from sttelnet.server import Server
from tests.daemon import config_with, daemon, dial
from tests.interop.test_clients import CLIENTS, Window, need, run, shipped, window
from tests.picture import key_in, picture_of, screen_of

pytestmark = pytest.mark.interop

WORD = "correct horse"
NAMES = ("kim", "x" * 20)  # the shortest and the longest there are: codes of two sizes


@asynccontextmanager
async def house(folder: Path, name: str) -> AsyncIterator[Server]:
    """Serve the shipped pages to an admin, who must have a second factor and has none."""
    config = config_with(members={"second_factor": "admin"})
    async with daemon(folder, shipped(), config) as server:
        await server.members.register(name, WORD, "127.0.0.1")
        await server.members.set_role(name, Role.ADMIN)
        yield server


async def read_by_a_camera(screen: pyte.Screen, folder: Path, *, light_paper: bool = False) -> str:
    """Return what zbar reads off a screen; "" where it finds no code."""
    image = folder / "screen.pgm"
    image.write_bytes(picture_of(screen, light_paper=light_paper))
    return (await run("zbarimg", "--quiet", "--raw", "--nodbus", str(image))).strip()


def is_key_of(uri: str, name: str, key: bytes) -> bool:
    secret = secret_text(key).replace(" ", "")
    return uri.startswith("otpauth://totp/") and f":{name}?" in uri.replace("%3A", ":") and f"secret={secret}" in uri


async def log_in(shown: Window, name: str) -> None:
    await shown.until("Log in")
    await shown.type("l")
    await shown.until("Name:")
    await shown.type(name, "Enter")
    await shown.until("Password:")
    await shown.type(WORD, "Enter")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("client", CLIENTS)
async def test_the_code_a_client_shows_is_read_and_its_key_lets_in(client: str, name: str, tmp_path: Path) -> None:
    need("tmux", "zbarimg", client)
    async with house(tmp_path, name) as server:
        command = CLIENTS[client].format(server.ports[0])
        async with window(command) as shown:
            await log_in(shown, name)
            key = key_in(await shown.until(factor.SIX_DIGITS.strip()))
            coloured = (await shown.tmux("capture-pane", "-e", "-p", "-t", "0")).rstrip("\n").split("\n")
            for light_paper in (False, True):
                read = await read_by_a_camera(screen_of(coloured), tmp_path, light_paper=light_paper)
                assert is_key_of(read, name, key), (read, "\n".join(coloured))
            used = step_at(time.time())
            await shown.type(code_at(key, used), "Enter")
            await shown.until("RECOVERY CODES")
            await shown.type("Enter")
            await shown.until(f"Welcome, {name}.")
            await shown.type("/quit", "Enter")
        async with window(command) as shown:
            await log_in(shown, name)
            await shown.until(login.CODE.strip())
            await shown.type(code_at(key, used), "Enter")  # it has been used
            await shown.until("That code is wrong, or it was used already.")
        async with window(command) as shown:
            await log_in(shown, name)
            await shown.until(login.CODE.strip())
            await shown.type(code_at(key, used + 1), "Enter")  # one step early is taken
            await shown.until(f"Welcome, {name}.")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(80, 25), (80, 24), (132, 50)])
async def test_a_cp437_terminal_as_syncterm_shows_a_code_that_is_read(
    size: tuple[int, int], name: str, tmp_path: Path
) -> None:
    need("zbarimg")
    async with house(tmp_path, name) as server, dial(server, "syncterm", size=size, charset=Charset.CP437) as peer:
        await peer.until("Your choice: ")
        await peer.send("l")
        await peer.until("Name:     ")
        await peer.line(name)
        await peer.until("Password: ")
        await peer.line(WORD)
        await peer.until(factor.SIX_DIGITS)
        key = key_in(peer.shown())
        assert is_key_of(await read_by_a_camera(peer.screen, tmp_path), name, key), peer.shown()


async def test_the_reader_finds_nothing_where_there_is_no_code(tmp_path: Path) -> None:
    need("zbarimg")
    assert await read_by_a_camera(screen_of(["█▀▄ no code", "▄▀█"] * 10), tmp_path) == ""
