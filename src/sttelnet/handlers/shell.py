"""The host's command shell in the client's window."""

from __future__ import annotations

from typing import Final

from sttelnet.client import Client
from sttelnet.config import ShellConfig
from sttelnet.errors import ShellFailed
from sttelnet.handlers.books import write_down
from sttelnet.outcome import BACK, Outcome
from sttelnet.role import Role
from sttelnet.shell import Ending, Stay

DISABLED: Final = "The shell is not enabled on this host (shell.enabled in config.toml)."
ROLE: Final = "The shell is for {}s on this host."
FACTOR: Final = "The shell needs a second factor here: set one up on the page settings/factor."
INSECURE: Final = "The shell needs a line that nobody else can read: TLS, or a client on the host itself."


async def STShell(client: Client) -> Outcome:
    """Open the host's command shell; when it ends the page before comes again, and how it ended is said.

    Off unless `[shell] enabled` is true; for the role of `[shell] role`; over TLS or from the host itself, unless
    `[shell] insecure` is true; and with a second factor, where `[members] second_factor` demands any.
    """
    config = client.services.config.shell
    refusal = _refusal(client, config)
    if refusal:
        client.notice(refusal)
        await write_down(client, "refused", f"shell: {refusal}")
        return BACK
    stay = Stay(config.command[0] if config.command else "shell")
    client.log.info("shell opened")
    await write_down(client, "shell opened", stay.program)
    try:
        await client.shell.open(stay, lambda: not _refusal(client, client.services.config.shell))
    except ShellFailed as error:
        client.log.error("the shell cannot be started: %s", error)
        client.notice(f"{Ending.FAILED.value} {_sentence(error)}")
    else:
        client.notice(stay.sentence())
    finally:
        client.log.info("shell closed", stay=stay.row())
        await write_down(client, "shell ended", stay.row())
    return BACK


def _refusal(client: Client, config: ShellConfig) -> str:
    """Return why the client may not use the shell, "" where they may."""
    if not config.enabled:
        return DISABLED
    if client.role < Role[config.role.upper()]:
        return ROLE.format(config.role)
    if not (client.secure or config.insecure):
        return INSECURE
    if _lacks_factor(client):
        return FACTOR
    return ""


def _lacks_factor(client: Client) -> bool:
    """Whether a second factor is demanded that the client has not: whose role is new, and guests, who can have none."""
    if client.certified or (client.member is not None and client.member.second_factor):
        return False
    return client.services.members.factors.demanded_of(client.role)


def _sentence(error: ShellFailed) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + "."
