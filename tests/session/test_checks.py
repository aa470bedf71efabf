"""Checks as operators and others meet them: alerts at the prompt, /ack and /mute, the pages."""

from __future__ import annotations

import asyncio
import json
import re
import time
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sttelnet.cli import main
from sttelnet.config import CheckConfig, HealthConfig, WebhookConfig
from sttelnet.health import State
from sttelnet.health.plugin import Figure
from sttelnet.server import Server
from tests.daemon import Peer, at_any_load, config_with, daemon, dial
from tests.full_database import fill_up, make_room
from tests.program import program
from tests.server.outgoing.peers import Service, until, web_service
from tests.session.test_administration import ROLES, SHIPPED, WORD, log_in, on_root, sees, to

CHECK = """\
import pathlib, sys
state = ""
while not state:  # it may be being written
    state = (pathlib.Path(__file__).parents[2] / "{0}.state").read_text().strip()
print(f"{0} says {{state}} | free=5GB;10:;2:")
print("more")
sys.exit(int(state))
"""


@asynccontextmanager
async def house(folder: Path, *names: str, health: HealthConfig | None = None, **keys: object) -> AsyncIterator[Server]:
    """Serve the shipped pages with checks that read their states from files."""
    for name in names:
        set_state(folder, name, State.OK)
    checks = {name: CheckConfig(interval=1, retry_interval=1, retries=1, **keys) for name in names}  # type: ignore[arg-type]
    config = msgspec.structs.replace(config_with(), checks=checks, health=at_any_load(health or HealthConfig()))
    site = {**SHIPPED, **{f"checks/{name}.py": CHECK.format(name) for name in names}}
    async with daemon(folder, site, config) as server:
        for name, role in ROLES.items():
            if await server.members.get(name) is None:
                await server.members.register(name, WORD, "127.0.0.1")
                await server.members.set_role(name, role)
        yield server


def set_state(folder: Path, name: str, state: State) -> None:
    (folder / f"{name}.state").write_text(f"{int(state)}\n")


async def test_a_change_appears_above_the_line_an_operator_types_and_is_told_nobody_else(tmp_path: Path) -> None:
    async with house(tmp_path, "disk") as server, dial(server) as ops, dial(server) as kim:
        await log_in(ops, "ops")
        await log_in(kim, "kim")
        await ops.send("/msg kim half a wo")
        await ops.quiet(0.1)
        set_state(tmp_path, "disk", State.CRITICAL)
        await sees(ops, "HEALTH: CRITICAL disk (was OK): disk says 2", "/msg kim half a wo")
        assert "disk says" not in await kim.quiet(0.2)
        await ops.line("rd")
        await sees(kim, "ops: half a word")
        set_state(tmp_path, "disk", State.OK)
        await sees(ops, "HEALTH: OK disk (was CRITICAL): disk says 0")


async def test_a_change_and_the_recovery_reach_a_web_service_in_their_order(tmp_path: Path) -> None:
    async with web_service(Service(["200 OK"])) as service:
        health = HealthConfig(webhook=WebhookConfig(url=f"http://127.0.0.1:{service.port}/"))
        async with house(tmp_path, "disk", health=health, tell="nobody"):
            for count, state in ((1, State.CRITICAL), (2, State.OK)):
                set_state(tmp_path, "disk", state)
                await until(lambda count=count: len(service.received) == count)  # type: ignore[misc]
    first, second = (request.json for request in service.received)
    assert (first["check"], first["before"], first["after"]) == ("disk", "OK", "CRITICAL")
    assert (first["output"], first["further"], first["figures"][0]["label"]) == ("disk says 2", "more", "free")
    assert (second["before"], second["after"], second["output"]) == ("CRITICAL", "OK", "disk says 0")


async def test_who_is_off_is_told_at_the_next_log_in_with_the_state_as_it_is(tmp_path: Path) -> None:
    async with house(tmp_path, "disk") as server:
        async with dial(server) as boss:
            await log_in(boss, "boss")
            set_state(tmp_path, "disk", State.WARNING)
            await sees(boss, "HEALTH: WARNING disk (was OK)")
        async with dial(server) as ops:
            await log_in(ops, "ops")
            await sees(ops, "UTC  HEALTH: WARNING disk (was OK): disk says 1", "Health: WARNING 1 - since 20")


