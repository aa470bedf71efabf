"""A member's settings, on the shipped pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from sttelnet.charset import Charset
from sttelnet.members import Settings, read_settings
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.store import Entry
from tests.daemon import Peer, dial
from tests.session.test_administration import house, log_in, sees, to


async def open_settings(peer: Peer) -> None:
    await log_in(peer, "kim")
    await to(peer, "yg", "SETTINGS", "Page of a list")


async def test_colours_are_switched_off_at_once_and_stay_off_at_the_next_log_in(tmp_path: Path) -> None:
    async with house(tmp_path) as server:
        async with dial(server) as kim:
            await open_settings(kim)
            await kim.send("1")
            await sees(kim, "Colours         off", "Your settings are stored.")
            mark = len(kim.raw)
            await to(kim, "qq", "Your choice:")
            assert b"\x1b[" in kim.raw[mark:]  # the cursor still moves
            assert not any(part.endswith(b"m") for part in _sequences(kim.raw[mark:]))
        async with dial(server) as kim:
            await log_in(kim, "kim")
            mark = len(kim.raw)
            await to(kim, "h", "HEALTH")
            assert not any(part.endswith(b"m") for part in _sequences(kim.raw[mark:]))
            await to(kim, "qyo", "You are logged out.")
            mark = len(kim.raw)
            await to(kim, "h", "HEALTH")
            assert any(part.endswith(b"m") for part in _sequences(kim.raw[mark:]))  # a guest has them again


def _sequences(data: bytes) -> list[bytes]:
    """Return the control sequences in what was sent, each up to its final byte."""
    found = []
    for part in data.split(b"\x1b[")[1:]:
        end = next((at for at, byte in enumerate(part) if 0x40 <= byte <= 0x7E), len(part))
        found.append(part[: end + 1])
    return found


async def test_without_hot_keys_a_page_of_keys_reads_lines(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as kim:
        await open_settings(kim)
        await kim.send("2")
        await sees(kim, "a letter and Enter")
        await kim.send("q")
        assert "YOUR PROFILE" not in await kim.quiet(0.3)
        await kim.send("\r\0")
        await sees(kim, "YOUR PROFILE")


@pytest.mark.parametrize(("rows", "shown"), [("3", 3), ("0", 16)])
async def test_a_page_of_a_list_has_as_many_rows_as_the_member_wants(tmp_path: Path, rows: str, shown: int) -> None:
    async with house(tmp_path) as server, dial(server) as kim:
        await _crowd(server)
        await open_settings(kim)
        await kim.send("3")
        await sees(kim, "Rows:")
        await kim.line(rows)
        await sees(kim, "SETTINGS", f"{rows} rows" if rows != "0" else "as many rows as the window has")
        await to(kim, "qqm", "MEMBERS")
        assert sum("a-crowd" in row for row in kim.screen.display) == shown


async def _crowd(server: Server) -> None:
    for number in range(30):
        await server.members.add(f"a-crowd{number:02}", Role.MEMBER)


async def test_the_audit_is_read_to_its_end_whatever_the_rows_of_a_page(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as boss:
        for number in range(12):
            await server.services.store.audit.add(Entry(float(number), "refused", f"who{number:02}", "192.0.2.7", ""))
        await log_in(boss, "boss")
        await to(boss, "yg", "SETTINGS")
        await boss.send("3")
        await sees(boss, "Rows:")
        await boss.line("5")
        await sees(boss, "5 rows")
        await to(boss, "qqau", "AUDIT", "log-in boss", "who08")
        await to(boss, "n", *(f"who{number:02}" for number in range(3, 8)))
        await to(boss, "n", "who02", "who01", "who00")
        await to(boss, "pp", "log-in boss")


@pytest.mark.parametrize("text", ["many", "201", "-1", "99999999999999999999"])
async def test_rows_that_are_no_number_are_asked_for_again(tmp_path: Path, text: str) -> None:
    async with house(tmp_path) as server, dial(server) as kim:
        await open_settings(kim)
        await kim.send("3")
        await sees(kim, "Rows:")
        await kim.line(text)
        await sees(kim, "A number from 0 to 200, please.")


async def test_a_charset_is_chosen_and_kept(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as kim:
        await open_settings(kim)
        await kim.send("4")
        await sees(kim, "Charset:")
        await kim.line("latin-1")
        await sees(kim, "The charsets are utf-8, cp437, ascii")
        mark = len(kim.raw)
        await kim.line("cp437")
        await sees(kim, "Page of a list", "Charset         cp437")
        assert "┌".encode("cp437") in kim.raw[mark:]
        member = await server.members.get("kim")
        assert member is not None
        assert member.charset == Charset.CP437.value
        assert "by the terminal's type" not in kim.shown()


async def test_what_a_member_chooses_on_two_terminals_at_once_is_kept_together(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as one, dial(server) as two:
        for peer in (one, two):
            await log_in(peer, "kim")
            await to(peer, "yg", "SETTINGS")
        await one.send("1")
        await sees(one, "Colours         off")
        await two.send("2")
        await sees(two, "a letter and Enter")
        member = await server.members.get("kim")
        assert member is not None
        assert read_settings(member.settings) == Settings(colours=False, hot_keys=False)
