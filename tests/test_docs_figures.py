"""What the docs promise in numbers and names is what the code has: each default, each limit, each key, each command."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sttelnet.cli import COMMANDS, exits
from sttelnet.config import Config, Startups
from sttelnet.config.keys import KEYS, SECTIONS, value
from sttelnet.handlers import factor
from sttelnet.members import codes, totp
from sttelnet.server import certificate, clients, door, handover, stall
from sttelnet.server.admission import penalties
from sttelnet.session.dialect import Code
from sttelnet.store import audit, chain, waiting
from tests.test_docs import NAMES, blocks, headings, read, slug

SECURITY, DEPLOYING = "docs/security.md", "docs/deploying.md"
SOURCES = Path(__file__).parent.parent / "src"
WORDS = {5.0: "five", 6.0: "six", 10.0: "ten", 60.0: "a minute"}

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| \[`([\w.]+)`\]\(configuration\.md#(\w+)\) \| `([^`]*)` \|", re.MULTILINE)


def of(key: str) -> Any:
    """Return a key's default."""
    return value(Config(), key)


STARTUPS = Startups(*map(int, of("admission.startups").split(":")))

# A piece of each sentence that has a number, and what the code has in its place.
SAID: list[tuple[str, str, tuple[Any, ...]]] = [
    (SECURITY, "from one /{} (IPv6: /{})", (of("admission.ipv4_network"), of("admission.ipv6_network"))),
    (SECURITY, "of more than {} at the same time", (clients.REFUSALS,)),
    (SECURITY, "[`auth_failure`], {:g} |", (of("admission.penalties.auth_failure"),)),
    (SECURITY, "[`invalid_user`], {:g} |", (of("admission.penalties.invalid_user"),)),
    (SECURITY, "[`grace_exceeded`], {:g} |", (of("admission.penalties.grace_exceeded"),)),
    (SECURITY, "[`flood`], {:g} |", (of("admission.penalties.flood"),)),
    (SECURITY, "[`no_auth`], {:g} |", (of("admission.penalties.no_auth"),)),
    (SECURITY, "with {} clients there who have not logged in", (STARTUPS.start,)),
    (SECURITY, "refused by lot with {} %", (STARTUPS.rate,)),
    (SECURITY, "up to all from {} on", (STARTUPS.full,)),
    (SECURITY, "the others answer with code {}", (int(Code.LOG_IN),)),
    (SECURITY, "Below {:g} ([`minimum`])", (of("admission.penalties.minimum"),)),
    (SECURITY, "{:g} minutes ([`maximum`]) at most", (of("admission.penalties.maximum") / 60,)),
    (SECURITY, "An IPv6 subscriber's /{} is one address", (of("admission.penalties.ipv6_network"),)),
    (SECURITY, "At most {:,} addresses are remembered", (penalties.MOST_SOURCES,)),
    (SECURITY, "each for {:g} seconds at most", (handover.SECONDS,)),
    (SECURITY, "tried again {} later", (WORDS[handover.AGAIN_AFTER],)),
    (SECURITY, "a code of {} digits that changes every {} seconds", (WORDS[totp.DIGITS], totp.STEP)),
    (SECURITY, "then {} recovery codes are shown", (WORDS[codes.RECOVERY_CODES],)),
    (SECURITY, "{} columns by {} rows", (factor._COLUMNS, factor._ROWS)),
    (SECURITY, "the newest {:,} rows stay", (audit.STRANGERS_ROWS_KEPT,)),
    (SECURITY, "wait in memory, {:,} at most", (waiting.MOST_WAITING,)),
    ("docs/configuration.md", "{:g} seconds before the time is over", (clients.FAREWELL,)),
    (DEPLOYING, "A handshake has {} seconds", (WORDS[door.HANDSHAKE],)),
    (DEPLOYING, "says nothing for {} seconds", (WORDS[door.SILENCE],)),
    (DEPLOYING, "warns from {} days before", (certificate.SOON,)),
    (DEPLOYING, "after status {} (see", (stall.STATUS,)),
    (DEPLOYING, "not after {} or {}, a wrong command line", (exits.USAGE, exits.CONFIG)),
    (DEPLOYING, "a sentence with the cure, and status {}", (exits.UNAVAILABLE,)),
]
# Numbers that are no default and no limit of ours: names of things, and what others have.
_NAMES_OF_THINGS = re.compile(
    r"RFC 6238|SHA-1\b|SHA-256|IPv[46]|CP437|UTF-8|fail2ban|argon2id|TLS 1\.[23]( and 1\.3)?|Ports 23 and 992|Ports below 1024"
    r"|systemd 253|version 2 or 3|about 60 KiB|files of 10 MB|an exit status other than 0|^\d\. ",
    re.MULTILINE,
)