async def test_an_operator_acknowledges_and_nobody_is_told_until_it_is_well(tmp_path: Path) -> None:
    async with house(tmp_path, "disk") as server, dial(server) as ops:
        await log_in(ops, "ops")
        set_state(tmp_path, "disk", State.CRITICAL)
        await sees(ops, "HEALTH: CRITICAL disk")
        await ops.line("/ack disk fixing it")
        await sees(ops, "disk is known to you; nobody is told of it until it is OK.")
        await to(ops, "h", "HEALTH", "(ops) disk says 2"[:17])
        set_state(tmp_path, "disk", State.WARNING)
        await sees(ops, "WARNING  disk")
        assert "HEALTH: WARNING" not in await ops.quiet(0.3)
        set_state(tmp_path, "disk", State.OK)
        await sees(ops, "HEALTH: OK disk (was CRITICAL)")  # that is what people have heard last


async def test_a_muted_check_is_told_of_nobody(tmp_path: Path) -> None:
    async with house(tmp_path, "disk", "load") as server, dial(server) as ops:
        await log_in(ops, "ops")
        await ops.line("/mute disk 1h")
        await sees(ops, "disk is muted for 1h.")
        for name in ("disk", "load"):
            set_state(tmp_path, name, State.CRITICAL)
        await sees(ops, "HEALTH: CRITICAL load")
        assert "CRITICAL disk" not in ops.shown()
        await ops.line("/mute disk off")
        await sees(ops, "disk is told of again.")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/ack", "Every check is OK."),
        ("/mute", "No check is muted."),
        ("/mute disk 1h 2h", "A time is a number and s, m, h or d"),
        ("/ack disk 4h", "Write /ack CHECK TEXT"),
        ("/ack disk off", "Nobody has said that they know about disk."),
        ("/ack disk", "Write /ack CHECK TEXT"),
        ("/ack dsik on it", 'There is no check "dsik" (did you mean "disk"?).'),
        ("/ack disk on it", "disk is OK: there is nothing to know about it."),
        ("/mute disk", "Write /mute CHECK 1h"),
        ("/mute disk long", "A time is a number and s, m, h or d"),
        ("/mute disk 400d", "A year at most."),
        ("/mute nothing 1h", 'There is no check "nothing".'),
    ],
)
async def test_what_cannot_be_done_to_a_check_is_answered_with_a_sentence(
    line: str, answer: str, tmp_path: Path
) -> None:
    async with house(tmp_path, "disk") as server, dial(server) as ops:
        await log_in(ops, "ops")
        await sees_check(ops, "disk")
        await ops.line(line)
        await sees(ops, answer)


async def test_an_acknowledgement_lasts_as_long_as_is_said_and_leaves_its_trace(tmp_path: Path) -> None:
    async with house(tmp_path, "disk", title="Disk space") as server, dial(server) as ops:
        await log_in(ops, "ops")
        set_state(tmp_path, "disk", State.CRITICAL)
        await sees(ops, "HEALTH: CRITICAL Disk space")
        for line, answer in (
            ("/ack disk 400d on it", "A year at most."),
            ("/ack disk 0h on it", "A time is a number"),
            ("/ack disk space 2 disks are ordered", "nobody is told of it until it is OK."),
            ("/ack disk 4h fixing it", "nobody is told of it for 4h, or until it is OK."),
            ("/mute disk 2h", "Disk space is muted for 2h."),
            ("/mute", "Disk space is muted for"),
            ("/mute disk off", "Disk space is told of again."),
        ):
            await ops.line(line)
            await sees(ops, answer)
        await ops.line("/ack")
        await sees(ops, "CRITICAL  Disk space  known to ops for", ": fixing it")
        await ops.line("/ack disk off")
        await sees(ops, "Disk space is known to nobody any more; its changes are told of again.")
        await ops.line("/ack")
        await sees(ops, "CRITICAL  Disk space  known to nobody")
        rows = [row for row in await server.services.store.audit.latest(50) if row.detail.startswith("disk")]
    assert [(row.event, row.detail) for row in reversed(rows)] == [
        ("acknowledged", "disk until it is OK: 2 disks are ordered"),
        ("acknowledged", "disk for 4h, or until it is OK: fixing it"),
        ("muted", "disk for 2h"),
        ("mute off", "disk"),
        ("acknowledgement off", "disk, of ops: fixing it"),
    ]
    assert {(row.who, row.peer) for row in rows} == {("ops", "127.0.0.1")}


