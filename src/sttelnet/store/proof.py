"""Whether the audit is whole: its chains in the table, and the lines of its file against the table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from sttelnet.errors import StoreError
from sttelnet.store.chain import BEGINS, CHAINS, GENESIS, LASTING, MAX_ROW, PASSING, SELECT, Link
from sttelnet.store.faults import sentences

_LONGEST_LINE: Final = 1 << 20  # bytes; a row is far shorter


@dataclass(frozen=True, slots=True)
class Whole:
    """Nothing is amiss."""

    rows: int
    pruned: int  # the number of the newest row that was pruned, 0 for none
    last: int  # the number of the newest row, 0 for none
    lines: int | None  # of the file that were compared; None where there is no file


@dataclass(frozen=True, slots=True)
class Broken:
    """The first thing that is amiss."""

    row: int  # its number; 0 where it is about no row
    what: str  # a sentence without its end


@dataclass(frozen=True, slots=True)
class _Ends:
    """One row of audit_chains."""

    pruned_id: int = 0
    pruned_hash: str = GENESIS
    last_id: int = 0
    last_hash: str = GENESIS


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a database, which a daemon may be writing to, for reading its audit as of now. Raises StoreError."""
    if not database.exists():
        message = f"there is no database {database} yet (--config or --data names the site; `serve` makes it)"
        raise StoreError(message)
    uri = f"{database.absolute().as_uri()}?mode=ro"
    with sentences(database), closing(sqlite3.connect(uri, uri=True, timeout=5, isolation_level=None)) as connection:
        connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")  # whatever was put there
        connection.execute("BEGIN")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit_chains'").fetchone():
            message = f"{database} has an audit without a chain, of an older sttelnet: `sttelnet serve` chains it"
            raise StoreError(message)
        yield connection


def prove(database: Path, file: Path | None = None) -> Whole | Broken:
    """Say whether the audit is whole, or what is amiss first. Blocks. Raises StoreError, OSError."""
    length = _length(file)  # before the table is looked at: a row is in the table first
    with reading(database) as connection:
        found = _prove_table(connection)
        if isinstance(found, Broken) or file is None or length is None:
            return found
        with file.open("rb") as lines:
            return _compare(connection, lines, length, found)


def _length(file: Path | None) -> int | None:
    try:
        return None if file is None else file.stat().st_size
    except FileNotFoundError:
        return None


# The table


def _prove_table(connection: sqlite3.Connection) -> Whole | Broken:
    ends = {row[0]: _Ends(*row[1:]) for row in connection.execute("SELECT * FROM audit_chains ORDER BY chain")}
    if sorted(ends) != list(CHAINS) or (ends[LASTING].pruned_id, ends[LASTING].pruned_hash) != (0, GENESIS):
        return Broken(0, "where the chains begin and end is not what was stored")
    last = {chain: (ends[chain].pruned_id, ends[chain].pruned_hash) for chain in CHAINS}
    rows = before = 0
    for row in connection.execute(f"{SELECT} ORDER BY id"):
        link = Link(*row)
        wrong = _wrong_form(row) or _wrong_hash(link, last[link.chain], before)
        if wrong:
            return Broken(link.id, wrong)
        last[link.chain] = (link.id, link.hash)
        rows, before = rows + 1, link.id
    for chain in CHAINS:
        if last[chain] != (ends[chain].last_id, ends[chain].last_hash):
            return Broken(
                ends[chain].last_id, f"it was the newest of its chain, which now ends in row {last[chain][0]}"
            )
    return Whole(rows, ends[PASSING].pruned_id, before, None)


def _wrong_form(row: tuple[Any, ...]) -> str:
    _, chain, *others = row  # SQLite keeps in a column whatever was put there
    if chain not in CHAINS:
        return "it belongs to no chain"
    kinds = zip(("at", "event", "who", "peer", "detail", "hash"), (float, str, str, str, str, str), others, strict=True)
    wrong = [name for name, kind, value in kinds if not isinstance(value, kind)]
    return f"what stands in {wrong[0]} is of another kind than was written" if wrong else ""


def _wrong_hash(link: Link, before: tuple[int, str], above: int) -> str:
    if link.id <= before[0]:
        return "it was pruned, and is there again"
    if link.hash == link.digest(before[1]):
        return ""
    if not link.hash:
        return "it has no hash: it was not written by sttelnet"
    gap = f"; rows {above + 1} to {link.id - 1} are not there" if link.id > above + 1 and before[0] <= above else ""
    return f"it does not follow on row {before[0]}: one of both was changed, or one between was taken or put in{gap}"


# The file


def _compare(connection: sqlite3.Connection, lines: BinaryIO, length: int, table: Whole) -> Whole | Broken:
    """Say whether each line is a row of the table, and none is left out between the first and the last."""
    number = count = 0
    above: int | None = None  # the row of the line before
    while lines.tell() < length:
        line, number = lines.readline(_LONGEST_LINE), number + 1
        if not line.endswith(b"\n"):
            break  # the daemon is writing it
        read = _read_line(line)
        if read is None:
            return Broken(0, f"line {number} of the file is no record")
        if isinstance(read, int):  # a file that goes on behind another
            if read > table.last:
                return Broken(read, f"the file goes on behind it, and the table has not got so far (line {number})")
            above = read
            continue
        wrong = _wrong_line(connection, read, table) or _left_out(connection, above, read.id)
        if wrong:
            return Broken(wrong[0], f"{wrong[1]} (line {number} of the file)")
        above, count = read.id, count + 1
    return Whole(table.rows, table.pruned, table.last, count)


def _read_line(line: bytes) -> Link | int | None:
    try:
        content = json.loads(line)
        if list(content) == [BEGINS]:
            return int(content[BEGINS])
        link = Link(**content)
        return link if link.id <= MAX_ROW and link.line().encode("ascii") + b"\n" == line else None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _wrong_line(connection: sqlite3.Connection, line: Link, table: Whole) -> tuple[int, str] | None:
    row = connection.execute(f"{SELECT} WHERE id = ?", (line.id,)).fetchone()
    if row is not None:
        return None if Link(*row).line() == line.line() else (line.id, "the file and the table have it otherwise")
    if line.chain == PASSING and line.id <= table.pruned:
        return None
    return line.id, "the file has it, and the table has not"


def _left_out(connection: sqlite3.Connection, above: int | None, number: int) -> tuple[int, str] | None:
    """Return the first row between two lines; a file may begin with any, and a row may stand in it twice."""
    if above is None or number <= above + 1:
        return None
    sql = "SELECT id FROM audit WHERE id > ? AND id < ? ORDER BY id LIMIT 1"
    row = connection.execute(sql, (above, number)).fetchone()
    return (row[0], "the table has it, and the file has not") if row else None
