"""What admins see of the daemon itself, and do to it."""

from __future__ import annotations

import time
from typing import Final

from sttelnet.administration import LONGEST_NOTICE, Done, Figures
from sttelnet.charset import one_line
from sttelnet.client import Client
from sttelnet.handlers.account import when
from sttelnet.handlers.calling import too_long
from sttelnet.handlers.confirm import confirmed
from sttelnet.handlers.ranks import OPERATORS_ONLY, refused
from sttelnet.handlers.table import width_of
from sttelnet.hub import LONGEST
from sttelnet.outcome import BACK, Outcome
from sttelnet.role import Role
from sttelnet.words import DURATION_RULE, duration_words, seconds_of, size_words, span_words

RELOADED: Final = "Everything was read anew; there are no errors."


def STDaemon(client: Client) -> str:
    """Print how the daemon itself does, for operators and admins: one figure on each row."""
    if client.role < Role.OPERATOR:
        return OPERATORS_ONLY
    width = width_of(client)
    return "\n".join(f"{name:<12}{value}"[:width] for name, value in _rows(client.services.administration.figures()))


def _rows(figures: Figures) -> list[tuple[str, str]]:
    rows = [
        ("Up", f"{duration_words(time.time() - figures.started)}, since {when(figures.started)}"),
        ("Sessions", f"{figures.sessions} of {figures.most_sessions}, {figures.members} logged in"),
        ("Calls", str(figures.calls)),
        ("Received", size_words(figures.received)),
        ("Sent", size_words(figures.sent)),
        ("Loop lag", f"{figures.lag * 1000:.0f} ms at worst in the last minute"),
        ("Memory", size_words(figures.memory) if figures.memory is not None else "-"),
        ("Log", f"{figures.warnings} warnings, {figures.errors} errors"),
        ("Scripts", f"{figures.pages} pages, {figures.problems} errors"),
    ]
    if figures.leaving is not None:
        rows.append(("Stops", f"in {span_words(figures.leaving)}"))
    return rows


async def STReload(client: Client) -> Outcome:
    """Read config.toml, scripts and handlers anew, and say what is wrong with them; admins only."""
    if refused(client, Role.ADMIN):
        return BACK
    problems = await client.services.administration.reload(client.actor())
    if not problems:
        client.notice(RELOADED)
        return BACK
    more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
    client.notice(f"{problems[0]}{more}: see the page of errors.")
    return BACK


async def STBroadcast(client: Client) -> Outcome:
    """Ask for a sentence and put it on every screen; admins only."""
    if refused(client, Role.ADMIN):
        return BACK
    text = one_line(await client.ask("To everybody: "))
    if len(text) > LONGEST:
        client.notice(too_long(text))
    elif text and await confirmed(client, f"Tell {len(client.services.hub)} clients"):
        count = await client.services.administration.broadcast(text, client.actor())
        client.notice(f"Told to {count}.")
    return BACK


async def STStop(client: Client) -> Outcome:
    """Ask how soon and why, and stop the daemon then; admins only."""
    if refused(client, Role.ADMIN):
        return BACK
    answer = await client.ask("In how long (0, 30s, 10m): ")
    if not answer.strip():
        return BACK
    seconds = seconds_of(answer)
    if seconds is None or seconds > LONGEST_NOTICE:
        client.notice(DURATION_RULE if seconds is None else "That is more than a day.")
        return BACK
    words = await client.ask("What everybody is told besides, or nothing: ")
    if await confirmed(client, f"Stop the daemon in {span_words(seconds)}, for {len(client.services.hub)} clients"):
        await client.services.administration.stop(seconds, words, client.actor())
    return BACK


async def STStay(client: Client) -> Outcome:
    """Take a stop back; admins only."""
    if refused(client, Role.ADMIN):
        return BACK
    done = await client.services.administration.stay(client.actor())
    if done is not Done.DONE:
        client.notice(done.value)
    return BACK