async def sees_check(peer: Peer, name: str) -> None:
    """Look until a check has run, and go back."""
    await to(peer, "h", "HEALTH", f"{name} says 0")
    await to(peer, "q", "Your choice:")


async def test_members_neither_acknowledge_nor_mute(tmp_path: Path) -> None:
    async with house(tmp_path, "disk") as server, dial(server) as kim:
        await log_in(kim, "kim")
        for line in ("/ack disk x", "/mute disk 1h"):
            await kim.line(line)
            await sees(kim, "That is for operators.")
        await to(kim, "hv", "VIEW A CHECK")
        await kim.line("disk")
        await sees(kim, "State     OK")
        for key in "amu":
            await kim.send(key)
            await sees(kim, "Your role does not allow that page.")


async def test_a_check_is_looked_at_whole_and_dealt_with_from_its_page(tmp_path: Path) -> None:
    async with house(tmp_path, "disk", title="Disk space", runbook="help") as server, dial(server) as ops:
        await log_in(ops, "ops")
        set_state(tmp_path, "disk", State.CRITICAL)
        await sees(ops, "HEALTH: CRITICAL Disk space (was OK): disk says 2")
        await to(ops, "hv", "VIEW A CHECK")
        await ops.line("dsik")
        await sees(ops, 'There is no check "dsik" (did you mean "disk"?).')
        await ops.line("Disk space")
        await sees(ops, "Check     Disk space", "Says      disk says 2", "Figures   free 5GB", "Runbook   help")
        await to(ops, "n", "OK -> CRITICAL  disk says 2", "more")
        await to(ops, "p", "Check     Disk space")
        await to(ops, "a", "ACKNOWLEDGE")
        await ops.line("new disk ordered")
        await sees(ops, "For how long")
        await ops.line("2d")
        await sees(ops, "Known     to ops for", ": new disk ordered")
        await to(ops, "m", "MUTE")
        await ops.line("2h")
        await sees(ops, "Muted     for ")
        await ops.send("u")
        await sees(ops, "Disk space is run now.")
        await to(ops, "b", "EDITING A LINE")  # its runbook
        await to(ops, "q", "Check     Disk space")
        await to(ops, "q", "VIEW A CHECK")


async def test_a_check_s_output_cannot_act_on_a_screen(tmp_path: Path) -> None:
    async with house(tmp_path, "disk") as server, dial(server) as ops:
        hostile = b"bad \x1b[2J\x1b]0;x\x07 \xc2\x9b1m | x=1\n\x1b[31mmore\n"
        program = f"import sys\nsys.stdout.buffer.write({hostile!r})\nsys.exit(2)\n"
        (tmp_path / "scripts" / "checks" / "disk.py").write_text(program)
        await log_in(ops, "ops")
        mark = len(ops.raw)
        await sees(ops, "HEALTH: CRITICAL disk (was OK): bad [2J]0;x 1m")
        assert b"\x1b]" not in ops.raw[mark:]
        assert b"\x07" not in ops.raw[mark:].replace(b"\x07", b"", 1)  # the alert itself rings once


