"""Commands of the host that script files name: what they write on a page, or watched while they run."""

from __future__ import annotations

from typing import Final

from sttelnet.ansi import Ansi
from sttelnet.charset import clean, cut
from sttelnet.client import Client, prints_by
from sttelnet.config import RunConfig
from sttelnet.errors import ChannelClosed, ShellFailed
from sttelnet.handlers.books import write_down
from sttelnet.handlers.table import LOG_IN, width_of
from sttelnet.outcome import ACCEPTED, Outcome
from sttelnet.role import Role

DISABLED: Final = "Commands are not run on this host (run.enabled in config.toml)."
ROLE: Final = "Commands are for {}s on this host."
LATE: Final = "[it took too long]"
BUSY: Final = "[too many commands are running]"
NOT_RUN: Final = "Not run."
ROWS: Final = 15  # of a page with 23


async def STRunOutput(client: Client, command: str, seconds: int = 0, lines: int = ROWS) -> str:
    """Print what a command writes, or wrote at most so many `seconds` ago: its first `lines` lines."""
    services = client.services
    refusal = _refusal(client, services.config.run)
    if refusal:
        return refusal
    limit = 0.9 * services.config.scripts.get_timeout
    try:
        result = await services.runs.output(command, services.config.run, limit, seconds)
    except TimeoutError:
        return BUSY
    except ShellFailed as error:
        client.log.error("%s: %s", command, error)
        return f"[{error}]"
    rows = result.text.rstrip("\n").expandtabs().split("\n")
    if len(rows) > max(1, lines):
        rows[max(1, lines) - 1 :] = [f"… {len(rows) - max(1, lines) + 1} lines more"]
    if result.timed_out:
        rows.append(LATE)
    width = width_of(client)
    return Ansi("\n").join([cut(clean(row), width) for row in rows])


@prints_by(STRunOutput)
async def STRun(client: Client, command: str, confirm: str = "") -> Outcome:
    """Run a command and show what it writes as it comes; with `confirm` only who types that word first."""
    config = client.services.config.run
    refusal = _refusal(client, config)
    if refusal:
        client.notice(refusal)
        await write_down(client, "refused", f"{command}: {refusal}")
        return ACCEPTED
    if confirm and await _asked(client, command, confirm) != confirm.casefold():
        client.notice(NOT_RUN)
        return ACCEPTED
    row = "given up"
    try:
        async with client.services.runs.turn(config):
            result = await client.watched.run(command)
        row = f"exit status {result.exit_status} after {result.duration:.1f} s"
    except ShellFailed as error:
        row = str(error)
        client.notice(f"The command could not be run: {error}.")
    except ChannelClosed:
        row = "the client hung up, it was ended"
        raise
    finally:
        client.log.info("command run", command=command, end=row)
        await write_down(client, "run", f"{command}: {row}")
    return ACCEPTED


async def _asked(client: Client, command: str, confirm: str) -> str:
    answer = await client.ask(f"Run {clean(command)}? Type {confirm} to go on: ")
    return answer.strip().casefold()


def _refusal(client: Client, config: RunConfig) -> str:
    """Return why the client may not run commands, "" where they may."""
    if not config.enabled:
        return DISABLED
    if client.role < Role[config.role.upper()]:
        return LOG_IN if client.role is Role.GUEST else ROLE.format(config.role)
    return ""
