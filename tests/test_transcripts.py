"""Whole conversations as text: tests/transcripts/*.txt, played with a client that is silent as nc is.

A transcript begins with the site, one `-- name --` heading for each script or module, then has
`-- conversation --` with `S:` for lines from the daemon and `C:` for lines from the client. All that the
daemon says up to a client's line must be there; `S: …` stands for any lines, and … in a line for any text there.
A heading with a suffix is a file below the scripts' folder: `../areas/public/a.txt` lies in a file area.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.daemon import PATIENCE, config_with, daemon, dial

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
HEADING = re.compile(r"^-- (.+) --$", re.MULTILINE)


def sections(text: str) -> dict[str, str]:
    """Return a transcript's parts by heading."""
    _, *parts = HEADING.split(text)
    return {name: body.removeprefix("\n") for name, body in zip(parts[::2], parts[1::2], strict=True)}


def turns(conversation: str) -> list[tuple[list[str], str | None]]:
    """Return what the daemon says before each line of the client, and that line."""
    found: list[tuple[list[str], str | None]] = []
    said: list[str] = []
    for row in conversation.splitlines():
        if row.startswith("C:"):
            found.append((said, row[2:].removeprefix(" ")))
            said = []
        elif row.startswith("S:"):
            said.append(row[2:].removeprefix(" ").rstrip())
    return [*found, (said, None)]


def pattern(said: list[str]) -> re.Pattern[str]:
    """Return what the daemon must have said, from beginning to end; "…" is any lines, or any text in one."""
    rows = [".*" if row == "…" else re.escape(row).replace("…", r"[^\n]*") + r"\s*" for row in said]
    return re.compile(r"\s*" + r"\n?".join(rows) + r"\s*", re.DOTALL)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_the_conversation_goes_as_written(path: Path, tmp_path: Path) -> None:
    parts = sections(path.read_text(encoding="utf-8"))
    conversation = parts.pop("conversation")
    async with daemon(tmp_path, parts, config_with(members={"registration": "open"})) as server:
        async with dial(server, "", frozenset()) as peer:
            for said, line in turns(conversation):
                wanted = pattern(said)
                if line is None:
                    text = await peer.rest() if not said or said[-1] != "…" else await peer.quiet()
                    assert wanted.fullmatch(text.replace("\r\n", "\n")), text
                    return
                await peer.until(lambda p, w=wanted: bool(w.fullmatch(p.text.replace("\r\n", "\n"))))  # type: ignore[misc]
                await peer.send(line + "\n")
    assert PATIENCE