async def test_with_a_full_database_who_is_on_is_told_all_the_same_and_the_history_stops_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(tmp_path, "disk") as server, dial(server) as ops:  # boss, whom messages come to first, is off
        await log_in(ops, "ops")
        store, kim = server.services.store, await server.members.get("kim")
        assert kim is not None
        await sees_check(ops, "disk")
        await fill_up(store, kim.id)
        for second in range(3000):
            server.history.take("disk", time.time() + second, [Figure("free", second / 7)])
        for _ in range(3):
            await server.history.work()
        set_state(tmp_path, "disk", State.CRITICAL)
        await sees(ops, "HEALTH: CRITICAL disk (was OK): disk says 2")
        await to(ops, "h", "CRITICAL disk", "OK -> CRITICAL")
        set_state(tmp_path, "disk", State.OK)
        await sees(ops, "HEALTH: OK disk (was CRITICAL): disk says 0")
        for words in (
            "the history of the checks stops: the disk is full",
            "a change was not told to every member: the disk is full",
        ):
            assert words in caplog.text
        assert caplog.text.count("the history of the checks stops") == 1
        await make_room(store)


HOSTILE = """\
import random, sys
random.seed(7)
out = sys.stdout.buffer
out.write(b"bad \\x1b[2J\\x1b]0;x\\x07 \\xc2\\x9b31m \\xe2\\x80\\xaered \\xff| 'l\\x1b[1m\\x07'=1;1 z=1\\x1b[2J x=1e999 y=\\n")
out.write(bytes(random.randrange(256) for _ in range(3000)) + b"\\n")
out.write(random.randbytes(3_000_000))
sys.exit(2)
"""
_OURS = re.compile(r"\x1b\[[0-9;]*[HJKmABCDhl]|\x1b\[\?[0-9;]*[hl]|\x1b[78]")


async def test_whatever_a_check_prints_nobody_is_sent_anything_that_acts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "scripts" / "checks").mkdir(parents=True)
    (tmp_path / "scripts" / "checks" / "disk.py").write_text(HOSTILE)
    async with house(tmp_path) as server, dial(server) as ops, program(server) as caller:
        await log_in(ops, "ops")
        mark = len(ops.raw)
        await to(ops, "h", "CRITICAL", "disk")
        await to(ops, "v", "VIEW A CHECK")
        await ops.line("disk")
        await sees(ops, "Says      bad [2J]0;x 31m red")
        await to(ops, "n", "\ufffd")
        await caller.begin()
        told = [(await caller.ask(f"/{words}")).body for words in ("exec health", "health disk", "health disk --json")]
        assert await asyncio.to_thread(main, ["health", "disk", "--data", str(tmp_path)]) == 2
    told += [_OURS.sub("", ops.raw[mark:].decode("utf-8", "replace")).replace("\x07", "", 1), capsys.readouterr().out]
    for text in told:
        assert "bad [2J]0;x" in text
        assert not [
            one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Co", "Cs"} and one not in "\r\n\t"
        ]
    assert json.loads(told[2])["figures"][0]["label"] == "l[1m"


async def test_a_guest_from_the_host_itself_sees_the_checks(tmp_path: Path) -> None:
    async with house(tmp_path, "disk") as server, dial(server) as guest:
        await on_root(guest)
        set_state(tmp_path, "disk", State.CRITICAL)
        await to(guest, "h", "HEALTH", "CRITICAL disk", "disk says 2")


GRAPHED = {
    "root": '{% get:STGraph("disk", hours=1) %}\n{% page:Refresh(1); page:Prompt("> ") %}',
    "checks/disk.py": CHECK.format("disk"),
}


async def test_what_a_check_measures_is_drawn_on_a_page_and_there_again_after_a_restart(tmp_path: Path) -> None:
    set_state(tmp_path, "disk", State.OK)
    config = msgspec.structs.replace(config_with(), checks={"disk": CheckConfig(interval=1)})
    async with daemon(tmp_path, GRAPHED, config) as server, dial(server) as guest:
        await sees(guest, "disk: free, 1h", "least 5GB  mean 5GB  most 5GB", "10GB", "█")
    for name in ("scripts/checks/disk.py", "disk.state"):  # nothing is measured any more
        (tmp_path / name).write_text("exit 3\n")
    async with daemon(tmp_path, {"root": GRAPHED["root"]}, config) as server, dial(server) as guest:
        await sees(guest, "disk: free, 1h", "least 5GB  mean 5GB  most 5GB", "█")
