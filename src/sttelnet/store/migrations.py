"""The database's form, step by step; upgrade.py brings a file up to it.

`PRAGMA user_version` holds how many steps a file has had. A step is never changed once released: what
comes later is a further step at the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sttelnet.store.chain import chain_all

APPLICATION_ID = 0x5354544E  # "STTN": tells our files from other programs' (SQLite file format, 1.2.5)


Statement: TypeAlias = "str | Callable[[sqlite3.Connection], None]"  # SQL, or what SQL alone cannot do


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the database's form; its statements are done together or not at all."""

    name: str
    statements: tuple[Statement, ...]


MIGRATIONS = (
    Migration(
        "members and audit",
        (
            f"PRAGMA application_id = {APPLICATION_ID}",
            """
            CREATE TABLE members (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                name TEXT NOT NULL COLLATE NOCASE UNIQUE,
                role TEXT NOT NULL CHECK (role IN ('member', 'operator', 'admin')),
                password TEXT NOT NULL,
                locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
                must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),
                charset TEXT,
                profile TEXT NOT NULL DEFAULT '',
                created REAL NOT NULL,
                last_login REAL,
                last_peer TEXT
            )
            """,
            """
            CREATE TABLE audit (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at REAL NOT NULL,
                event TEXT NOT NULL,
                who TEXT NOT NULL,
                peer TEXT NOT NULL,
                detail TEXT NOT NULL
            )
            """,
        ),
    ),
    Migration(
        "files and transfers",
        (
            """
            CREATE TABLE files (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                area TEXT NOT NULL,
                name TEXT NOT NULL COLLATE NOCASE,
                size INTEGER NOT NULL CHECK (size >= 0),
                sha256 TEXT NOT NULL,
                uploader INTEGER REFERENCES members (id) ON DELETE SET NULL,
                uploader_name TEXT NOT NULL,
                uploaded REAL NOT NULL,
                description TEXT NOT NULL DEFAULT '',
                UNIQUE (area, name)
            )
            """,
            "CREATE INDEX files_uploader ON files (uploader)",
            # The member is a number only: a row outlives the account, and is never taken for a guest's.
            """
            CREATE TABLE transfers (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at REAL NOT NULL,
                direction TEXT NOT NULL CHECK (direction IN ('download', 'upload')),
                area TEXT NOT NULL,
                name TEXT NOT NULL COLLATE NOCASE,
                size INTEGER NOT NULL CHECK (size >= 0),
                sha256 TEXT NOT NULL,
                member INTEGER,
                who TEXT NOT NULL,
                peer TEXT NOT NULL,
                seconds REAL NOT NULL,
                result TEXT NOT NULL
            )
            """,
            "CREATE INDEX transfers_member ON transfers (member)",
            "CREATE INDEX transfers_downloads ON transfers (area, direction, result, name)",
        ),
    ),
    Migration(
        "messages",
        (
            # The sender is a name only: what they wrote outlives their account.
            """
            CREATE TABLE messages (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at REAL NOT NULL,
                member INTEGER NOT NULL REFERENCES members (id) ON DELETE CASCADE,
                sender TEXT NOT NULL,
                text TEXT NOT NULL,
                shown INTEGER NOT NULL CHECK (shown IN (0, 1))
            )
            """,
            "CREATE INDEX messages_member ON messages (member)",
        ),
    ),
    Migration(
        "people",
        (
            # Who wants to hear nothing from whom; `ignored` 0 is every guest.
            """
            CREATE TABLE ignores (
                member INTEGER NOT NULL REFERENCES members (id) ON DELETE CASCADE,
                ignored INTEGER NOT NULL,
                name TEXT NOT NULL,
                PRIMARY KEY (member, ignored)
            ) WITHOUT ROWID
            """,
            """
            CREATE TABLE oneliners (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at REAL NOT NULL,
                name TEXT NOT NULL,
                text TEXT NOT NULL
            )
            """,
            "CREATE TABLE bans (address TEXT PRIMARY KEY, until REAL NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL)",
            "CREATE INDEX audit_who ON audit (who, event)",
            # What a member has chosen about colours, keys and pauses, as JSON.
            "ALTER TABLE members ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'",
        ),
    ),
    Migration(
        "checks",
        (
            # One row for each check there has been: its confirmed state, and what people have said about it.
            """
            CREATE TABLE checks (
                name TEXT PRIMARY KEY,
                state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
                since REAL NOT NULL,
                ack_by TEXT NOT NULL DEFAULT '',
                ack_text TEXT NOT NULL DEFAULT '',
                muted_until REAL NOT NULL DEFAULT 0
            )
            """,
            """
            CREATE TABLE check_changes (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                at REAL NOT NULL,
                name TEXT NOT NULL,
                before INTEGER NOT NULL,
                after INTEGER NOT NULL,
                text TEXT NOT NULL
            )
            """,
            "CREATE INDEX check_changes_name ON check_changes (name)",
        ),
    ),
    Migration(
        "acknowledgements that end, and what people were told of last",
        (
            "ALTER TABLE checks ADD COLUMN ack_until REAL NOT NULL DEFAULT 0",  # 0: only when it is well again
            "ALTER TABLE checks ADD COLUMN told INTEGER",  # the state; NULL: the one it is in
        ),
    ),
    Migration(
        "tokens",
        (
            """
            CREATE TABLE tokens (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                member INTEGER NOT NULL REFERENCES members (id) ON DELETE CASCADE,
                hash TEXT NOT NULL UNIQUE,
                role TEXT NOT NULL CHECK (role IN ('member', 'operator', 'admin')),
                note TEXT NOT NULL DEFAULT '',
                created REAL NOT NULL,
                expires REAL,
                used REAL,
                peer TEXT
            )
            """,
        ),
    ),
    Migration(
        "history",
        (
            # What is measured: a value of a check, by its label and unit.
            """
            CREATE TABLE history_series (
                id INTEGER PRIMARY KEY,
                check_name TEXT NOT NULL,
                label TEXT NOT NULL,
                unit TEXT NOT NULL,
                seen INTEGER NOT NULL,
                UNIQUE (check_name, label, unit)
            )
            """,
            # Each value as it came; `at` is whole seconds since 1970.
            """
            CREATE TABLE history_values (
                series INTEGER NOT NULL REFERENCES history_series (id),
                at INTEGER NOT NULL,
                value REAL NOT NULL,
                PRIMARY KEY (series, at)
            ) WITHOUT ROWID
            """,
            # Averages: `slots` holds those of one block of time, `step` seconds each, as store/slots.py packs them.
            """
            CREATE TABLE history_blocks (
                step INTEGER NOT NULL,
                series INTEGER NOT NULL,
                at INTEGER NOT NULL,
                slots BLOB NOT NULL,
                PRIMARY KEY (step, series, at)
            ) WITHOUT ROWID
            """,
        ),
    ),
    Migration(
        "the audit's chains",
        (
            "ALTER TABLE audit ADD COLUMN chain INTEGER NOT NULL DEFAULT 0",  # as store/chain.py numbers them
            "ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT ''",
            # Where each chain begins now (behind what was pruned) and ends.
            """
            CREATE TABLE audit_chains (
                chain INTEGER PRIMARY KEY,
                pruned_id INTEGER NOT NULL DEFAULT 0,
                pruned_hash TEXT NOT NULL DEFAULT '',
                last_id INTEGER NOT NULL,
                last_hash TEXT NOT NULL
            )
            """,
            chain_all,
            "CREATE INDEX audit_passing ON audit (id) WHERE chain = 1",
            """
            CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'rows of the audit are never changed'); END
            """,
            # Pruned is what passes, and only behind the mark that was set before.
            """
            CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
            WHEN OLD.chain <> 1 OR OLD.id > coalesce((SELECT pruned_id FROM audit_chains WHERE chain = 1), 0)
            BEGIN SELECT RAISE(ABORT, 'rows of the audit are never deleted'); END
            """,
            # INSERT OR REPLACE takes a row away without the trigger above (sqlite.org/lang_conflict.html).
            """
            CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
            WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
            BEGIN SELECT RAISE(ABORT, 'rows of the audit are never replaced'); END
            """,
            """
            CREATE TRIGGER audit_chains_grow BEFORE UPDATE ON audit_chains
            WHEN NEW.chain <> OLD.chain OR NEW.last_id < OLD.last_id OR NEW.pruned_id < OLD.pruned_id
                OR (NEW.chain <> 1 AND NEW.pruned_id <> 0)
            BEGIN SELECT RAISE(ABORT, 'the chains of the audit only grow'); END
            """,
            """
            CREATE TRIGGER audit_chains_stay BEFORE DELETE ON audit_chains
            BEGIN SELECT RAISE(ABORT, 'the chains of the audit are never deleted'); END
            """,
        ),
    ),
    Migration(
        "second factors",
        (
            # The secret stands here as it is: see store/factors.py.
            """
            CREATE TABLE second_factors (
                member INTEGER PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
                secret BLOB NOT NULL,
                step INTEGER NOT NULL,
                made REAL NOT NULL
            )
            """,
            """
            CREATE TABLE recovery_codes (
                member INTEGER NOT NULL REFERENCES second_factors (member) ON DELETE CASCADE,
                hash TEXT NOT NULL,
                PRIMARY KEY (member, hash)
            ) WITHOUT ROWID
            """,
        ),
    ),
)
