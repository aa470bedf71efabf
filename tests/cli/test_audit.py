"""`sttelnet audit`, `backup` and `restore`, beside a daemon and without one."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from sttelnet.cli import main
from sttelnet.store import Entry, Store
from tests.cli.running import write_site
from tests.daemon import config_with, daemon

SITE = {"root": "hello"}
HOSTILE = "\x1b[2J\x9b1m\r\n\u202eevil\ud800\0"


@dataclass
class Console:
    """`sttelnet …` on one site, and what it printed last."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    async def __call__(self, *arguments: str) -> int:
        status = await asyncio.to_thread(main, [*arguments, "--config", str(self.folder)])
        self.out, self.err = self.capsys.readouterr()
        return status


@pytest.fixture
def sttelnet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(write_site(tmp_path, SITE, '[audit]\nfile = "audit.jsonl"\n'), capsys)


async def fill(folder: Path, *entries: Entry) -> None:
    async with Store.open(folder / "sttelnet.db") as store:
        for entry in entries:
            await store.audit.add(entry)


def tamper(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "sttelnet.db", isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute(sql)


# verify


async def test_a_whole_audit_is_status_0_and_a_broken_one_1_with_the_row(sttelnet: Console) -> None:
    await fill(sttelnet.folder, *(Entry(float(number), "role", "kim") for number in range(5)))

    assert await sttelnet("audit", "verify") == 0
    assert sttelnet.out.splitlines() == [
        "The audit is whole: 5 rows up to row 5.",
        f"{sttelnet.folder / 'audit.jsonl'}: there is no such file yet.",
    ]

    tamper(sttelnet.folder, "UPDATE audit SET who = 'eve' WHERE id = 3")
    assert await sttelnet("audit", "verify") == 1
    assert sttelnet.err.startswith("sttelnet: the audit is broken at row 3: it does not follow on row 2")


async def test_the_file_is_compared_with_the_table_while_the_daemon_runs(sttelnet: Console) -> None:
    config = config_with(audit={"file": "audit.jsonl"})
    async with daemon(sttelnet.folder, SITE, config):
        assert await sttelnet("member", "add", "kim") == 0
        assert await sttelnet("audit", "verify") == 0
        assert "The audit is whole" in sttelnet.out
    file = sttelnet.folder / "audit.jsonl"
    assert '"added"' in file.read_text("ascii")

    assert await sttelnet("audit", "verify") == 0
    assert sttelnet.out.splitlines()[1] == f"{file}: 2 lines, as in the table."

    file.write_text(file.read_text("ascii").replace("kim", "eve"), "ascii")
    assert await sttelnet("audit", "verify") == 1
    assert "at row 2: the file and the table have it otherwise (line 2 of the file)" in sttelnet.err


async def test_rows_deleted_with_all_marks_moved_are_found_by_the_file(sttelnet: Console) -> None:
    async with daemon(sttelnet.folder, SITE, config_with(audit={"file": "audit.jsonl"})):
        assert await sttelnet("member", "add", "kim") == 0
    with closing(sqlite3.connect(sttelnet.folder / "sttelnet.db", isolation_level=None)) as connection:
        for trigger in ("audit_no_delete", "audit_chains_grow"):
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("DELETE FROM audit WHERE id = 2")
        connection.execute(
            "UPDATE audit_chains SET (last_id, last_hash) = (SELECT id, hash FROM audit) WHERE chain = 0"
        )

    assert await sttelnet("audit", "verify") == 1
    assert "at row 2: the file has it, and the table has not" in sttelnet.err


@pytest.mark.parametrize("action", ["verify", "show"])
async def test_without_a_database_it_says_where_one_was_looked_for(sttelnet: Console, action: str) -> None:
    assert await sttelnet("audit", action) == 69
    assert f"there is no database {sttelnet.folder / 'sttelnet.db'} yet" in sttelnet.err


# show


async def test_rows_are_shown_oldest_first_and_narrowed_down(sttelnet: Console) -> None:
    now = time.time()
    await fill(
        sttelnet.folder,
        Entry(now - 7_200, "log-in", "Kim", "10.0.0.9"),
        Entry(now - 60, "role", "Kim", "", "member -> admin, by console"),
        Entry(now, "log-in", "ann"),
    )

    async def shown(*options: str) -> list[str]:
        assert await sttelnet("audit", "show", *options) == 0
        return [" ".join(line.split()[2:4]) for line in sttelnet.out.splitlines()]

    assert await shown() == ["log-in Kim", "role Kim", "log-in ann"]
    assert await shown("-n", "2") == ["role Kim", "log-in ann"]
    assert await shown("--since", "1h") == ["role Kim", "log-in ann"]
    assert await shown("--who", "kim") == ["log-in Kim", "role Kim"]
    assert await shown("--event", "log-in", "--who", "ann") == ["log-in ann"]
    assert await shown("--event", "' OR 1 --") == []


async def test_what_people_wrote_cannot_act_on_a_terminal(sttelnet: Console) -> None:
    await fill(sttelnet.folder, Entry(1.0, "refused", HOSTILE, HOSTILE, HOSTILE))

    assert await sttelnet("audit", "show") == 0
    (line,) = sttelnet.out.splitlines()
    assert line.isprintable()
    assert "evil" in line

    assert await sttelnet("audit", "show", "--json") == 0
    (line,) = sttelnet.out.splitlines()
    assert line.isprintable()
    assert line.isascii()
    assert json.loads(line)["detail"] == HOSTILE.replace("\ud800", "?")


@pytest.mark.parametrize("options", [("--since", "soon"), ("-n", "0"), ("-n", "x")])
async def test_wrong_usage_is_status_2(sttelnet: Console, options: tuple[str, str]) -> None:
    assert await sttelnet("audit", "show", *options) == 2


# backup and restore


async def test_a_backup_is_made_beside_a_daemon_and_never_over_a_file_unasked(sttelnet: Console) -> None:
    copy = str(sttelnet.folder / "copy.db")
    async with daemon(sttelnet.folder, SITE):
        assert await sttelnet("backup", copy) == 0
        assert "the database and nothing else" in sttelnet.out
        assert await sttelnet("backup", copy) == 1
        assert "--force replaces it" in sttelnet.err
        assert await sttelnet("backup", "--force", copy) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows names another reason")
async def test_nothing_is_put_back_while_a_daemon_runs(sttelnet: Console) -> None:
    copy = str(sttelnet.folder / "copy.db")
    async with daemon(sttelnet.folder, SITE):
        assert await sttelnet("backup", copy) == 0
        assert await sttelnet("restore", copy) == 69
        assert "stop it first" in sttelnet.err


async def test_a_copy_is_put_back_and_the_audit_goes_on_whole(sttelnet: Console) -> None:
    copy = str(sttelnet.folder / "copy.db")
    config = config_with(audit={"file": "audit.jsonl"})
    async with daemon(sttelnet.folder, SITE, config):
        assert await sttelnet("backup", copy) == 0
        assert await sttelnet("member", "add", "kim") == 0

    assert await sttelnet("restore", copy) == 0
    assert str(sttelnet.folder / "sttelnet.db.before-restore") in sttelnet.out
    assert str(sttelnet.folder / "audit.jsonl.before-restore") in sttelnet.out
    assert await sttelnet("member", "list") == 0
    assert "kim" not in sttelnet.out
    async with daemon(sttelnet.folder, SITE, config):
        assert await sttelnet("member", "add", "ann") == 0
    assert await sttelnet("audit", "verify") == 0
    assert "as in the table" in sttelnet.out


async def test_an_audits_file_that_an_earlier_restore_kept_is_replaced_only_by_force(sttelnet: Console) -> None:
    copy, kept = str(sttelnet.folder / "copy.db"), sttelnet.folder / "audit.jsonl.before-restore"
    async with daemon(sttelnet.folder, SITE, config_with(audit={"file": "audit.jsonl"})):
        assert await sttelnet("backup", copy) == 0
    kept.write_text("of an earlier one")

    assert await sttelnet("restore", copy) == 69
    assert f"{kept} is there already" in sttelnet.err
    assert not (sttelnet.folder / "sttelnet.db.before-restore").exists()
    assert kept.read_text() == "of an earlier one"
    assert await sttelnet("restore", copy, "--force") == 0
    assert kept.read_text() != "of an earlier one"


async def test_what_is_no_copy_is_not_put_back(sttelnet: Console) -> None:
    await fill(sttelnet.folder, Entry(1.0, "role", "kim"))
    (sttelnet.folder / "copy.db").write_text("hello")

    assert await sttelnet("restore", str(sttelnet.folder / "copy.db")) == 69
    assert "copy.db" in sttelnet.err
    assert not (sttelnet.folder / "sttelnet.db.before-restore").exists()
