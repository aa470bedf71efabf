"""Whole conversations as text: tests/transcripts/*.txt, played with a client that is silent as nc is.

A transcript begins with the site, one `-- name --` heading for each script or module, then has
`-- conversation --` with `S:` for lines from the daemon and `C:` for lines from the client. All that the
daemon says up to a client's line must be there; `S: …` stands for any lines, and … in a line for any text there.
Where several clients call, each is named: `S kim:` and `C kim:`; one calls when its name stands there first.
All that is said to any of them up to a client's line must be there.
A heading with a suffix is a file below the scripts' folder: `../areas/public/a.txt` lies in a file area.
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.daemon import Peer, config_with, daemon, dial

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
ROW = re.compile(r"([CS])((?: \w+)?):")
HEADING = re.compile(r"^-- (.+) --$", re.MULTILINE)


def sections(text: str) -> dict[str, str]:
    """Return a transcript's parts by heading."""
    _, *parts = HEADING.split(text)
    return {name: body.removeprefix("\n") for name, body in zip(parts[::2], parts[1::2], strict=True)}


@dataclass(frozen=True)
class Turn:
    """What the daemon says to each client, and then the line of one of them; None at the end."""

    said: dict[str, list[str]]
    client: str = ""
    line: str | None = None


def turns(conversation: str) -> list[Turn]:
    """Return what the daemon says before each line of a client, and that line."""
    found: list[Turn] = []
    said: dict[str, list[str]] = {}
    for row in conversation.splitlines():
        match = ROW.match(row)
        if match is None:
            continue
        client, text = match[2].strip(), row[match.end() :].removeprefix(" ")
        if match[1] == "C":
            found.append(Turn(said, client, text))
            said = {}
        else:
            said.setdefault(client, []).append(text.rstrip())
    return [*found, Turn(said)]


def pattern(said: list[str]) -> re.Pattern[str]:
    """Return what the daemon must have said, from beginning to end; "…" is any lines, or any text in one."""
    rows = [".*" if row == "…" else re.escape(row).replace("…", r"[^\n]*") + r"\s*" for row in said]
    return re.compile(r"\s*" + r"\n?".join(rows) + r"\s*", re.DOTALL)


async def listen(peer: Peer, said: list[str], *, last: bool) -> None:
    """Hear what the daemon says to a client, at the end up to the hang-up unless that ends in "…"."""
    wanted = pattern(said)
    if last and said[-1:] != ["…"]:
        text = (await peer.rest()).replace("\r\n", "\n")
        assert wanted.fullmatch(text), text
        return
    await peer.until(lambda peer: bool(wanted.fullmatch(peer.text.replace("\r\n", "\n"))))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_the_conversation_goes_as_written(path: Path, tmp_path: Path) -> None:
    parts = sections(path.read_text(encoding="utf-8"))
    conversation = parts.pop("conversation")
    async with (
        daemon(tmp_path, parts, config_with(members={"registration": "open"})) as server,
        AsyncExitStack() as stack,
    ):
        peers: dict[str, Peer] = {}
        for turn in turns(conversation):
            for client in turn.said.keys() | ({turn.client} if turn.line is not None else set()):
                if client not in peers:
                    peers[client] = await stack.enter_async_context(dial(server, "", frozenset()))
            for client, said in turn.said.items():
                await listen(peers[client], said, last=turn.line is None)
            if turn.line is not None:
                await peers[turn.client].send(turn.line + "\n")