def prose(name: str) -> str:
    """Return a document without its fenced blocks, and links without where they lead."""
    return re.sub(r"\]\([^)]*\)", "]", _FENCE.sub("", read(name)))


@pytest.mark.parametrize(("name", "piece", "numbers"), SAID)
def test_a_number_in_a_sentence_is_the_codes_own(name: str, piece: str, numbers: tuple[Any, ...]) -> None:
    assert piece.format(*numbers) in prose(name)


@pytest.mark.parametrize("name", [SECURITY, DEPLOYING])
def test_no_number_stands_there_that_is_not_compared(name: str) -> None:
    text = _ROW.sub("", _FENCE.sub("", read(name)))
    text = re.sub(r"\]\([^)]*\)", "]", text)
    for where, piece, numbers in SAID:
        if where == name:
            text = text.replace(piece.format(*numbers), "")
    text = re.sub(r"`[^`\n]*`", "", _NAMES_OF_THINGS.sub("", text))
    assert [line for line in text.splitlines() if re.search(r"\d", line)] == []


def test_the_table_of_defaults_has_those_of_the_config() -> None:
    rows = _ROW.findall(read(SECURITY))
    assert len(rows) == len({key for key, _, _ in rows}) >= 20
    for key, anchor, written in rows:
        wanted = list(of(key)) if isinstance(of(key), tuple) else of(key)
        assert tomllib.loads(f"x = {written}")["x"] == wanted, key
        assert anchor == slug(f"`{key}`"), key


# Names


def code_in(name: str) -> Iterator[str]:
    """Give what stands in backticks in a document's sentences."""
    yield from re.findall(r"`([^`\n]+)`", _FENCE.sub("", read(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_config_key_named_in_a_sentence_is_there(name: str) -> None:
    tables = {section.partition(".")[0] for section in SECTIONS}
    for word in code_in(name):
        if re.fullmatch(r"[a-z_]+(\.[a-zA-Z_]+)+", word) and word.partition(".")[0] in tables:
            assert word in KEYS.keys() | SECTIONS or word.endswith((".py", ".md", ".txt", ".toml")), word


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_named_is_that_of_a_key(name: str) -> None:
    known = {re.sub("NAME", "[A-Z0-9_]+", key.variable) for key in KEYS.values()}
    for word in re.findall(r"STTELNET_[A-Z0-9]+__[A-Z0-9_]+", read(name)):
        assert any(re.fullmatch(pattern, word) for pattern in known), word


@pytest.mark.parametrize("name", NAMES)
def test_every_command_named_in_a_sentence_is_there(name: str) -> None:
    for word in code_in(name):
        if (found := re.match(r"sttelnet ([a-z]+)", word)) is not None:
            assert found[1] in COMMANDS, word


@pytest.mark.parametrize("name", [SECURITY, DEPLOYING])
def test_every_piece_of_config_that_is_shown_is_one(name: str) -> None:
    for block in blocks(name, "toml"):
        for table, entries in tomllib.loads(block.text).items():
            assert {f"{table}.{key}" for key in entries} <= KEYS.keys(), f"{name}:{block.line}"


def test_every_event_of_the_audit_stands_in_its_table() -> None:
    """The code names an event where it makes the row, as the first of few words."""
    table = re.search(r"^\| event \| when \|\n(.*?)^$", read(SECURITY), re.MULTILINE | re.DOTALL)
    assert table is not None
    told = {event for row in table[1].splitlines() for event in re.findall(r"`([^`]+)`", row.split("|")[1])}
    calls = r'(?:Entry\([^"\n]*|audit\(|write_down\(\w+, |_entry\(|_write_down\()"([a-z -]+)"'
    made = {event for path in SOURCES.rglob("*.py") for event in re.findall(calls, path.read_text(encoding="utf-8"))}
    assert {"log-in", "plaintext", "shell opened"} <= made
    assert made - told == set()
    assert all(f'"{event}"' in _all_sources() for event in told)


def test_the_events_that_pass_are_those_that_are_pruned() -> None:
    sentence = re.search(r"^Rows that anybody can cause.*$", read(SECURITY), re.MULTILINE)
    assert sentence is not None
    assert set(re.findall(r"`([^`]+)`", sentence[0])) == set(chain.STRANGERS_EVENTS)


def _all_sources() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))


def test_what_the_threat_model_points_to_is_there() -> None:
    wanted = {
        "What is defended, and against whom",
        "The defaults that matter",
        "What plain telnet cannot give",
        "Secrets",
    }
    assert wanted <= set(headings(SECURITY))
    assert headings(SECURITY)[1] == "What is defended, and against whom"
